import Testing

@testable import HTTPClient

struct UpstreamEndpointTests {
    @Test(arguments: [
        ("http://127.0.0.1:9000/v1", "http://127.0.0.1:9000"),
        ("https://user:secret@api.example.com/v1", "https://api.example.com"),
        ("https://user:p@ss@api.example.com", "https://api.example.com"),
        ("http://[::1]:80/v1", "http://[::1]:80"),
        ("https://host?token=secret", "https://host"),
        ("nonsense", "upstream"),
    ])
    func `the label names scheme and authority only`(url: String, label: String) {
        #expect(UpstreamEndpoint(baseURL: url).label == label)
    }

    @Test func `timeouts are what was given`() {
        let timeouts = UpstreamTimeouts(firstToken: .seconds(2), betweenTokens: .milliseconds(5), total: .seconds(-1))
        #expect(timeouts.firstToken == .seconds(2))
        #expect(timeouts.betweenTokens == .milliseconds(5))
        #expect(timeouts.total == .zero)
    }

    @Test(arguments: ["a: b", "a: b\tc", "ü: é"])
    func `lines without control characters are safe`(line: String) {
        #expect(HeaderList.isSafe(line))
    }

    @Test(arguments: ["a: b\r\nc: d", "a: b\n", "a: \u{0}", "a: \u{7F}", "a:\rb"])
    func `lines with control characters are not`(line: String) {
        #expect(!HeaderList.isSafe(line))
    }
}
