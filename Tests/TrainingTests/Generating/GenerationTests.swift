import Harvest
import JSON
import Settings
import Simulation
import Testing

@testable import Training

@Suite(.timeLimit(.minutes(2)))
struct GenerationTests {
    /// What a run made, read back from the store.
    private struct Made {
        var report: GenerationReport
        var candidates: [Candidate]
        var simulator: Simulator
    }

    private func generate(
        _ inputs: [GivenInput],
        by model: ModelScript,
        route: String = "",
        agree: Int = 1,
        budget: Double? = nil
    ) async throws -> Made {
        let simulator = try await Simulator.start(script: Script(models: ["large-1": model]))
        let folder = try TestFolder()
        let settings = try folder.settings(at: simulator.baseURL, route: route)
        let store = try folder.store()
        let asker = Asker(
            settings.job,
            purse: Purse(limit: budget),
            journal: Journal(),
            patience: Patience(attempts: 2, first: .milliseconds(1))
        )
        let generation = Generation(asker: asker, store: store, environment: "test", agree: agree, run: "1")
        let report = try await generation.make(.given(inputs))
        let candidates = try await store.list(CandidateQuery(limit: 1000, order: .oldestFirst)).data
        await asker.close()
        await store.close()
        await simulator.stop()
        return Made(report: report, candidates: candidates, simulator: simulator)
    }

    private func input(_ text: String, expected: String? = nil) -> GivenInput {
        GivenInput(request: chat(text), expected: expected)
    }

    @Test func `an answer that passes becomes a candidate with all that training needs`() async throws {
        let made = try await generate(
            [GivenInput(request: chat("my mail is a@b.example"), note: "accepted before")],
            by: ModelScript(answers: [AnswerRule(reply: .texts(["mail a@b.example"]))]),
            route: #", checks: [{ max_chars: 100 }], redact: [{ regex: '[a-z]+@[a-z.]+' }]"#
        )
        #expect(made.report.kept == 1)
        #expect(made.report.isComplete)
        let candidate = try #require(made.candidates.first)
        #expect(candidate.source == .generated)
        #expect(candidate.status == .new)
        #expect(candidate.requestID == "generate-1-1")
        #expect(candidate.input == "my mail is [redacted]")
        #expect(candidate.detail == "accepted before")
        let choices = String(decoding: candidate.large?.choices ?? [], as: UTF8.self)
        #expect(choices.contains("mail [redacted]"))
        #expect(candidate.large?.cost ?? 0 > 0)
        #expect(candidate.prompt.large.map { String(decoding: $0, as: UTF8.self) }?.contains("[redacted]") == true)
        #expect(candidate.version == nil)
        #expect(candidate.contract.utf8.count == 64)
    }

    @Test func `an answer that fails a check is asked once more, with the failure quoted`() async throws {
        let model = ModelScript(answers: [
            AnswerRule(when: .contains("That answer was refused"), reply: .texts(["yes"])),
            AnswerRule(when: .contains("hopeless"), reply: .texts(["perhaps"])),
            AnswerRule(reply: .texts(["maybe"])),
        ])
        let made = try await generate([input("is it?")], by: model, route: ", checks: [{ one_of: [yes, no] }]")
        #expect(made.report.kept == 1)
        #expect(made.report.retried == 1)
        #expect(made.report.asked == 2)
        let second = try JSONTree.parse(#require(made.simulator.requests().last).body)
        let turns = second["messages"]?.array ?? []
        #expect(turns.compactMap { $0["role"]?.string } == ["user", "assistant", "user"])
        #expect(turns.compactMap { $0["content"]?.string }.prefix(2) == ["is it?", "maybe"])
        let objection = turns.last?["content"]?.string ?? ""
        #expect(objection.contains("refused: ") && objection.contains("maybe"))
        // The candidate holds the answer that passed, and the prompt as a client's call would have it.
        let candidate = try #require(made.candidates.first)
        let choices = String(decoding: candidate.large?.choices ?? [], as: UTF8.self)
        #expect(choices.contains(#""yes""#))
        #expect(candidate.prompt.large == Array(#"[{"role":"user","content":"is it?"}]"#.utf8))
    }

    @Test func `one that fails twice is kept out and counted by its reason`() async throws {
        let made = try await generate(
            [input("one"), input("two")],
            by: ModelScript(says: "maybe"),
            route: ", checks: [{ one_of: [yes, no] }]"
        )
        #expect(made.candidates.isEmpty)
        #expect(made.report.failed == ["format.one_of": 2])
        #expect(made.report.retried == 2)
        #expect(made.report.isComplete)
        #expect(made.report.losses == ["2 failed twice: format.one_of"])
    }

    @Test func `with agree, only what large says each time is kept`() async throws {
        let other =
            #"{"id":"1","object":"chat.completion","created":1,"model":"large-1","choices":[{"index":0,"message":{"role":"assistant","content":"no"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}"#
        let wavers = ScriptedFault(.body(other), FaultTrigger(first: 1, contains: "wavers"))
        let model = ModelScript(says: "yes", faults: [wavers])
        let made = try await generate([input("wavers")], by: model, agree: 3)
        #expect(made.report.disagreed == 1)
        #expect(made.report.kept == 0)
        let steady = try await generate([input("steady")], by: model, agree: 3)
        #expect(steady.report.kept == 1)
        #expect(steady.report.asked == 3)
        #expect(steady.simulator.calls["large-1"].calls == 3)
    }

    @Test func `an answer that the file does not expect is kept out`() async throws {
        let made = try await generate(
            [input("one", expected: "yes"), input("two", expected: "no")],
            by: ModelScript(says: "yes")
        )
        #expect(made.candidates.map(\.input) == ["one"])
        #expect(made.report.unexpected == 1)
    }

    @Test func `inputs that are there twice are asked once, and near ones with an equal answer are kept once`()
        async throws
    {
        let made = try await generate(
            [
                input("find my slowest recursive functions"), input("find my slowest recursive functions"),
                input("find my slowest recursive function"), input("list all the classes of Ada"),
            ],
            by: ModelScript(says: "yes")
        )
        #expect(made.report.known == 1)
        #expect(made.report.duplicates == 1)
        #expect(made.candidates.map(\.input) == ["find my slowest recursive functions", "list all the classes of Ada"])
        #expect(made.simulator.calls["large-1"].calls == 3)
        #expect(made.report.decided == 4)
    }

    @Test func `what cannot be paid for is not asked; what was kept stays`() async throws {
        let inputs = (0..<50).map { input("a question of its own, number \($0 * 7919)") }
        let made = try await generate(inputs, by: ModelScript(answers: [AnswerRule(reply: .echo)]), budget: 0.001)
        #expect(!made.report.isComplete)
        #expect(made.report.stopped?.contains("budget") == true)
        #expect(made.report.spent <= 0.001)
        #expect(made.report.kept == made.candidates.count)
        #expect((1..<50).contains(made.candidates.count))
    }

    @Test func `a provider that answers nothing is not asked for ever`() async throws {
        let inputs = (0..<200).map { input("a question of its own, number \($0 * 7919)") }
        let made = try await generate(inputs, by: ModelScript(says: "yes", faults: [ScriptedFault(.status(503))]))
        #expect(made.report.unanswered == 10)
        #expect(made.report.stopped?.contains("503") == true)
        #expect(made.simulator.calls["large-1"].calls < 200)
    }
}
