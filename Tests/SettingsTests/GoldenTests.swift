import Testing

@testable import Settings

/// One file with a mistake of every kind: all are told, in the order of the file.
@Suite struct GoldenTests {
    @Test func `all mistakes are told at once`() throws {
        let fixture = try Fixture()
        try fixture.write("keys.yaml", "- { name: a, sha256: short }\n")
        let yaml = """
            server:
              listen: 0.0.0.0:8080
              admin: 0.0.0.0:8081
              adress: 1.2.3.4
              deadline: 30
              limits: { body: 1MB }
              keys: keys.yaml
              insecure: no
            cache:
              memory: 64MiB
              memory: 32MiB
              ttl: 7 days
            modles: {}
            x-anything: { goes: here }
            models:
              small: { base_url: http://127.0.0.1:9000/v1, api: completion }
              large: { base_url: http://models.internal/v1, api: chat, model: huge, api_key: '${KEY}' }
            defaults:
              on_refusel: answer
              harvest: sometimes
            routes:
              one: { small: smal, large: large, hedge: { after: 1s } }
              two: { small: small }
              three:
                large: large
                confidence: { score: margin }
                checks: [finishd]
                rules: [{ when: { share: 5 }, use: large }]
                prompt:
                  large: ${PROMPTS}/large.mustache
            """
        let problems = try fixture.problems(yaml, environment: ["KEY": "sk-secret"])
        #expect(
            problems == [
                "3:10: server.admin: listens beyond this machine without 'admin_token': set it, or 'insecure: true'",
                "4:3: server.adress: unknown key",
                "5:13: server.deadline: expected a duration such as 5ms, 2s, 24h or 7d, found '30'",
                "6:19: server.limits.body: expected a size such as 16KiB, 64MiB or 1GiB, found '1MB' (did you mean '1MiB'?)",
                "8:13: server.insecure: expected true or false, found 'no' (did you mean 'false'?)",
                "11:3: cache.memory: stands twice; the first is in line 10",
                "12:8: cache.ttl: expected a duration such as 5ms, 2s, 24h or 7d, found '7 days'",
                "13:1: modles: unknown key (did you mean 'models'?)",
                "16:53: models.small.api: expected chat or completions, found 'completion' (did you mean 'completions'?)",
                "17:82: models.large.api_key: would travel unencrypted to models.internal: use https, or 'server: { insecure: true }'",
                "19:3: defaults.on_refusel: unknown key (did you mean 'on_refusal'?)",
                "20:12: defaults.harvest: expected always, opt_in or never, found 'sometimes'",
                "22:17: routes.one.small: no model is named 'smal' (did you mean 'small'?)",
                "22:37: routes.one.hedge.at_most: is missing",
                "23:3: routes.two.large: is missing: the model that answers when the small one does not",
                "26:5: routes.three.confidence.threshold: is missing: answers with a lower score are rejected",
                "27:14: routes.three.checks[0].finishd: unknown check; there are finished, max_chars, min_chars, one_of, regex, json, json_schema, grammar (did you mean 'finished'?)",
                "28:30: routes.three.rules[0].when.share: expected a share such as 2%, between 0% and 100%, found '5'",
                "30:14: routes.three.prompt.large: PROMPTS is not set in the environment",
                "keys.yaml:1:22: [0].sha256: expected 64 hexadecimal digits",
            ]
        )
        #expect(!problems.joined().contains("sk-secret"))
    }
}
