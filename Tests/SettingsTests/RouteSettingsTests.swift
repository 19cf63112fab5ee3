import Completions
import Digest
import Judgment
import Testing

@testable import Settings

@Suite struct RouteSettingsTests {
    @Test func `every key is read`() throws {
        let fixture = try Fixture()
        try fixture.write("prompts/small.mustache", "Q: {{input}}\nA:")
        try fixture.write("prompts/large.mustache", "Answer {{input}}")
        let yaml = Minimal.route(
            """
            prompt: { small: prompts/small.mustache, large: prompts/large.mustache }
            parameters: { small: { temperature: 0, max_tokens: 64, stop: ["\\n"] } }
            checks: [finished, { max_chars: 2000 }]
            confidence: { score: min_logprob, threshold: -1.2, when_missing: { tools: accept } }
            on_large_invalid: error
            on_large_error: error
            on_refusal: fallback
            spend: { large: 20 USD, per: 1h, when_over: error }
            harvest: opt_in
            cache: { ttl: 7d, scope: none }
            early_abort: true
            hold: 16
            hedge: { after: 400ms, at_most: 5% }
            let_run: 2.5%
            rules: [{ when: { input_chars: { over: 8000 } }, use: large }]
            """
        ).replacing("model: huge }", with: "model: huge, price: { input: 2, output: 8 } }")
        let route = try #require(fixture.load(yaml).routes["search"])
        #expect(route.name == "search")
        #expect(route.small?.name == "small")
        #expect(route.large.name == "large")
        #expect(route.prompts.small != nil)
        #expect(route.prompts.template(for: .large) != nil)
        #expect(route.parameters.small.map(\.name) == ["max_tokens", "stop", "temperature"])
        #expect(route.parameters.large.isEmpty)
        #expect(route.checks == ["finished", "max_chars"])
        #expect(route.judge.checks.count == 2)
        let whenMissing = WhenMissing(text: .fallback, tools: .accept)
        #expect(route.confidence == ConfidenceRule(score: .min, threshold: -1.2, whenMissing: whenMissing))
        #expect(route.judge.confidence == route.confidence)
        #expect(route.judge.onRefusal == .fallback)
        #expect(route.onLargeInvalid == .error)
        #expect(route.onLargeError == .error)
        #expect(route.spend == RouteSettings.Spend(large: 20, per: .seconds(3600), whenOver: .error))
        #expect(route.harvest == .optIn)
        #expect(route.caching == RouteSettings.Caching(ttl: .seconds(7 * 86_400), scope: .none))
        #expect(route.earlyAbort)
        #expect(route.hold == .tokens(16))
        #expect(route.hedge?.after == .milliseconds(400))
        #expect(route.hedge?.atMost == 0.05)
        #expect(route.letRun == 0.025)
        #expect(route.rules.count == 1)
        #expect(route.smallLogprobs == .top(0))
    }

    @Test func `what is not said has the default of the contract`() throws {
        let route = try #require(Fixture().load(Minimal.yaml).routes["search"])
        #expect(route.prompts.small == nil)
        #expect(route.judge.checks.isEmpty)
        #expect(route.confidence == nil)
        #expect(route.onRefusal == .answer)
        #expect(route.onLargeInvalid == .answer)
        #expect(route.onLargeError == .small)
        #expect(route.spend == nil)
        #expect(route.harvest == .always)
        #expect(route.caching == RouteSettings.Caching(ttl: .seconds(86_400), scope: .route))
        #expect(!route.earlyAbort)
        #expect(route.hold == .all)
        #expect(route.hedge == nil)
        #expect(route.letRun == 0.05)
        #expect(route.rules.isEmpty)
    }

    @Test func `streams are treated by the defaults where a route says nothing of its own`() throws {
        let defaults = "defaults: { early_abort: true, hold: 8, hedge: { after: 1s, at_most: 0% }, let_run: 0% }\n"
        let route = try #require(Fixture().load(Minimal.route("hold: all") + defaults).routes["search"])
        #expect(route.earlyAbort)
        #expect(route.hold == .all)
        #expect(route.hedge == HedgeSettings(after: .seconds(1), atMost: 0))
        #expect(route.letRun == 0)
    }

    @Test func `small may be absent or not trained yet`() throws {
        let absent = try Fixture().load(Minimal.models + "routes: { a: { large: large } }\n")
        #expect(absent.routes["a"]?.small == nil)
        let untrained = try Fixture().load(Minimal.yaml.replacing(", model: tiny", with: ""))
        #expect(untrained.routes["search"]?.small?.isTrained == false)
    }

    @Test func `answers are kept apart by key where there are keys, unless the route shares them`() throws {
        let fixture = try Fixture()
        try fixture.write("keys.yaml", "[]")
        let yaml = Minimal.yaml + "  shared: { large: large, cache: { scope: route } }\nserver: { keys: keys.yaml }\n"
        let settings = try fixture.load(yaml)
        #expect(settings.routes["search"]?.caching.scope == .key)
        #expect(settings.routes["shared"]?.caching.scope == .route)
    }

    @Test func `the cache's lifetime is the route's default`() throws {
        let settings = try Fixture().load(Minimal.yaml + "cache: { ttl: 2h }\n")
        #expect(settings.routes["search"]?.caching.ttl == .seconds(7200))
    }

    @Test func `margin makes the gateway ask for the second best`() throws {
        let settings = try Fixture().load(Minimal.route("confidence: { score: margin, threshold: 0.5 }"))
        #expect(settings.routes["search"]?.smallLogprobs == .top(2))
    }

    @Test(arguments: [
        ("smal: x", "8:5: routes.search.smal: unknown key (did you mean 'small'?)"),
        (
            "on_large_invalid: errors",
            "8:23: routes.search.on_large_invalid: expected answer or error, found 'errors' (did you mean 'error'?)"
        ),
        ("on_large_error: give_up", "8:21: routes.search.on_large_error: expected small or error, found 'give_up'"),
        ("on_refusal: [answer]", "8:17: routes.search.on_refusal: expected answer, fallback, found a list"),
        (
            "harvest: optin",
            "8:14: routes.search.harvest: expected always, opt_in or never, found 'optin' (did you mean 'opt_in'?)"
        ),
        ("harvest: false", "8:14: routes.search.harvest: expected always, opt_in or never, found 'false'"),
        ("cache: { scope: user }", "8:21: routes.search.cache.scope: expected route, key or none, found 'user'"),
        ("cache: { time: 1s }", "8:14: routes.search.cache.time: unknown key"),
        ("spend: { large: 20 USD }", "8:5: routes.search.spend.per: is missing"),
        (
            "spend: { large: 20, per: 1h }",
            "8:21: routes.search.spend.large: expected an amount such as 20 USD, found '20' (did you mean '20 USD'?)"
        ),
        ("spend: { large: 0 USD, per: 1h }", "8:21: routes.search.spend.large: must be above zero"),
        ("prompt: { small: none }", "8:22: routes.search.prompt.small: none cannot be read: No such file or directory"),
        (
            "prompt: { ignore: system }",
            "8:23: routes.search.prompt.ignore: expected a list, found 'system'"
        ),
        (
            "prompt: { ignore: [system, sytem] }",
            "8:32: routes.search.prompt.ignore[1]: expected system, messages, tools, content or response_format, "
                + "found 'sytem' (did you mean 'system'?)"
        ),
        (
            "prompt: { ignore: [all] }",
            "8:24: routes.search.prompt.ignore[0]: expected system, messages, tools, content or response_format, "
                + "found 'all'"
        ),
        (
            "early_abort: yes",
            "8:18: routes.search.early_abort: expected true or false, found 'yes' (did you mean 'true'?)"
        ),
        ("early_abrt: true", "8:5: routes.search.early_abrt: unknown key (did you mean 'early_abort'?)"),
        (
            "hold: al",
            "8:11: routes.search.hold: expected all or a number of tokens, found 'al' (did you mean 'all'?)"
        ),
        ("hold: '16'", "8:11: routes.search.hold: expected all or a number of tokens, found '16'"),
        ("hold: 1.5", "8:11: routes.search.hold: expected all or a number of tokens, found '1.5'"),
        ("hold: 0", "8:11: routes.search.hold: must be all or at least 1, not 0"),
        ("hold: [16]", "8:11: routes.search.hold: expected all or a number of tokens, found a list"),
        (
            "let_run: 0.05",
            "8:14: routes.search.let_run: expected a share such as 2%, between 0% and 100%, found '0.05' (did you mean '5%'?)"
        ),
        ("hedge: 5%", "8:12: routes.search.hedge: expected a mapping, found '5%'"),
        ("hedge: { after: 1s }", "8:5: routes.search.hedge.at_most: is missing"),
        ("hedge: { at_most: 5% }", "8:5: routes.search.hedge.after: is missing"),
        ("hedge: { after: 0s, at_most: 5% }", "8:21: routes.search.hedge.after: must be above zero"),
        (
            "hedge: { after: 1s, atmost: 5%, at_most: 5% }",
            "8:25: routes.search.hedge.atmost: unknown key (did you mean 'at_most'?)"
        ),
        ("prompt: { smal: p }", "8:15: routes.search.prompt.smal: unknown key (did you mean 'small'?)"),
    ])
    func `each mistake is told at its place`(keys: String, expected: String) throws {
        let yaml = Minimal.route(keys).replacing("model: huge }", with: "model: huge, price: { input: 2, output: 8 } }")
        #expect(try Fixture().problems(yaml) == [expected])
    }

    @Test func `models must exist`() throws {
        #expect(
            try Fixture().problems(Minimal.models + "routes:\n  a: { small: smal, large: huge }\n") == [
                "5:15: routes.a.small: no model is named 'smal' (did you mean 'small'?)",
                "5:28: routes.a.large: no model is named 'huge'",
            ]
        )
    }

    @Test func `large must be there and trained`() throws {
        #expect(
            try Fixture().problems(Minimal.models + "routes:\n  a: { small: small }\n") == [
                "5:3: routes.a.large: is missing: the model that answers when the small one does not"
            ]
        )
        #expect(
            try Fixture().problems(Minimal.yaml.replacing(", model: huge", with: "")) == [
                "5:34: routes.search.large: 'large' has no 'model': only small may be untrained"
            ]
        )
    }

    @Test func `a ceiling needs a price`() throws {
        #expect(
            try Fixture().problems(Minimal.route("spend: { large: 1 USD, per: 1h }")) == [
                "8:5: routes.search.spend: needs a price: 'large' has none, so its spending is not known"
            ]
        )
    }

    @Test func `a route says how much of its candidates is kept, by age, by size or both`() throws {
        func keep(_ text: String) throws -> RouteSettings.Keep? {
            try Fixture().load(Minimal.route(text)).routes["search"]?.keep
        }
        #expect(try keep("") == nil)
        #expect(try keep("keep: { age: 90d, size: 10GiB }")?.age == .seconds(90 * 86_400))
        #expect(try keep("keep: { age: 90d, size: 10GiB }")?.size == 10 << 30)
        #expect(try keep("keep: { age: 90d }")?.size == nil)
        #expect(try keep("keep: { size: 1GiB }")?.age == nil)
        #expect(
            try Fixture().problems(Minimal.route("keep: { size: 1KiB }")) == [
                "8:19: routes.search.keep.size: must be at least 1MiB, not 1KiB"
            ]
        )
    }

    @Test func `a route's kind says how many examples are enough, and may be left unsaid`() throws {
        let enough = try ["format", "reasoning", "dsl"].map { kind in
            try Fixture().load(Minimal.route("kind: \(kind)")).routes["search"]?.kind?.enough
        }
        #expect(enough == [200, 1000, 3000])
        #expect(try Fixture().load(Minimal.route("")).routes["search"]?.kind == nil)
        #expect(
            try Fixture().problems(Minimal.route("kind: formt")) == [
                "8:11: routes.search.kind: expected format, reasoning or dsl, found 'formt' (did you mean 'format'?)"
            ]
        )
    }

    @Test func `what a prompt may drop is a list of known words, and no part of the contract`() throws {
        let fixture = try Fixture()
        try fixture.write("p", "{{input}}")
        let plain = try fixture.load(Minimal.route("prompt: { small: p }"))
        #expect(plain.routes["search"]?.prompts.ignored == [])
        let settings = try fixture.load(
            Minimal.route("prompt: { small: p, ignore: [system, response_format, system] }")
        )
        let route = try #require(settings.routes["search"])
        #expect(route.prompts.ignored == [.system, .responseFormat])
        #expect(route.target(for: route.large, as: .small).ignored == [.system, .responseFormat])
        #expect(settings.effectiveYAML.contains("- response_format\n"))
        #expect(settings.version != plain.version)
        #expect(route.contract == plain.routes["search"]?.contract)
        #expect(settings.notes == [])
        let idle = try fixture.load(Minimal.route("prompt: { ignore: [tools] }"))
        #expect(
            idle.notes.map(\.description).first?.hasSuffix(
                "8:23: routes.search.prompt.ignore: drops nothing: without a template all is passed on"
            ) == true
        )
    }

    @Test func `a small model of completions that chats never reach is worth a note`() throws {
        let fixture = try Fixture()
        try fixture.write("p", "{{input}}")
        func notes(_ keys: String, large: String = "chat") throws -> [String] {
            let models = Minimal.models.replacing("api: chat, model: tiny", with: "api: completions, model: tiny")
                .replacing("api: chat, model: huge", with: "api: \(large), model: huge")
            return try fixture.load(Minimal.route(keys).replacing(Minimal.models, with: models)).notes.map(\.message)
        }
        #expect(
            try notes("checks: []")
                == ["'small' takes prompts: without 'prompt.small', messages of chats are left to large"]
        )
        #expect(try notes("prompt: { small: p }") == [])
        #expect(try notes("checks: []", large: "completions") == [])
    }

    @Test func `a context that the answer alone may fill is worth a note`() throws {
        let models = Minimal.models.replacing("model: huge", with: "model: huge, context: 64")
        func notes(_ limit: Int) throws -> [String] {
            let yaml = Minimal.route("parameters: { large: { max_tokens: \(limit) } }")
            return try Fixture().load(yaml.replacing(Minimal.models, with: models)).notes.map(\.message)
        }
        #expect(try notes(63) == [])
        #expect(try notes(64) == ["no input fits: 'large' has a context of 64, and 64 are for the answer"])
    }

    @Test func `the stricter of two harvest policies wins`() {
        for policy in HarvestPolicy.allCases {
            #expect(policy.stricter(nil) == policy)
            #expect(policy.stricter(.never) == .never)
            #expect(HarvestPolicy.never.stricter(policy) == .never)
            #expect(policy.stricter(.always) == policy)
            #expect(HarvestPolicy.always.stricter(policy) == policy)
        }
    }

    @Test func `the contract is the large prompt, the large model, the checks and the comparator`() throws {
        func contract(_ keys: String, prompt: String = "P", models: String = Minimal.models) throws -> String {
            let fixture = try Fixture()
            try fixture.write("p", prompt)
            let yaml = Minimal.route(keys).replacing(Minimal.models, with: models)
            return try #require(fixture.load(yaml).routes["search"]).contract
        }
        let base = try contract("prompt: { large: p }\nchecks: [finished]")
        #expect(base.count == 64)
        #expect(try contract("prompt: { small: p, large: p }\nchecks: [finished]\nharvest: never") == base)
        #expect(try contract("prompt: { large: p }\nchecks: [finished]\nconfidence: { threshold: -1 }") == base)
        let streamed = "early_abort: true\nhold: 4\nhedge: { after: 1s, at_most: 5% }\nlet_run: 1%"
        #expect(try contract("prompt: { large: p }\nchecks: [finished]\n" + streamed) == base)
        #expect(try contract("prompt: { large: p }\nchecks: [finished]", prompt: "Q") != base)
        #expect(try contract("checks: [finished]") != base)
        #expect(try contract("prompt: { large: p }\nchecks: [finished, { max_chars: 5 }]") != base)
        #expect(try contract("prompt: { large: p }") != base)
        let other = Minimal.models.replacing("huge", with: "huger")
        #expect(try contract("prompt: { large: p }\nchecks: [finished]", models: other) != base)
    }
}
