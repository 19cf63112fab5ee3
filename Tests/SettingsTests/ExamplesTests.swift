import Foundation
import Testing

@testable import Settings

/// The files in `config/`.
@Suite struct ExamplesTests {
    static let directory = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("config").path
    private let environment = [
        "SMALL_API_KEY": "s", "LARGE_API_KEY": "l", "ADMIN_TOKEN": "t", "TRAINING_API_KEY": "r",
    ]

    private static func text() throws -> String {
        try String(contentsOfFile: "\(directory)/understudy.yaml", encoding: .utf8)
    }

    @Test(arguments: ["understudy.yaml", "code-search/understudy.yaml", "bench.yaml"])
    func `an example loads without a note`(name: String) throws {
        let settings = try GatewaySettings.load(file: "\(Self.directory)/\(name)", environment: environment)
        #expect(settings.notes == [])
        #expect(!settings.routes.isEmpty)
    }

    @Test func `the example for production shows what it says`() throws {
        let settings = try GatewaySettings.load(file: "\(Self.directory)/understudy.yaml", environment: environment)
        #expect(settings.routes.keys.sorted() == ["characteristics", "code-search"])
        #expect(settings.routes["characteristics"]?.small?.isTrained == false)
        #expect(settings.routes["code-search"]?.large.name == "large")
        #expect(settings.models["large"]?.apiKey == "l")
        let again = try GatewaySettings.load(
            text: settings.effectiveYAML,
            file: "/elsewhere/understudy.yaml",
            environment: [:]
        )
        #expect(again.version == settings.version)
    }

    @Test func `without its environment the example says which names are missing, and where`() throws {
        do {
            _ = try GatewaySettings.load(file: "\(Self.directory)/understudy.yaml", environment: [:])
            Issue.record("it loaded")
        } catch {
            #expect(
                error.problems.map(\.key) == [
                    "models.code-search-small.api_key", "models.large.api_key", "routes.code-search.training.api_key",
                ]
            )
        }
    }

    /// What a comment calls a default is one: uncommented, it changes nothing.
    @Test func `the defaults that are commented out are the defaults`() throws {
        let base = try GatewaySettings.load(text: Self.text(), file: "\(Self.directory)/x", environment: environment)
        var uncommented = 0
        let lines = try Self.text().split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
            let body = line.drop { $0 == " " }
            guard body.hasPrefix("# "), !body.contains("example"), let colon = body.firstIndex(of: ":") else {
                return String(line)
            }
            let name = body.dropFirst(2)[..<colon]
            let keys = [
                "workers", "insecure", "drain", "large", "quantile", "over", "on_refusal", "on_large_invalid",
                "on_large_error", "stream_comment", "reader_stall", "early_abort", "let_run", "hold", "bytes_per_token",
                "require", "on_stale_small", "use",
            ]
            // `quantile` belongs to another score than the example's.
            guard keys.contains(String(name)), name != "quantile" else { return String(line) }
            uncommented += 1
            return String(line.prefix { $0 == " " }) + String(body.dropFirst(2))
        }
        #expect(uncommented == 17)
        let full = try GatewaySettings.load(
            text: lines.joined(separator: "\n"),
            file: "\(Self.directory)/x",
            environment: environment
        )
        #expect(full.version == base.version)
    }

    /// Every key that this version knows is set or shown in the example.
    @Test func `the example knows every key`() throws {
        let text = try Self.text()
        let effective = try Fixture().load(Minimal.yaml).effectiveYAML
        let own: Set<String> = ["search"]
        for line in effective.split(separator: "\n") {
            guard let name = line.drop(while: { $0 == " " }).split(separator: ":").first, !own.contains(String(name))
            else { continue }
            #expect(text.contains("\(name):"), "\(name) is not in the example")
        }
        let optional = [
            "keys", "admin_token", "tls", "redis", "api_key", "price", "ca_file", "confidence", "score", "threshold",
            "quantile", "over", "when_missing", "spend", "per", "when_over", "when", "input_chars", "header", "share",
            "use", "hedge", "after", "at_most", "defaults", "max_chars", "min_chars", "one_of", "regex", "json",
            "json_schema", "grammar", "finished", "context", "compare", "training", "trainer", "base", "suffix", "run",
            "hyperparameters", "canary", "within", "least", "auto",
        ]
        for name in optional { #expect(text.contains(name), "\(name) is not in the example") }
    }
}
