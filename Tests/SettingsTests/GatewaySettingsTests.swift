import Testing

@testable import Settings

@Suite struct GatewaySettingsTests {
    @Test func `the least that a file must say is enough, and the rest has its default`() throws {
        let settings = try Fixture().load(Minimal.yaml)
        #expect(settings.server.listen == ListenAddress("127.0.0.1:8080"))
        #expect(settings.server.admin == ListenAddress("127.0.0.1:8081"))
        #expect(settings.server.workers == 0)
        #expect(settings.server.deadline == .seconds(30))
        #expect(settings.server.drain == .seconds(30))
        #expect(settings.server.streamComment == .seconds(10))
        #expect(settings.server.readerStall == .seconds(30))
        #expect(settings.server.environment == "production")
        #expect(settings.server.hosts.isEmpty)
        #expect(settings.keys.isEmpty)
        #expect(settings.cache.redis == nil)
        #expect(settings.cache.redisDeadline == .milliseconds(5))
        #expect(settings.cache.memory == 64 << 20)
        #expect(settings.cache.ttl == .seconds(86_400))
        #expect(settings.harvest.deadline == .milliseconds(100))
        #expect(settings.harvest.spoolLimit == 1 << 30)
        let model = try #require(settings.models["small"])
        #expect(model.maxInFlight == 256)
        #expect(model.queue == 64)
        #expect(model.maxAnswer == 1 << 20)
        #expect(!model.http2)
        #expect(model.timeout.connect == .seconds(1))
        #expect(settings.notes.isEmpty)
    }

    @Test func `an empty file says what is missing`() throws {
        for yaml in ["", "# nothing\n", "server: ~\n", "models:\nroutes:\n"] {
            #expect(try Fixture().problems(yaml) == ["1:1: models: is missing", "1:1: routes: is missing"])
        }
        #expect(
            try Fixture().problems("models: {}\nroutes: {}\n") == [
                "1:1: models: holds no model", "2:1: routes: holds no route",
            ]
        )
    }

    @Test func `names of models that metrics use for something else are refused`() throws {
        let model = "base_url: http://h, api: chat, model: m"
        #expect(
            try Fixture().problems(
                "models:\n  spool: { \(model) }\n  log: { \(model) }\nroutes:\n  spool: { large: log }\n"
            ) == ["2:3: models.spool: metrics have another meaning for 'spool': choose another name for the model"]
        )
    }

    @Test func `a file that is no mapping says so`() throws {
        #expect(try Fixture().problems("- a\n").first == "1:1: expected a mapping, found a list")
    }

    @Test func `a file that cannot be read says why`() throws {
        #expect(throws: SettingsErrors.self) { try GatewaySettings.load(file: "/none/such.yaml", environment: [:]) }
        do {
            _ = try GatewaySettings.load(file: "/none/such.yaml", environment: [:])
        } catch {
            #expect(error.description == "/none/such.yaml:1:1: cannot be read: No such file or directory")
        }
    }

    @Test func `defaults hold for every route, and a route's own word wins`() throws {
        let yaml =
            Minimal.models + """
                defaults: { large: large, harvest: never, cache: { ttl: 1h, scope: none } }
                routes:
                  a:
                  b: { harvest: always, cache: { ttl: 2h } }

                """
        let routes = try Fixture().load(yaml).routes
        #expect(routes["a"]?.large.name == "large")
        #expect(routes["a"]?.harvest == .never)
        #expect(routes["a"]?.caching.scope == RouteSettings.Caching.Scope.none)
        #expect(routes["b"]?.harvest == .always)
        #expect(routes["b"]?.caching == .init(ttl: .seconds(7200), scope: .route))
    }

    @Test func `a mistake in the defaults is told once, at its place`() throws {
        let yaml =
            Minimal.models
            + "defaults: { large: large, harvest: x, confidence: { score: margin } }\nroutes: { a: {}, b: {} }\n"
        #expect(
            try Fixture().problems(yaml) == [
                "4:36: defaults.harvest: expected always, opt_in or never, found 'x'",
                "4:39: defaults.confidence.threshold: is missing: answers with a lower score are rejected",
            ]
        )
    }

    @Test func `anchors and merges work across routes`() throws {
        let yaml =
            Minimal.models + """
                x-common: &common { large: large, harvest: opt_in }
                routes:
                  a: { <<: *common, small: small }
                  b: { <<: *common, harvest: never }

                """
        let routes = try Fixture().load(yaml).routes
        #expect(routes["a"]?.harvest == .optIn)
        #expect(routes["a"]?.small?.name == "small")
        #expect(routes["b"]?.harvest == .never)
    }

    @Test func `an empty variable is an empty value`() throws {
        #expect(
            try Fixture().problems(Minimal.section("server", "admin_token: ${T}"), environment: ["T": ""]) == [
                "7:16: server.admin_token: is empty"
            ]
        )
        let settings = try Fixture().load(Minimal.section("server", "workers: ${N}"), environment: ["N": "3"])
        #expect(settings.server.workers == 3)
    }

    @Test func `the example of the design is read to its last key`() throws {
        let fixture = try Fixture()
        try fixture.write("keys.yaml", "[]")
        try fixture.write("prompts/code-search.small.mustache", "{{input}}")
        try fixture.write("prompts/code-search.large.mustache", "{{input}}")
        try fixture.write("schemas/characteristics.json", "{}")
        try fixture.write("grammars/code-search.gbnf", "root ::= [a-z]+")
        let environment = ["ADMIN_TOKEN": "t", "SMALL_API_KEY": "k", "TRAINING_API_KEY": "k"]
        let route = try #require(
            fixture.load(DesignExample.yaml, environment: environment).routes["code-search"]
        )
        #expect(route.checks.first == "finished")
        #expect(route.checks.last == "grammar")
        #expect(route.rules.count == 3)
        #expect(route.audit == 0.02)
        #expect(route.compare == "dsl")
        #expect(route.training?.base == "babbage-002")
        #expect(route.canary?.share == 0.05)
    }
}

/// DESIGN section 6, without its remarks.
enum DesignExample {
    static let yaml = """
        server:
          listen: 127.0.0.1:8080
          admin: 127.0.0.1:8081
          workers: 0
          deadline: 30s
          limits: { body: 1MiB, headers: 16KiB, connections: 10000, header_time: 10s, body_time: 30s, idle_time: 75s }
          keys: keys.yaml
          admin_token: ${ADMIN_TOKEN}
        cache:
          redis: redis://127.0.0.1:6379/0
          redis_deadline: 5ms
          memory: 64MiB
          ttl: 24h
        harvest:
          store: sqlite:var/understudy.db
          spool: var/spool
          deadline: 100ms
        models:
          code-search-small:
            base_url: http://127.0.0.1:9000/v1
            api: completions
            model: ft:babbage-002:acme:code-search:v3
            api_key: ${SMALL_API_KEY}
            price: { input: 1.60, output: 1.60 }
            timeout: { connect: 1s, first_token: 2s, between_tokens: 1s, total: 5s }
            max_in_flight: 256
          code-search-small-next: { base_url: http://127.0.0.1:9000/v1, api: completions }
          large: { base_url: 'https://api.example.com/v1', api: chat, model: huge, price: { input: 2.5, output: 10 } }
        routes:
          code-search:
            small: code-search-small
            large: large
            prompt:
              small: prompts/code-search.small.mustache
              large: prompts/code-search.large.mustache
            parameters:
              small: { temperature: 0, max_tokens: 64, stop: ["\\n"] }
            checks:
              - finished
              - max_chars: 2000
              - one_of: [a, b]
              - regex: '^[a-z ]+$'
              - json
              - json_schema: schemas/characteristics.json
              - grammar: grammars/code-search.gbnf
            confidence: { score: min_logprob, threshold: -1.2, when_missing: fallback }
            on_large_invalid: answer
            on_large_error: small
            hold: all
            early_abort: true
            hedge: { after: 400ms, at_most: 5% }
            audit: 2%
            spend: { large: 20 USD, per: 1h, when_over: small }
            harvest: always
            keep: { age: 90d, size: 10GiB }
            redact: [{ regex: '...' }, { json_path: '$.email' }]
            kind: dsl
            compare: dsl
            training:
              trainer: openai
              base_url: https://api.example.com/v1
              api_key: ${TRAINING_API_KEY}
              base: babbage-002
              suffix: code-search
              use: all
            require: accepted
            canary: { share: 5%, within: 7d }
            on_refusal: answer
            on_stale_small: keep
            cache: { ttl: 7d, scope: route }
            rules:
              - { when: { input_chars: { over: 8000 } }, use: large }
              - { when: { header: { x-tier: gold } }, use: large }
              - { when: { share: 10% }, small: code-search-small-next }

        """
}
