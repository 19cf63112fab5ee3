import Completions
import Testing

@testable import Settings

@Suite struct RoleParametersTests {
    private func value(_ yaml: String) throws -> String? {
        let settings = try Fixture().load(Minimal.route("parameters: { large: { p: \(yaml) } }"))
        return settings.routes["search"]?.parameters.large.first.map { String(decoding: $0.value, as: UTF8.self) }
    }

    @Test(arguments: [
        ("0", "0"), ("-1.50", "-1.50"), ("1e-3", "1e-3"), ("12345678901234567890", "12345678901234567890"),
        ("true", "true"), ("false", "false"), ("'true'", "\"true\""), ("'5'", "\"5\""), ("text", "\"text\""),
        ("\"a\\nb\\\"\"", "\"a\\nb\\\"\""), ("[1, x, [true]]", "[1,\"x\",[true]]"), ("[]", "[]"), ("{}", "{}"),
        ("{ b: 1, 'a b': { c: ~ } }", "{\"b\":1,\"a b\":{\"c\":null}}"), ("'yes'", "\"yes\""),
    ])
    func `values become JSON, numbers as they are written`(yaml: String, json: String) throws {
        #expect(try value(yaml) == json)
    }

    @Test(arguments: [
        ("yes", "write true or false, or quote it"), ("Off", "write true or false, or quote it"),
        ("True", "write true or false, or quote it"), (".inf", "is no number that JSON can hold: '.inf'"),
        ("007", "is no number that JSON can hold: '007'"), ("+1", "is no number that JSON can hold: '+1'"),
    ])
    func `what YAML and JSON read differently is refused`(yaml: String, message: String) throws {
        #expect(
            try Fixture().problems(Minimal.route("parameters: { large: { p: \(yaml) } }")) == [
                "8:31: routes.search.parameters.large.p: \(message)"
            ]
        )
    }

    @Test(arguments: ["model", "messages", "prompt", "stream", "logprobs", "top_logprobs", "store", "metadata"])
    func `what is the gateway's own cannot be set`(name: String) throws {
        #expect(
            try Fixture().problems(Minimal.route("parameters: { small: { \(name): 1 } }")) == [
                "8:28: routes.search.parameters.small.\(name): is the gateway's own and cannot be set"
            ]
        )
    }

    @Test func `only roles have parameters`() throws {
        #expect(
            try Fixture().problems(Minimal.route("parameters: { temperature: 0 }")) == [
                "8:19: routes.search.parameters.temperature: unknown key"
            ]
        )
        #expect(
            try Fixture().problems(Minimal.route("parameters: { small: [a] }")) == [
                "8:26: routes.search.parameters.small: expected a mapping, found a list"
            ]
        )
    }
}
