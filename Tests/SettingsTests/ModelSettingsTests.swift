import Completions
import Digest
import Testing

@testable import Settings

@Suite struct ModelSettingsTests {
    /// A model named `m` in line 2, beside the two that the route needs.
    private func yaml(_ model: String, server: String = "") -> String {
        "models:\n  m: \(model)\n" + Minimal.yaml.dropFirst("models:\n".count) + server
    }

    @Test func `every key is read`() throws {
        let fixture = try Fixture()
        try fixture.write("ca.pem", "-----BEGIN CERTIFICATE-----\n")
        let model = """
            { base_url: 'https://api.example.com/v1/', api: chat, model: 'ft:huge:v2', api_key: '${KEY}',
                price: { input: 1.60, output: 2 },
                timeout: { connect: 2s, first_token: 3s, between_tokens: 4s, total: 5s },
                max_in_flight: 7, queue: 0, max_answer: 2MiB, http2: true, ca_file: ca.pem,
                context: 16384, bytes_per_token: 3.5,
                headers: [X-Tenant, traceparent, x-tenant] }
            """
        let m = try #require(fixture.load(yaml(model), environment: ["KEY": "sk"]).models["m"])
        #expect(m.name == "m")
        #expect(m.baseURL == "https://api.example.com/v1")
        #expect(m.api == .chat)
        #expect(m.model == "ft:huge:v2")
        #expect(m.apiKey == "sk")
        #expect(m.price == .init(input: 1.6, output: 2))
        #expect(m.price?.cost(promptTokens: 1_000_000, completionTokens: 500_000) == 2.6)
        #expect(m.timeout.connect == .seconds(2))
        #expect(m.timeout.firstToken == .seconds(3))
        #expect(m.timeout.betweenTokens == .seconds(4))
        #expect(m.timeout.total == .seconds(5))
        #expect(m.maxInFlight == 7)
        #expect(m.queue == 0)
        #expect(m.maxAnswer == 2 << 20)
        #expect(m.contextLimit == ContextLimit(tokens: 16384, bytesPerToken: 3.5))
        #expect(m.http2)
        #expect(m.caFile == "\(fixture.directory)/ca.pem")
        #expect(m.headers == ["traceparent", "x-tenant"])
        #expect(m.isTrained)
    }

    @Test func `a model without a name at its provider is not trained yet`() throws {
        let m = try #require(Fixture().load(yaml("{ base_url: http://localhost, api: completions }")).models["m"])
        #expect(!m.isTrained)
        #expect(m.price == nil)
        #expect(m.contextLimit == nil)
        #expect(m.bytesPerToken == 4)
    }

    @Test(arguments: [
        ("{ api: chat }", "2:3: models.m.base_url: is missing"),
        ("{ base_url: http://h }", "2:3: models.m.api: is missing: chat or completions"),
        (
            "{ base_url: 'ftp://h', api: chat }",
            "2:18: models.m.base_url: expected a URL such as https://api.example.com/v1, without user, query or fragment, found 'ftp://h'"
        ),
        (
            "{ base_url: 'https://u@h', api: chat }",
            "2:18: models.m.base_url: expected a URL such as https://api.example.com/v1, without user, query or fragment, found 'https://u@h'"
        ),
        (
            "{ base_url: http://h, api: chats }",
            "2:33: models.m.api: expected chat or completions, found 'chats' (did you mean 'chat'?)"
        ),
        (
            "{ base_url: http://h, api: chat, model: 'a b' }",
            "2:46: models.m.model: must be printable ASCII without spaces: it goes into a header"
        ),
        (
            "{ base_url: http://h, api: chat, price: { input: 1 } }",
            "2:39: models.m.price.output: is missing: US dollars per million tokens"
        ),
        (
            "{ base_url: http://h, api: chat, price: { input: -1, output: 1 } }",
            "2:55: models.m.price.input: must be at least 0, not -1"
        ),
        (
            "{ base_url: http://h, api: chat, price: { input: free, output: 1 } }",
            "2:55: models.m.price.input: expected a number, found 'free'"
        ),
        (
            "{ base_url: http://h, api: chat, timeout: { totall: 1s } }",
            "2:50: models.m.timeout.totall: unknown key (did you mean 'total'?)"
        ),
        (
            "{ base_url: http://h, api: chat, max_in_flight: 0 }",
            "2:54: models.m.max_in_flight: must be 1 to 100000, not 0"
        ),
        ("{ base_url: http://h, api: chat, context: 0 }", "2:48: models.m.context: must be at least 1, not 0"),
        (
            "{ base_url: http://h, api: chat, context: 16k }",
            "2:48: models.m.context: expected a whole number, found '16k'"
        ),
        (
            "{ base_url: http://h, api: chat, bytes_per_token: 0.5 }",
            "2:56: models.m.bytes_per_token: must be 1 to 100, not 0.5"
        ),
        (
            "{ base_url: http://h, api: chat, ca_file: no.pem }",
            "2:48: models.m.ca_file: no.pem cannot be read: No such file or directory"
        ),
        (
            "{ base_url: http://h, api: chat, headers: [Authorization] }",
            "2:49: models.m.headers[0]: 'authorization' is never forwarded"
        ),
        (
            "{ base_url: http://h, api: chat, headers: ['a b'] }",
            "2:49: models.m.headers[0]: expected a header's name, found 'a b'"
        ),
        (
            "{ base_url: http://h/v1, api: chat, api_key: k }",
            "2:51: models.m.api_key: would travel unencrypted to h: use https, or 'server: { insecure: true }'"
        ),
        ("http://h", "2:6: models.m: expected a mapping, found 'http://h'"),
    ])
    func `each mistake is told at its place`(model: String, expected: String) throws {
        let problems = try Fixture().problems(yaml(model))
        // A model that is no mapping also lacks its keys; here the first of its problems counts.
        #expect(problems.filter { !model.hasPrefix("http") || !$0.contains("is missing") } == [expected])
    }

    @Test(arguments: ["http://127.0.0.1:9/v1", "http://localhost:9", "http://[::1]:9/v1", "https://far.example.com"])
    func `a key may travel encrypted, or within this machine`(url: String) throws {
        #expect(try Fixture().problems(yaml("{ base_url: '\(url)', api: chat, api_key: k }")) == [])
    }

    @Test func `a key may travel unencrypted where that was asked for`() throws {
        let model = "{ base_url: 'http://far.example.com', api: chat, api_key: k }"
        #expect(try Fixture().problems(yaml(model, server: "server: { insecure: true }\n")) == [])
    }

    @Test func `a name that cannot stand in a metric is refused`() throws {
        let yaml = "models:\n  'my model': { base_url: http://h, api: chat }\n" + Minimal.yaml.dropFirst(8)
        #expect(
            try Fixture().problems(yaml) == [
                "2:3: models.my model: expected at most 128 letters, digits, '-', '_', '.', ':' or '/' for the model's name"
            ]
        )
    }

    @Test func `what decides the answers is in the digest, and nothing else`() throws {
        func digest(_ model: String) throws -> String {
            try #require(Fixture().load(yaml(model)).models["m"]).answerDigest.hex
        }
        let base = try digest("{ base_url: http://h/v1, api: chat, model: a }")
        #expect(try digest("{ base_url: http://h/v1/, api: chat, model: a, queue: 3, timeout: { total: 9s } }") == base)
        #expect(try digest("{ base_url: http://h/v1, api: chat, model: b }") != base)
        #expect(try digest("{ base_url: http://h/v2, api: chat, model: a }") != base)
        #expect(try digest("{ base_url: http://h/v1, api: completions, model: a }") != base)
        #expect(try digest("{ base_url: http://h/v1, api: chat, model: a, headers: [x-a] }") != base)
    }
}
