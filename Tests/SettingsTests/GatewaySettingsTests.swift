import Testing

@testable import Settings

@Suite struct GatewaySettingsTests {
    @Test func `the least that a file must say is enough, and the rest has its default`() throws {
        let settings = try Fixture().load(Minimal.yaml)
        print(settings.effectiveYAML)
        #expect(settings.version.count == 12)
    }
}
