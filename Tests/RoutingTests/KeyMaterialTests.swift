import Completions
import Digest
import Settings
import Testing

@testable import Routing

@Suite struct KeyMaterialTests {
    /// The key of a plain request under these settings.
    private func key(_ route: String = "", small: String? = nil, server: String = "{}", prompt: String = "P {{input}}")
        throws -> String
    {
        let fixture = try Fixture()
        try fixture.write("p", prompt)
        let model = small ?? "{ base_url: http://127.0.0.1:1, api: chat, model: tiny }"
        let settings = try fixture.settings(route, small: model, server: server)
        return try fixture.plan(settings).cacheKey(Request.chat())
    }

    @Test func `everything that can change an answer changes the key`() throws {
        let keys = [
            try key(),
            try key(small: "{ base_url: http://127.0.0.1:1, api: chat, model: tiny3 }"),
            try key(small: "{ base_url: http://127.0.0.1:9, api: chat, model: tiny }"),
            try key("prompt: { small: p }"),
            try key("prompt: { small: p }", prompt: "Q {{input}}"),
            try key("prompt: { small: p, ignore: [tools] }"),
            try key("prompt: { large: p }"),
            try key("parameters: { small: { temperature: 0 } }"),
            try key("parameters: { large: { temperature: 0 } }"),
            try key("parameters: { small: { temperature: 0 }, large: { temperature: 0 } }"),
            try key("checks: [finished]"),
            try key("rules: [{ use: large }]"),
            try key("rules: [{ small: t }]"),
            try key(server: "{ environment: staging }"),
        ]
        #expect(Set(keys).count == keys.count)
    }

    @Test func `what changes no answer changes no key`() throws {
        let base = try key()
        #expect(try key() == base)
        #expect(try key("confidence: { threshold: -1 }") == base)
        #expect(try key("harvest: never, on_large_error: error, cache: { ttl: 1h }") == base)
        #expect(try key(small: "{ base_url: http://127.0.0.1:1/, api: chat, model: tiny, queue: 1 }") == base)
        #expect(try key("rules: [{ when: { share: 0% }, use: large }]") == base)
        let roomy = "{ base_url: http://127.0.0.1:1, api: chat, model: tiny, context: 100, bytes_per_token: 3 }"
        #expect(try key(small: roomy) == base)
        #expect(try key(server: "{ deadline: 9s }") == base)
    }

    @Test func `the request's own members are in the key, those that change nothing are not`() throws {
        let fixture = try Fixture()
        let plan = try fixture.plan(fixture.settings())
        let base = plan.cacheKey(try Request.chat())
        #expect(plan.cacheKey(try Request.chat("other")) != base)
        #expect(plan.cacheKey(try Request.chat(more: ",\"temperature\":0")) != base)
        #expect(plan.cacheKey(try Request.chat(more: ",\"unknown\":0")) != base)
        #expect(plan.cacheKey(try Request.chat(more: ",\"user\":\"u\"")) == base)
        #expect(plan.cacheKey(try Request.chat(more: ",\"stream\":false,\"logprobs\":true,\"top_logprobs\":2")) == base)
        #expect(plan.cacheKey(try Request.chat(more: ",\"store\":false,\"metadata\":{\"a\":\"b\"}")) == base)
    }

    @Test func `one question has one key in both dialects, where it is the same question`() throws {
        let fixture = try Fixture()
        let plan = try fixture.plan(fixture.settings())
        let base = plan.cacheKey(try Request.chat())
        #expect(plan.cacheKey(try Request.completion()) == base)
        #expect(plan.cacheKey(try Request.completion(more: ",\"logprobs\":2,\"stream\":true")) == base)
        #expect(plan.cacheKey(try Request.messages(#"{ "content" : "hello", "role" : "user" }"#)) == base)
        let warm = ",\"temperature\":0.5,\"max_tokens\":9"
        #expect(plan.cacheKey(try Request.completion(more: warm)) == plan.cacheKey(try Request.chat(more: warm)))
        for other in [
            try Request.completion("other"), try Request.completion(more: ",\"echo\":false"),
            try Request.completion(more: ",\"unknown\":1"), try Request.chat(more: ",\"unknown\":1"),
            try Request.chat(more: ",\"prompt\":\"hello\""), try Request.completion(more: warm),
            try Request.messages(#"{"role":"user","content":"hello","name":"a"}"#),
            try Request.messages(#"{"role":"system","content":"hello"}"#),
            try Request.messages(#"{"role":"user","content":[{"type":"text","text":"hello"}]}"#),
            try Request.messages(#"{"role":"user","content":"hello"},{"role":"user","content":"hello"}"#),
        ] {
            #expect(plan.cacheKey(other) != base)
        }
        // Completions have a leading space, which only their clients get judged.
        let mixed = try fixture.plan(
            fixture.settings(small: "{ base_url: http://127.0.0.1:1, api: completions, model: tiny }")
        )
        #expect(mixed.cacheKey(try Request.completion()) != mixed.cacheKey(try Request.chat()))
    }

    @Test func `a member that every role overrides is not in the key, one that a role leaves alone is`() throws {
        let fixture = try Fixture()
        let warm = try Request.chat(more: ",\"temperature\":1")
        let both = try fixture.plan(
            fixture.settings("parameters: { small: { temperature: 0 }, large: { temperature: 0.5 } }")
        )
        #expect(both.cacheKey(warm) == both.cacheKey(try Request.chat()))
        let one = try fixture.plan(fixture.settings("parameters: { small: { temperature: 0 } }"))
        #expect(one.cacheKey(warm) != one.cacheKey(try Request.chat()))
        let largeOnly = try fixture.plan(
            fixture.settings("parameters: { large: { temperature: 0 } }", roles: "large: l")
        )
        #expect(largeOnly.cacheKey(warm) == largeOnly.cacheKey(try Request.chat()))
    }

    @Test func `the client's limit on tokens stays in the key: the smaller one counts`() throws {
        let fixture = try Fixture()
        let plan = try fixture.plan(
            fixture.settings("parameters: { small: { max_tokens: 64 }, large: { max_tokens: 64 } }")
        )
        #expect(plan.cacheKey(try Request.chat(more: ",\"max_tokens\":5")) != plan.cacheKey(try Request.chat()))
    }

    @Test func `forwarded headers are in the key, others are not`() throws {
        let fixture = try Fixture()
        let model = "{ base_url: http://127.0.0.1:1, api: chat, model: tiny, headers: [x-b, x-a] }"
        let plan = try fixture.plan(fixture.settings(small: model))
        let request = try Request.chat()
        let keys = [
            plan.cacheKey(request), plan.cacheKey(request, headers: ["x-a": "1"]),
            plan.cacheKey(request, headers: ["x-a": "2"]), plan.cacheKey(request, headers: ["x-b": "1"]),
            plan.cacheKey(request, headers: ["x-a": ""]), plan.cacheKey(request, headers: ["x-a": "1", "x-b": "1"]),
        ]
        #expect(Set(keys).count == keys.count)
        #expect(plan.cacheKey(request, headers: ["x-c": "1"]) == keys[0])
    }

    @Test func `metadata that a template names is in the key, other metadata is not`() throws {
        let fixture = try Fixture()
        try fixture.write("p", "{{metadata.lang}}: {{input}}")
        let plan = try fixture.plan(fixture.settings("prompt: { large: p }"))
        let base = plan.cacheKey(try Request.chat())
        let swift = plan.cacheKey(try Request.chat(more: ",\"metadata\":{\"lang\":\"swift\"}"))
        #expect(swift != base)
        #expect(plan.cacheKey(try Request.chat(more: ",\"metadata\":{\"lang\":\"c\"}")) != swift)
        #expect(plan.cacheKey(try Request.chat(more: ",\"metadata\":{\"tenant\":\"a\"}")) == base)
        #expect(plan.cacheKey(try Request.chat(more: ",\"metadata\":{\"lang\":\"swift\",\"t\":\"a\"}")) == swift)
    }

    @Test func `the client counts where the scope is the key, and only there`() throws {
        let fixture = try Fixture()
        try fixture.write(
            "keys.yaml",
            "- { name: a, sha256: '\(String(repeating: "1", count: 64))' }\n- { name: b, sha256: '\(String(repeating: "2", count: 64))' }"
        )
        let server = "{ keys: keys.yaml }"
        let request = try Request.chat()
        let apart = try fixture.settings(server: server)
        let plan = try fixture.plan(apart)
        #expect(plan.cacheKey(request, key: apart.keys[0]) != plan.cacheKey(request, key: apart.keys[1]))
        let shared = try fixture.plan(fixture.settings("cache: { scope: route }", server: server))
        #expect(shared.cacheKey(request, key: apart.keys[0]) == shared.cacheKey(request, key: apart.keys[1]))
    }

    @Test func `the answers of large alone are kept apart from those of a small model and its fallbacks`() throws {
        let fixture = try Fixture()
        let plan = try fixture.plan(fixture.settings())
        let request = try Request.chat()
        #expect(plan.cacheKey(request, headers: ["x-understudy-use": "large"]) != plan.cacheKey(request))
    }
}
