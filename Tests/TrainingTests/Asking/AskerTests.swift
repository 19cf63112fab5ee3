import Completions
import Digest
import JSON
import Judgment
import Settings
import Simulation
import Testing

@testable import Training

@Suite(.timeLimit(.minutes(2)))
struct AskerTests {
    /// A route's asker at a simulated provider.
    private func asking(
        _ model: ModelScript,
        route: String = "",
        large: String = "price: { input: 1, output: 2 }",
        budget: Double? = nil,
        journal: Journal = Journal(),
        atOnce: Int = 16,
        attempts: Int = 8,
        _ body: (Asker, Simulator) async throws -> Void
    ) async throws {
        let simulator = try await Simulator.start(script: Script(models: ["large-1": model]))
        let folder = try TestFolder()
        let settings = try folder.settings(at: simulator.baseURL, route: route, large: large)
        let asker = Asker(
            settings.job,
            purse: Purse(limit: budget),
            journal: journal,
            atOnce: atOnce,
            patience: Patience(attempts: attempts, first: .milliseconds(2))
        )
        try await body(asker, simulator)
        await asker.close()
        await simulator.stop()
    }

    @Test func `an answer comes with its verdict, its cost and what was sent`() async throws {
        try await asking(ModelScript(says: "yes"), route: ", checks: [{ one_of: [no] }]") { asker, simulator in
            let answer = try await asker.ask(chat("is it?"), as: .large, sample: 0)
            #expect(answer.text == Array("yes".utf8))
            #expect(answer.verdict.reason.rawValue == "format.one_of")
            #expect(answer.model == "large-1")
            #expect(answer.prompt == Array(#"[{"role":"user","content":"is it?"}]"#.utf8))
            let usage = try #require(answer.answer.usage)
            #expect(answer.cost == Double(usage.promptTokens + 2 * usage.completionTokens) / 1_000_000)
            #expect(await asker.purse.spent == answer.cost)
            #expect(!answer.isRemembered)
            let sent = try #require(simulator.requests().first)
            #expect(sent.headers.first { $0.name == "idempotency-key" }?.value.utf8.count == 64)
        }
    }

    @Test func `the same question is paid once, asked at the same time or later; another sample is another`()
        async throws
    {
        try await asking(ModelScript(says: "yes", latency: .milliseconds(20))) { asker, simulator in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 { group.addTask { _ = try await asker.ask(chat("one"), as: .large, sample: 0) } }
                try await group.waitForAll()
            }
            #expect(simulator.calls["large-1"].calls == 1)
            let later = try await asker.ask(chat("one"), as: .large, sample: 0)
            #expect(later.isRemembered)
            let other = try await asker.ask(chat("one"), as: .large, sample: 1)
            #expect(!other.isRemembered)
            #expect(simulator.calls["large-1"].calls == 2)
        }
    }

    @Test func `what an earlier run has paid is not asked again`() async throws {
        let folder = try TestFolder()
        let path = "\(folder.path)/asked.jsonl"
        let simulator = try await Simulator.start(script: Script(models: ["large-1": ModelScript(says: "yes")]))
        let settings = try folder.settings(at: simulator.baseURL)
        for run in 1...2 {
            let journal = try Journal(file: path)
            let purse = Purse(limit: nil)
            let asker = Asker(settings.job, purse: purse, journal: journal)
            for number in 0..<10 {
                let answer = try await asker.ask(chat("question \(number)"), as: .large, sample: 0)
                #expect(answer.isRemembered == (run == 2))
                #expect(answer.text == Array("yes".utf8))
            }
            #expect(await (purse.spent > 0) == (run == 1))
            await asker.close()
            await journal.close()
        }
        #expect(simulator.calls["large-1"].calls == 10)
        await simulator.stop()
    }

    @Test func `429 is obeyed: nothing leaves before the provider's time, and nothing is lost`() async throws {
        let limited = ScriptedFault(.status(429, retryAfter: "1"), FaultTrigger(first: 3))
        try await asking(ModelScript(says: "yes", faults: [limited]), atOnce: 3) { asker, simulator in
            let began = ContinuousClock.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<12 {
                    group.addTask { _ = try await asker.ask(chat("\(number)"), as: .large, sample: 0) }
                }
                try await group.waitForAll()
            }
            #expect(ContinuousClock.now - began >= .seconds(1))
            #expect(simulator.calls["large-1"].calls == 15)
            #expect(simulator.calls["large-1"].faulty == 3)
        }
    }

    @Test func `5xx and resets are asked again under the same key, so often and no more`() async throws {
        let faults = [
            ScriptedFault(.status(500), FaultTrigger(first: 1)),
            ScriptedFault(.resetBefore, FaultTrigger(every: 2, first: 2)),
        ]
        try await asking(ModelScript(says: "yes", faults: faults)) { asker, simulator in
            let answer = try await asker.ask(chat("one"), as: .large, sample: 0)
            #expect(answer.text == Array("yes".utf8))
            let keys = simulator.requests().map { call in call.headers.first { $0.name == "idempotency-key" }?.value }
            #expect(keys.count >= 2)
            #expect(Set(keys).count == 1)
        }
        let broken = ScriptedFault(.status(503))
        try await asking(ModelScript(says: "yes", faults: [broken]), attempts: 3) { asker, simulator in
            await #expect(throws: AskFailure.self) { try await asker.ask(chat("one"), as: .large, sample: 0) }
            #expect(simulator.calls["large-1"].calls == 3)
            #expect(await asker.purse.spent == 0)
        }
    }

    @Test(arguments: [400, 401, 404])
    func `what is refused for good is asked once`(_ status: Int) async throws {
        try await asking(ModelScript(says: "yes", faults: [ScriptedFault(.status(status))])) { asker, simulator in
            do {
                _ = try await asker.ask(chat("one"), as: .large, sample: 0)
                Issue.record("it was answered")
            } catch let failure as AskFailure {
                #expect(failure.isFinal == (status != 400))
            }
            #expect(simulator.calls["large-1"].calls == 1)
        }
    }

    @Test func `the budget holds for many calls at once, and is used up`() async throws {
        // 10 tokens of answer at most, 2 USD a million; the input's bytes at 1 USD: at most 0.00012 USD or so a call.
        let budget = 0.0005
        try await asking(ModelScript(says: "yes", latency: .milliseconds(3)), budget: budget) { asker, simulator in
            let outcomes = await withTaskGroup(of: AskFailure?.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        do {
                            _ = try await asker.ask(chat("question \(number)"), as: .large, sample: 0)
                            return nil
                        } catch { return error as? AskFailure }
                    }
                }
                return await group.reduce(into: [AskFailure?]()) { $0.append($1) }
            }
            let answered = outcomes.count { $0 == nil }
            let spent = await asker.purse.spent
            #expect(spent <= budget)
            #expect(simulator.calls["large-1"].calls == answered)
            #expect((1..<100).contains(answered))
            // What is left does not pay for the dearest call; answers cost a fraction of that.
            #expect(spent > budget - 0.00015)
            for case let failure? in outcomes {
                guard case .overBudget = failure else { Issue.record("\(failure)"); continue }
            }
        }
    }

    @Test func `an answer that does not say what it took counts as the most that it can have taken`() async throws {
        let body =
            #"{"id":"1","object":"chat.completion","created":1,"model":"large-1","choices":[{"index":0,"message":{"role":"assistant","content":"yes"},"finish_reason":"stop"}]}"#
        try await asking(ModelScript(says: "", faults: [ScriptedFault(.body(body))])) { asker, _ in
            let answer = try await asker.ask(chat("one"), as: .large, sample: 0)
            #expect(answer.cost == nil)
            #expect(await asker.purse.spent > 0.00002)
        }
    }

    @Test func `a free question goes without the route's parameters and checks`() async throws {
        try await asking(ModelScript(says: "TIE"), route: ", checks: [json]") { asker, simulator in
            let answer = try await asker.ask(system: "judge", user: "A or B?", sample: 0)
            #expect(answer.text == Array("TIE".utf8))
            #expect(answer.verdict.accepted)
            let sent = try JSONTree.parse(#require(simulator.requests().first).body)
            #expect(sent["max_tokens"] == nil)
            #expect(sent["messages"]?.array?.compactMap { $0["content"]?.string } == ["judge", "A or B?"])
        }
    }

    @Test func `a role that nobody plays says so, and a version plays it under its own name`() async throws {
        let models = ["large-1": ModelScript(says: "large"), "ft:small": ModelScript(says: "small")]
        let simulator = try await Simulator.start(script: Script(models: models))
        let settings = try TestFolder().settings(at: simulator.baseURL)
        let prompt = Array(#"{"model":"job","prompt":"one"}"#.utf8)
        let without = Asker(settings.job, purse: Purse(limit: nil), journal: Journal())
        await #expect(throws: AskFailure.self) { try await without.ask(prompt, as: .small, sample: 0) }
        let with = Asker(settings.job, purse: Purse(limit: nil), journal: Journal(), small: ModelName("ft:small"))
        let answer = try await with.ask(prompt, as: .small, sample: 0)
        #expect(answer.text == Array("small".utf8))
        #expect(answer.logprobs?.count == 1)
        await without.close()
        await with.close()
        await simulator.stop()
    }
}
