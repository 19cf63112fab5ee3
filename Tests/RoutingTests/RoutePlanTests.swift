import Completions
import Digest
import Judgment
import Settings
import Testing

@testable import Routing

@Suite struct RoutePlanTests {
    @Test func `without rules the small model is asked, without a reason`() throws {
        let fixture = try Fixture()
        let choice = try fixture.plan(fixture.settings()).choose(Request.chat())
        #expect(choice.role == .small)
        #expect(choice.model.name == "s")
        #expect(choice.reason == nil)
        #expect(choice.ruleIndex == nil)
        #expect(!choice.isClients)
        #expect(choice.version.count == 12)
    }

    @Test func `a route without small, or whose small is not trained, is answered by large`() throws {
        let fixture = try Fixture()
        let untrained = "{ base_url: http://127.0.0.1:1, api: completions }"
        for settings in [try fixture.settings(roles: "large: l"), try fixture.settings(small: untrained)] {
            let plan = try fixture.plan(settings)
            for headers in [[:], ["x-understudy-use": "small"]] {
                let choice = try plan.choose(Request.chat(), headers: headers)
                #expect(choice.role == .large)
                #expect(choice.model.name == "l")
                #expect(choice.reason == .noSmall)
                #expect(choice.version == "large")
            }
        }
    }

    @Test func `a request that small's prompt has no place for goes to large, uncovered`() throws {
        let fixture = try Fixture()
        try fixture.write("p", "{{input}}")
        let question = #"{"role":"user","content":"q"}"#
        let request = try Request.messages(#"{"role":"system","content":"s"},"# + question)
        let strict = try fixture.plan(fixture.settings("prompt: { small: p }"))
        for headers in [[:], ["x-understudy-use": "small"]] {
            let choice = strict.choose(request, headers: headers)
            #expect((choice.role, choice.model.name, choice.version) == (.large, "l", "large"))
            #expect(choice.reason == .uncovered)
            #expect(choice.obstacle?.param == "messages[0]")
        }
        #expect(strict.obstacle(request)?.reason == .uncovered)
        let plain = try Request.messages(question)
        #expect(strict.choose(plain).obstacle == nil)
        #expect(strict.choose(plain).role == .small)
        let lenient = try fixture.plan(fixture.settings("prompt: { small: p, ignore: [system] }"))
        #expect(lenient.choose(request).role == .small)
        #expect(lenient.choose(plain).version != strict.choose(plain).version, "what is dropped is part of the version")
        #expect(lenient.cacheKey(request) != lenient.cacheKey(plain), "dropped, and another question to the cache")
        #expect(strict.choose(request, headers: ["x-understudy-use": "large"]).reason == .client)
    }

    @Test func `what the dialect of small cannot say is uncovered, whatever large can say`() throws {
        let fixture = try Fixture()
        try fixture.write("p", "{{input}}")
        let small = "{ base_url: http://127.0.0.1:1, api: completions, model: tiny }"
        let bare = try fixture.plan(fixture.settings(small: small))
        #expect(try bare.choose(Request.chat()).reason == .uncovered, "a chat needs a template")
        #expect(try bare.choose(Request.completion()).role == .small)
        let plan = try fixture.plan(fixture.settings("prompt: { small: p }", small: small))
        let format = #","response_format":{"type":"json_object"}"#
        #expect(try plan.choose(Request.chat(more: format)).reason == .uncovered)
        let other = try fixture.plan(fixture.settings("prompt: { large: p }", small: small))
        #expect(try other.choose(Request.completion(more: #","echo":true"#)).role == .small)
    }

    @Test func `an input that cannot fit small's context goes to large, too long`() throws {
        let fixture = try Fixture()
        let small = "{ base_url: http://127.0.0.1:1, api: completions, model: tiny, context: 20 }"
        let plan = try fixture.plan(fixture.settings("parameters: { small: { max_tokens: 10 } }", small: small))
        #expect(try plan.choose(Request.completion(String(repeating: "a", count: 40))).role == .small)
        let choice = try plan.choose(Request.completion(String(repeating: "a", count: 41)))
        #expect(choice.reason == .tooLong)
        #expect((choice.role, choice.version) == (.large, "large"))
        #expect(choice.obstacle?.code == "context_length_exceeded")
        let less = try Request.completion(String(repeating: "a", count: 41), more: #","max_tokens":9"#)
        #expect(plan.choose(less).role == .small)
    }

    @Test func `rules go first, and each small model of a rule is looked at for itself`() throws {
        let fixture = try Fixture()
        let small = "{ base_url: http://127.0.0.1:1, api: completions, model: tiny, context: 5 }"
        let plan = try fixture.plan(
            fixture.settings(
                """
                rules: [{ when: { header: { x-a: l } }, use: large }, { when: { header: { x-a: t } }, small: t }, \
                { when: { header: { x-a: u } }, small: u }]
                """,
                small: small
            )
        )
        let long = try Request.completion(String(repeating: "a", count: 100))
        #expect(plan.choose(long, headers: ["x-a": "l"]).reason == .rule)
        #expect(plan.choose(long, headers: ["x-a": "t"]).model.name == "t", "it has no limit")
        #expect(plan.choose(long, headers: ["x-a": "u"]).reason == .noSmall)
        let choice = plan.choose(long)
        #expect((choice.reason, choice.ruleIndex) == (.tooLong, nil))
        #expect(plan.obstacle(long)?.kind == .tooLong, "the route's own small has nothing to learn from it")
    }

    @Test(arguments: [(3, nil), (4, 0), (8, 0), (9, 1)] as [(Int, Int?)])
    func `a rule matches inputs over and under a number of characters`(length: Int, rule: Int?) throws {
        let fixture = try Fixture()
        let settings = try fixture.settings(
            """
            rules: [{ when: { input_chars: { over: 3, under: 9 } }, use: large }, \
            { when: { input_chars: { over: 8 } }, small: t }]
            """
        )
        let choice = try fixture.plan(settings).choose(Request.chat(String(repeating: "ä", count: length)))
        #expect(choice.ruleIndex == rule)
        #expect(choice.model.name == (rule == nil ? "s" : rule == 0 ? "l" : "t"))
        #expect(choice.reason == (rule == 0 ? .rule : nil))
    }

    @Test func `a rule matches a header's exact value, and all of several conditions`() throws {
        let fixture = try Fixture()
        let settings = try fixture.settings(
            "rules: [{ when: { header: { X-Tier: gold, x-b: '1' } }, use: large }]"
        )
        let plan = try fixture.plan(settings)
        #expect(try plan.choose(Request.chat(), headers: ["x-tier": "gold", "x-b": "1"]).role == .large)
        #expect(try plan.choose(Request.chat(), headers: ["x-tier": "gold"]).role == .small)
        #expect(try plan.choose(Request.chat(), headers: ["x-tier": "Gold", "x-b": "1"]).role == .small)
        #expect(try plan.choose(Request.chat()).role == .small)
    }

    @Test func `the first rule that matches wins`() throws {
        let fixture = try Fixture()
        let settings = try fixture.settings(
            "rules: [{ when: { share: 0% }, use: large }, { use: small }, { use: large }]"
        )
        let choice = try fixture.plan(settings).choose(Request.chat())
        #expect(choice.ruleIndex == 1)
        #expect(choice.role == .small)
        #expect(choice.model.name == "s")
    }

    @Test func `a rule whose small model is not trained yet gets large, as no small`() throws {
        let fixture = try Fixture()
        let choice = try fixture.plan(fixture.settings("rules: [{ small: u }]")).choose(Request.chat())
        #expect(choice.role == .large)
        #expect(choice.reason == .noSmall)
        #expect(choice.ruleIndex == 0)
    }

    @Test func `a share is stable, near its size, and drawn anew for each position`() throws {
        let fixture = try Fixture()
        let plan = try fixture.plan(
            fixture.settings(
                """
                rules: [{ when: { header: { x: y }, share: 100% }, use: large }, { when: { share: 25% }, use: large }, \
                { when: { share: 25% }, small: t }]
                """
            )
        )
        var counts = [0, 0, 0]
        for index in 0..<2000 {
            let request = try Request.chat("question \(index)")
            let choice = plan.choose(request)
            #expect(plan.choose(request).ruleIndex == choice.ruleIndex)
            counts[(choice.ruleIndex ?? 0)] += 1
        }
        // Binomial: 500 expected, then a quarter of the rest, 375; each within five standard deviations.
        #expect((400...600).contains(counts[1]))
        #expect((285...465).contains(counts[2]))
    }

    @Test func `a share of nothing draws nobody and one of all draws everybody`() throws {
        for index in 0..<1000 {
            let position = Share.position(of: SHA256.digest(of: "\(index)"), salt: index)
            #expect(position >= 0 && position < 1)
        }
    }

    @Test func `members that change no answer do not move a request to another share`() throws {
        let fixture = try Fixture()
        let plan = try fixture.plan(fixture.settings("rules: [{ when: { share: 50% }, use: large }]"))
        for index in 0..<50 {
            let plain = try plan.choose(Request.chat("q\(index)"))
            let other = try plan.choose(
                Request.chat("q\(index)", more: ",\"user\":\"u\",\"stream\":false,\"store\":true")
            )
            #expect(plain.role == other.role)
        }
    }

    @Test func `the client's word comes first where there are no keys`() throws {
        let fixture = try Fixture()
        let plan = try fixture.plan(fixture.settings("rules: [{ use: large }]"))
        let small = try plan.choose(Request.chat(), headers: ["x-understudy-use": "small"])
        #expect(small.role == .small)
        #expect(small.isClients)
        #expect(small.reason == nil)
        #expect(small.ruleIndex == nil)
        let ruled = try plan.choose(Request.chat())
        #expect(ruled.reason == .rule)
        let free = try fixture.plan(fixture.settings())
        let large = try free.choose(Request.chat(), headers: ["x-understudy-use": "large"])
        #expect(large.role == .large)
        #expect(large.reason == .client)
        #expect(large.isClients)
        let nonsense = try free.choose(Request.chat(), headers: ["x-understudy-use": "medium"])
        #expect(nonsense.role == .small)
        #expect(!nonsense.isClients)
    }

    @Test func `what a key may not say is ignored`() throws {
        let fixture = try Fixture()
        let one = String(repeating: "1", count: 64)
        let two = String(repeating: "2", count: 64)
        try fixture.write(
            "keys.yaml",
            "- { name: may, sha256: '\(one)', may: [use] }\n- { name: may-not, sha256: '\(two)', may: [no-cache] }"
        )
        let settings = try fixture.settings(server: "{ keys: keys.yaml }")
        let plan = try fixture.plan(settings)
        let header = ["x-understudy-use": "large"]
        #expect(try plan.choose(Request.chat(), headers: header, key: settings.keys[0]).reason == .client)
        let ignored = try plan.choose(Request.chat(), headers: header, key: settings.keys[1])
        #expect(ignored.role == .small)
        #expect(!ignored.isClients)
    }
}
