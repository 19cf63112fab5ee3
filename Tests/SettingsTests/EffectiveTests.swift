import Foundation
import Testing

@testable import Settings

@Suite struct EffectiveTests {
    /// A file that uses every kind of value.
    private func fixture() throws -> (Fixture, String) {
        let fixture = try Fixture()
        try fixture.write("p.mustache", "Say {{input}}")
        try fixture.write("keys.yaml", "- { name: a, sha256: \(String(repeating: "0", count: 64)) }")
        let yaml = """
            x-timeouts: &slow { total: 60s }
            server: { admin_token: '${TOKEN}', keys: keys.yaml, hosts: ['a.b'], limits: { body: 2MiB } }
            cache: { redis: 'redis://:${TOKEN}@127.0.0.1/1', ttl: 36h }
            harvest: { store: sqlite:x.db, keep: { age: 1d } }
            models:
              s: { base_url: 'https://a/v1', api: completions, api_key: '${TOKEN}', timeout: *slow }
              l: { base_url: 'https://b/v1', api: chat, model: "ft:x:$$y", price: { input: 0.1, output: 20 }, headers: [X-A] }
            defaults: { large: l, harvest: opt_in }
            routes:
              a:
                small: s
                prompt: { large: p.mustache }
                parameters: { small: { temperature: 0, stop: ["\\n", "€\\u2028\\u0001", "yes", "$${NO}"], user: 'true' } }
                checks: [finished, { max_chars: 20 }, { one_of: { values: [a, 'yes', "5", 5, "tab\\there"], trim: true } }]
                confidence: { score: quantile_logprob, threshold: -1.25, when_missing: { tools: accept } }
                spend: { large: 0.50 USD, per: 90m }
                rules: [{ when: { header: { x-a: 'b: c #' }, share: 12.5% }, small: s }, { use: large }]
              b: { harvest: never, checks: [] }
            """
        return (fixture, yaml)
    }

    @Test func `what is printed loads again to the same version, from anywhere, and prints the same`() throws {
        let (fixture, yaml) = try fixture()
        let settings = try fixture.load(yaml, environment: ["TOKEN": "hunter2"])
        let elsewhere = try Fixture()
        let again = try elsewhere.load(settings.effectiveYAML)
        #expect(again.version == settings.version)
        #expect(again.effectiveYAML == settings.effectiveYAML)
        #expect(again.routes["a"]?.parameters.small == settings.routes["a"]?.parameters.small)
        #expect(again.routes["a"]?.contract == settings.routes["a"]?.contract)
        #expect(again.routes["b"]?.harvest == .never)
        #expect(again.models["l"]?.model == "ft:x:$y")
    }

    @Test func `secrets are printed nowhere`() throws {
        let (fixture, yaml) = try fixture()
        let settings = try fixture.load(yaml, environment: ["TOKEN": "hunter2"])
        #expect(!settings.effectiveYAML.contains("hunter2"))
        #expect(settings.effectiveYAML.contains("admin_token: \"***\""))
        #expect(settings.effectiveYAML.contains("redis: \"redis://:***@127.0.0.1:6379/1\""))
    }

    @Test func `secrets are not in the version, contents of files are`() throws {
        let (fixture, yaml) = try fixture()
        let version = try fixture.load(yaml, environment: ["TOKEN": "one"]).version
        #expect(try fixture.load(yaml, environment: ["TOKEN": "two"]).version == version)
        #expect(version.count == 12)
        try fixture.write("p.mustache", "Please say {{input}}")
        #expect(try fixture.load(yaml, environment: ["TOKEN": "one"]).version != version)
    }

    @Test func `how a thing is written is not in the version, what it says is`() throws {
        let fixture = try Fixture()
        let version = try fixture.load(Minimal.yaml + "server: { deadline: 60s }\n").version
        #expect(
            try fixture.load("# remark\n" + Minimal.yaml + "server: { deadline: 1m, workers: 0 }\n").version == version
        )
        #expect(try fixture.load(Minimal.yaml + "server: { deadline: 61s }\n").version != version)
    }

    @Test(arguments: [
        "plain", "", "true", "No", "5", "1e3", "- a", "a: b", "#", "'", "\"", "\\", "ends ", " starts", "a\nb", "\t",
        "${A}", "$", "é", "\u{7f}", "\u{2028}", "a\u{FEFF}", "😀", "null", "~", "<<", "a/b.c-d_e", "\u{0}",
    ])
    func `any text is printed so that it reads as itself`(text: String) throws {
        let yaml = Effective.mapping([("a", .text(text)), ("b", .list([.text(text)]))]).yaml
        let problems = ProblemList()
        var reader = DocumentReader(file: "f", problems: problems, environment: [:])
        let document = reader.read(yaml)
        let root = try #require(document)
        #expect(problems.problems.isEmpty)
        guard case .mapping(let entries) = root.value, case .scalar(let scalar) = entries[0].value.value else {
            Issue.record("not a mapping of text: \(yaml)")
            return
        }
        #expect(scalar.text == text)
        #expect(!scalar.isNull)
    }

    @Test func `different parts never have the same digest`() {
        let parts: [Effective] = [
            .plain("a"), .text("a"), .secret("a"), .list([]), .mapping([]), .list([.text("a")]),
            .mapping([("a", .text("b"))]), .mapping([("ab", .text(""))]), .list([.text("a"), .text("b")]),
            .list([.text("ab")]), .list([.list([.text("a")]), .text("b")]), .list([.list([.text("a"), .text("b")])]),
        ]
        #expect(Set(parts.map(\.digest)).count == parts.count)
    }
}
