import Harvest
import JSON
import Settings
import Simulation
import Testing

@testable import Training

/// Batches at a provider that has them: the simulator, over its real wire.
@Suite(.timeLimit(.minutes(2)))
struct BatchesTests {
    private let simulator: Simulator
    private let folder: TestFolder
    private let store: any Store
    private let settings: GatewaySettings

    init() async throws {
        simulator = try await Simulator.start(
            script: Script(models: ["large-1": ModelScript(answers: [AnswerRule(reply: .echo)])])
        )
        folder = try TestFolder()
        settings = try folder.settings(at: simulator.baseURL)
        store = try folder.store()
    }

    private var inputs: [GivenInput] {
        (0..<40).map {
            GivenInput(
                request: chat("question \($0) about \(String(UInt64($0 + 1) &* 0x9E37_79B9_7F4A_7C15, radix: 36))")
            )
        }
    }

    private func asker(_ journal: Journal = Journal(), budget: Double? = nil) -> Asker {
        Asker(
            settings.job,
            purse: Purse(limit: budget),
            journal: journal,
            patience: Patience(attempts: 2, first: .milliseconds(1))
        )
    }

    private func batches(_ report: @escaping @Sendable (String) -> Void = { _ in }) -> Batches {
        Batches(ledger: store, pace: .init(first: .milliseconds(10), most: .milliseconds(50)), report: report)
    }

    /// At the provider, as its own clients see them.
    private func provider(_ path: String) async throws -> [JSONTree] {
        let link = ProviderLink(baseURL: simulator.baseURL, apiKey: nil)
        let list = try await link.get(path, "looking")
        await link.close()
        return list["data"]?.array ?? []
    }

    @Test func `inputs are answered by one batch, not by calls, and nothing of them stays there`() async throws {
        let asker = asker()
        let generation = Generation(asker: asker, store: store, environment: "test", run: "1", batches: batches())
        let report = try await generation.make(.given(inputs))
        #expect((report.kept, report.asked, report.remembered) == (40, 40, 40))
        #expect(try await provider("/batches?limit=100").count == 1)
        #expect(simulator.requests(to: "large-1").isEmpty)
        #expect(simulator.calls.models["large-1"]?.answered == 40)
        #expect(try await provider("/files").isEmpty)
        // Paid by the usage that the answers tell; and they say nothing about how long large takes.
        let candidate = try #require(try await store.list(CandidateQuery(limit: 1)).data.first)
        #expect(await asker.purse.spent > 0 && candidate.large?.cost ?? 0 > 0)
        let again = try await asker.ask(inputs[0].request, as: .large, sample: 0)
        #expect(again.isRemembered && again.milliseconds == nil)
        await asker.close()
        await simulator.stop()
    }

    @Test(arguments: [false, true])
    func `a batch that an earlier run has ordered is not ordered again`(_ isKnown: Bool) async throws {
        // Killed when the file was there; or when the batch was made, and perhaps before anybody wrote that down.
        let first = asker()
        let link = ProviderLink(baseURL: simulator.baseURL, apiKey: nil)
        let questions = try await first.takeUnanswered(inputs.map(\.request), samples: 1, except: [], most: 100)
        #expect(questions.count == 40)
        let file = try await batches().upload(questions, as: "job/1", link)
        let batch = try await batches().make(of: file, first, link)
        try await store.write(
            BatchRecord(
                id: "job/1",
                route: "job",
                baseURL: simulator.baseURL,
                lines: 40,
                most: 1,
                file: file,
                batch: isKnown ? batch : nil
            )
        )
        await first.close()

        let second = asker()
        let generation = Generation(asker: second, store: store, environment: "test", run: "1", batches: batches())
        let report = try await generation.make(.given(inputs))
        #expect(report.kept == 40)
        #expect(try await provider("/batches?limit=100").count == 1)
        #expect(simulator.requests(to: "large-1").isEmpty)
        #expect(try await store.openBatches(route: "job", at: simulator.baseURL).isEmpty)
        await link.close()
        await second.close()
        await simulator.stop()
    }

    @Test(arguments: [(nil, "file-gone"), ("batch_gone", "file-gone")] as [(String?, String)])
    func `a batch that is gone at the provider is no obstacle for long`(_ batch: String?, _ file: String) async throws {
        let record = BatchRecord(
            id: "job/1",
            route: "job",
            baseURL: simulator.baseURL,
            lines: 40,
            most: 1,
            file: file,
            batch: batch
        )
        try await store.write(record)
        func generate() async throws -> GenerationReport {
            let asker = asker()
            let generation = Generation(asker: asker, store: store, environment: "test", run: "1", batches: batches())
            let report = try await generation.make(.given(inputs))
            await asker.close()
            return report
        }
        let first = try await generate()
        // Where its file is gone that is told, once; where the batch is, its questions are asked.
        #expect(first.isComplete == (batch != nil))
        #expect(try await store.openBatches(route: "job", at: simulator.baseURL).isEmpty)
        #expect(try await generate().isComplete)
        await simulator.stop()
    }

    @Test func `what the batch could not answer is asked like anything else`() async throws {
        let fault = ScriptedFault(.status(400, message: "no"), FaultTrigger(contains: "question 7 about"))
        let model = ModelScript(answers: [AnswerRule(reply: .echo)], faults: [fault])
        await simulator.replace(Script(models: ["large-1": model]))
        let asker = asker()
        let generation = Generation(asker: asker, store: store, environment: "test", run: "1", batches: batches())
        let report = try await generation.make(.given(inputs))
        #expect((report.kept, report.unanswered) == (39, 1))
        #expect(simulator.requests(to: "large-1").count == 1)
        await asker.close()
        await simulator.stop()
    }

    @Test func `no batch goes over the budget`() async throws {
        let one = try #require(
            try await asker().takeUnanswered([inputs[0].request], samples: 1, except: [], most: 1).first
        )
        // Enough for some ten at a time: what is not used comes back, and the next batch is ordered with it.
        let asker = asker(budget: one.most * 10.5)
        let generation = Generation(asker: asker, store: store, environment: "test", run: "1", batches: batches())
        let report = try await generation.make(.given(inputs))
        let orders = try await provider("/batches?limit=100")
        #expect(orders.count > 1)
        #expect(orders.allSatisfy { ($0["request_counts"]?["total"]?.int ?? 99) <= 10 })
        #expect(report.spent <= one.most * 10.5)
        #expect(report.isComplete || report.stopped?.contains("budget") == true)
        await asker.close()
        await simulator.stop()
    }
}
