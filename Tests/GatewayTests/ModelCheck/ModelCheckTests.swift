import Simulation
import Synchronization
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(2)))
struct ModelCheckTests {
    private func yaml(_ url: String, route: String = "") -> String {
        """
        models:
          chatty: { base_url: "\(url)", api: chat, model: chatty-1 }
          plain: { base_url: "\(url)", api: completions, model: plain-1 }
          untrained: { base_url: "\(url)", api: completions }
        routes:
          search: { small: plain, large: chatty\(route) }

        """
    }

    private func check(
        _ models: [String: ModelScript],
        route: String = ", confidence: { score: min_logprob, threshold: -1 }"
    ) async throws -> (reports: [ModelReport], complaints: [String], simulator: Simulator) {
        let simulator = try await Simulator.start(script: Script(models: models))
        let settings = try SettingsFolder().load(yaml(simulator.baseURL, route: route))
        let check = try ModelCheck(settings)
        let said = Mutex<[String]>([])
        let reports = try await check.ask { report in said.withLock { $0.append(report.line) } }
        #expect(said.withLock { $0 } == reports.map(\.line))
        check.stop()
        await simulator.stop()
        return (reports, settings.complaints(about: reports), simulator)
    }

    @Test func `each model is asked once, in its own dialect, for a few tokens with log-probabilities`() async throws {
        let (reports, complaints, simulator) = try await check([
            "chatty-1": ModelScript(says: "ok"), "plain-1": ModelScript(says: "ok"),
        ])
        #expect(reports.map(\.model) == ["chatty", "plain", "untrained"])
        #expect(reports.allSatisfy { !$0.isFailed })
        #expect(complaints.isEmpty)
        for report in reports.prefix(2) {
            #expect(report.line.hasPrefix("\(report.model): '\(report.model)-1' answered in "))
            #expect(report.line.hasSuffix("; log-probabilities for 1 tokens, with up to 5 alternatives each"))
        }
        #expect(reports[2].line == "untrained: not asked, not trained yet (it has no 'model')")
        #expect(simulator.calls["chatty-1"].calls == 1)
        #expect(simulator.calls["plain-1"].calls == 1)
    }

    @Test func `a small model without log-probabilities is complained of where confidence needs them`() async throws {
        let models = [
            "chatty-1": ModelScript(says: "ok"),
            "plain-1": ModelScript(says: "ok", faults: [ScriptedFault(.logprobs(.missing))]),
        ]
        let (reports, complaints, _) = try await check(models)
        #expect(reports[1].line.hasSuffix("; no log-probabilities"))
        #expect(!reports[1].isFailed)
        #expect(
            complaints == [
                "routes.search.confidence: min_logprob needs log-probabilities, and 'plain' gives none: "
                    + "every answer falls back"
            ]
        )
        let lenient = ", confidence: { score: min_logprob, threshold: -1, when_missing: accept }"
        #expect(try await check(models, route: lenient).complaints.isEmpty)
        #expect(try await check(models, route: "").complaints.isEmpty)
    }

    @Test func `a model that refuses log-probabilities is asked without, and its words are shown`() async throws {
        let refusal = ScriptedFault(
            .status(400, message: "logprobs are not supported"),
            FaultTrigger(first: 2)
        )
        let (reports, complaints, simulator) = try await check([
            "chatty-1": ModelScript(says: "ok"), "plain-1": ModelScript(says: "ok", faults: [refusal]),
        ])
        #expect(reports[1].line.hasSuffix("; refuses log-probabilities (status 400: logprobs are not supported)"))
        #expect(!reports[1].isFailed)
        #expect(complaints.count == 1)
        #expect(simulator.calls["plain-1"].calls == 3)
    }

    @Test func `a model that does not answer fails, in plain words`() async throws {
        let (reports, complaints, _) = try await check([
            "chatty-1": ModelScript(says: "ok", faults: [ScriptedFault(.contentType("text/html"))]),
            "plain-1": ModelScript(says: "ok", faults: [ScriptedFault(.status(401, message: "Bad key sk-123"))]),
        ])
        #expect(reports[0].isFailed && reports[1].isFailed)
        #expect(reports[0].line.hasSuffix("the answer is not JSON (content-type: text/html)"))
        #expect(reports[1].line.hasSuffix("status 401: the provider refuses the API key"))
        #expect(!reports[1].line.contains("sk-123"))
        // What is not known of a model is not complained of a second time.
        #expect(complaints.isEmpty)
    }

    @Test func `nobody there is said with the address`() async throws {
        let simulator = try await Simulator.start(script: Script())
        await simulator.stop()
        let check = try ModelCheck(SettingsFolder().load(yaml(simulator.baseURL)))
        let reports = try await check.ask { _ in }
        check.stop()
        #expect(reports[0].isFailed && reports[1].isFailed)
        #expect(reports[0].line.contains("127.0.0.1:\(simulator.port)"))
    }
}
