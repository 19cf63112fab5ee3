import Judgment
import Testing

@testable import Settings

/// A version in the place of a route's small model.
@Suite struct ServingTests {
    private static let yaml = """
        models:
          small: { base_url: http://127.0.0.1:9000/v1, api: chat, model: tiny, api_key: secret, max_in_flight: 7 }
          large: { base_url: http://127.0.0.1:9001/v1, api: chat, model: huge }
        routes:
          search:
            small: small
            large: large
            checks: [json]
            audit: 3%
            confidence: { threshold: auto }

        """

    @Test func `everything but the model stays as the file has it`() throws {
        let file = try Fixture().load(Self.yaml)
        let route = try #require(file.routes["search"])
        let version = route.serving("tiny-2", threshold: -0.25)
        let small = try #require(version.small)
        #expect((small.name, small.model, small.baseURL) == ("small", "tiny-2", "http://127.0.0.1:9000/v1"))
        #expect((small.maxInFlight, small.apiKey) == (7, "secret"))
        #expect(version.contract == route.contract)
        #expect(version.audit == 0.03)
        #expect(version.checks == ["json"] && version.judge.checks.count == 1)
        #expect(version.large === route.large)
        #expect(file.serving([:]) === file)
        #expect(file.serving(["search": version]).version == file.version)
    }

    @Test func `an automatic threshold is the version's; without one nothing is sure enough`() throws {
        let route = try #require(try Fixture().load(Self.yaml).routes["search"])
        #expect(route.serving("t", threshold: -0.25).judge.confidence?.threshold == -0.25)
        #expect(route.serving("t", threshold: nil).judge.confidence?.threshold == .infinity)
        let fixed = Self.yaml.replacing("auto", with: "-1")
        let other = try #require(try Fixture().load(fixed).routes["search"])
        #expect(other.serving("t", threshold: -0.25).judge.confidence?.threshold == -1)
    }

    @Test func `the API key goes to no other place than the file says`() throws {
        let route = try #require(try Fixture().load(Self.yaml).routes["search"])
        let elsewhere = route.serving("t", at: "http://127.0.0.1:9002/v1", threshold: nil).small
        #expect((elsewhere?.baseURL, elsewhere?.apiKey) == ("http://127.0.0.1:9002/v1", nil))
        #expect(route.serving("t", at: "http://127.0.0.1:9000/v1", threshold: nil).small?.apiKey == "secret")
    }
}
