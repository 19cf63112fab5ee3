import Foundation
import Judgment
import Testing

@testable import Settings

/// What a route says about its next small model.
@Suite struct TrainingSettingsTests {
    private func route(_ keys: String, environment: [String: String] = [:]) throws -> RouteSettings {
        try #require(Fixture().load(Minimal.route(keys), environment: environment).routes["search"])
    }

    @Test func `nothing of it is in force where nothing is said`() throws {
        let route = try route("")
        #expect(route.audit == 0)
        #expect(route.training == nil)
        #expect(route.require == .accepted)
        #expect(route.canary == nil)
        #expect(route.onStaleSmall == .keep)
        #expect(!route.isThresholdAuto)
    }

    @Test func `a provider that trains is read`() throws {
        let route = try route(
            """
            audit: 2%
            require: small
            canary: { share: 10%, within: 2d }
            on_stale_small: large
            training:
              trainer: openai
              base_url: https://api.example.com/v1/
              api_key: ${KEY}
              base: babbage-002
              price: 0.4
              suffix: code-search
              use: reviewed
              hyperparameters: { n_epochs: 3, learning_rate_multiplier: 0.10 }
            """,
            environment: ["KEY": "sk-hidden"]
        )
        #expect(route.audit == 0.02)
        #expect(route.require == .small)
        #expect(route.canary?.share == 0.1)
        #expect(route.canary?.within == .seconds(2 * 86_400))
        #expect(route.onStaleSmall == .large)
        let training = try #require(route.training)
        #expect(training.trainer == .openai)
        #expect(training.baseURL == "https://api.example.com/v1")
        #expect(training.apiKey == "sk-hidden")
        #expect(training.base == "babbage-002")
        #expect(training.price == 0.4)
        #expect(training.suffix == "code-search")
        #expect(training.use == .reviewed)
        let numbers = ["n_epochs": Array("3".utf8), "learning_rate_multiplier": Array("0.10".utf8)]
        #expect(training.hyperparameters == numbers)
    }

    @Test func `a command that trains is read, and stands beside the settings or where commands are`() throws {
        let fixture = try Fixture()
        func trainer(_ run: String) throws -> TrainingSettings.Trainer? {
            try fixture.load(Minimal.route("training: { trainer: command, run: \(run) }")).routes["search"]?.training?
                .trainer
        }
        #expect(try trainer("[./train.sh, '3']") == .command(run: ["\(fixture.directory)/train.sh", "3"]))
        #expect(try trainer("[train]") == .command(run: ["train"]))
    }

    @Test func `a canary has its usual share and time unless it says otherwise`() throws {
        let canary = try route("canary: {}").canary
        #expect(canary?.share == 0.05)
        #expect(canary?.within == .seconds(7 * 86_400))
    }

    @Test func `what is in force is printed, but for the key, and loads again to the same`() throws {
        let keys = """
            audit: 2%
            compare: { text: { least: 0.8 } }
            confidence: { threshold: auto }
            training: { trainer: openai, base_url: 'https://a/v1', api_key: '${KEY}', base: b, hyperparameters: { x: 1 } }
            """
        let settings = try Fixture().load(Minimal.route(keys), environment: ["KEY": "sk-hidden"])
        let yaml = settings.effectiveYAML
        #expect(!yaml.contains("sk-hidden"))
        for line in [
            "audit: 2%", "least: 0.8", "threshold: auto", "api_key: \"***\"", "use: all", "x: 1", "require: accepted",
            "on_stale_small: keep",
        ] {
            #expect(yaml.contains(line), "\(line) is not printed")
        }
        let again = try Fixture().load(yaml)
        #expect(again.version == settings.version)
        #expect(again.effectiveYAML == yaml)
    }

    @Test func `without a version's threshold nothing is accepted, sure or not`() throws {
        let route = try route("confidence: { threshold: auto, when_missing: accept }")
        #expect(route.isThresholdAuto)
        #expect(route.confidence?.threshold == .infinity)
        #expect(route.confidence?.whenMissing == WhenMissing())
        var rule = try #require(route.confidence)
        rule.threshold = -1
        #expect(rule.whenMissing == WhenMissing(text: .accept, tools: .accept))
    }

    @Test(arguments: [
        ("audit: 2", "8:12: routes.search.audit: expected a share such as 2%, between 0% and 100%, found '2'"),
        (
            "audit: 0.02",
            "8:12: routes.search.audit: expected a share such as 2%, between 0% and 100%, found '0.02' (did you mean '2%'?)"
        ),
        (
            "require: smal",
            "8:14: routes.search.require: expected accepted or small, found 'smal' (did you mean 'small'?)"
        ),
        (
            "on_stale_small: kep",
            "8:21: routes.search.on_stale_small: expected keep or large, found 'kep' (did you mean 'keep'?)"
        ),
        (
            "canary: { share: 0% }",
            "8:22: routes.search.canary.share: must be above 0% and at most 50%: as many are the control that it is compared with"
        ),
        ("canary: { shre: 5% }", "8:15: routes.search.canary.shre: unknown key (did you mean 'share'?)"),
        (
            "confidence: { threshold: atuo }",
            "8:30: routes.search.confidence.threshold: expected a number, found 'atuo'"
        ),
        ("training: { use: all }", "8:5: routes.search.training.trainer: is missing: openai or command"),
        (
            "training: { trainer: opnai, base: b }",
            "8:26: routes.search.training.trainer: expected openai or command, found 'opnai' (did you mean 'openai'?)"
        ),
        (
            "training: { trainer: openai, base: b }",
            "8:5: routes.search.training.base_url: is missing: where the provider is"
        ),
        (
            "training: { trainer: openai, base_url: 'https://a/v1' }",
            "8:5: routes.search.training.base: is missing: the model that is trained further"
        ),
        (
            "training: { trainer: openai, base_url: 'https://a/v1', base: b, run: [x] }",
            "8:69: routes.search.training.run: belongs to 'trainer: command'"
        ),
        (
            "training: { trainer: command, run: [x], price: 1 }",
            "8:45: routes.search.training.price: belongs to 'trainer: openai'"
        ),
        (
            "training: { trainer: openai, base_url: 'https://a/v1', base: b, suffix: 'a b' }",
            "8:77: routes.search.training.suffix: must be at most 64 printable ASCII characters without spaces: it goes into the model's name"
        ),
        (
            "training: { trainer: openai, base_url: 'https://a/v1', base: b, hyperparameters: { x: auto } }",
            "8:91: routes.search.training.hyperparameters.x: expected a number, found 'auto'"
        ),
        (
            "training: { trainer: openai, base_url: 'http://a/v1', base: b, api_key: sk-hidden }",
            "8:77: routes.search.training.api_key: would travel unencrypted to a: use https, or 'server: { insecure: true }'"
        ),
        (
            "training: { trainer: command }",
            "8:5: routes.search.training.run: is missing: the command and its arguments"
        ),
        (
            "training: { trainer: command, run: [x], base_url: 'https://a/v1' }",
            "8:45: routes.search.training.base_url: belongs to 'trainer: openai'"
        ),
    ])
    func `what cannot be is told at its place`(keys: String, expected: String) throws {
        let problems = try Fixture().problems(Minimal.route(keys))
        #expect(problems == [expected])
        #expect(!problems.joined().contains("sk-hidden"))
    }

    @Test func `an audit that has nothing to do is noted`() throws {
        func notes(_ yaml: String) throws -> [String] { try Fixture().load(yaml).notes.map(\.message) }
        #expect(try notes(Minimal.route("audit: 2%")) == [])
        #expect(try notes(Minimal.route("audit: 2%\nharvest: never")) == ["nothing is audited: 'harvest' is never"])
        #expect(
            try notes(Minimal.models + "routes: { a: { large: large, audit: 2% } }\n") == [
                "nothing is audited: there is no 'small'"
            ]
        )
    }
}
