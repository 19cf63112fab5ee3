import Glibc
import Harvest
import JSON
import Loop
import Settings
import Testing

@testable import Training

@Suite(.timeLimit(.minutes(2)))
struct CycleTests {
    private let folder: TestFolder
    private let route: RouteSettings
    private let store: any Store

    init() throws {
        folder = try TestFolder()
        route = try folder.settings(at: "http://127.0.0.1:1/v1").job
        store = try folder.store()
    }

    /// A stage that notes that it ran.
    private struct Noting: CycleStage {
        let stage: CycleRecord.Stage
        let notes: Notes
        var work: @Sendable (CycleRecord) async throws -> StageEnd

        func run(_ record: CycleRecord, report: @escaping @Sendable (String) -> Void) async throws -> StageEnd {
            notes.add(stage.rawValue)
            report("at work")
            return try await work(record)
        }
    }

    private final class Notes: Sendable {
        private let texts = Lock<[String]>([])
        var all: [String] { texts.withLock { $0 } }
        func add(_ text: String) { texts.withLock { $0.append(text) } }
    }

    private struct Broken: Error, CustomStringConvertible { let description = "the provider is away" }

    private func begin(_ arguments: [String] = ["a"], budget: Double? = nil) async throws -> Cycle {
        try await Cycle.begin(
            route,
            environment: "test",
            arguments: arguments,
            plan: ["what will be done"],
            budget: budget,
            by: "tester",
            ledger: store
        )
    }

    private func stages(
        _ notes: Notes,
        _ works: [CycleRecord.Stage: @Sendable (CycleRecord) async throws -> StageEnd] = [:]
    ) -> [any CycleStage] {
        CycleRecord.Stage.allCases.map { stage in
            Noting(stage: stage, notes: notes, work: works[stage] ?? { _ in .done(.string(stage.rawValue)) })
        }
    }

    @Test func `all stages in their order, each with what those before it came to; the record says so`() async throws {
        let notes = Notes()
        let cycle = try await begin()
        let works: [CycleRecord.Stage: @Sendable (CycleRecord) async throws -> StageEnd] = [
            .evaluate: { record in
                #expect(record.outcomes[.train] == .string("train"))
                #expect(record.stage == .evaluate)
                return .done(
                    .object([.init(name: "model", value: .string("ft:1")), .init(name: "looks", value: .int(1))])
                )
            },
            .promote: { _ in .done(.object([.init(name: "promoted", value: .bool(true))])) },
        ]
        let record = try await cycle.run(stages(notes, works), report: { _ in })
        cycle.close()
        #expect(notes.all == ["collect", "train", "evaluate", "promote"])
        #expect(record.state == .done)
        #expect(record.id == "job/1")
        let kept = try #require(try await store.cycles(route: "job").first)
        #expect(kept.encode() == record.encode())
        #expect(kept.result?["model"]?.string == "ft:1")
        #expect(kept.result?["promoted"]?.bool == true)
        #expect(kept.result?["canary"]?.bool == false)
        #expect(
            kept.result?.object?.map(\.name) == [
                "model", "examples", "similarity", "similarity_low", "accepted", "accepted_low", "served", "fallback",
                "price_ratio", "latency_ratio", "evaluated_on", "looks", "cost", "canary", "promoted", "reason",
            ]
        )
    }

    @Test(arguments: CycleRecord.Stage.allCases)
    func `stopped at a stage and started again, it goes on there`(_ broken: CycleRecord.Stage) async throws {
        let first = Notes()
        let cycle = try await begin()
        let record = try await cycle.run(stages(first, [broken: { _ in throw Broken() }]), report: { _ in })
        cycle.close()
        #expect(record.state == .stopped)
        #expect(record.reason == "the provider is away")
        let second = Notes()
        let again = try await begin()
        #expect(again.isResumed)
        let end = try await again.run(stages(second), report: { _ in })
        again.close()
        #expect(end.id == "job/1")
        #expect(end.state == .done)
        let all = CycleRecord.Stage.allCases.map(\.rawValue)
        let place = try #require(all.firstIndex(of: broken.rawValue))
        #expect(first.all == Array(all[...place]))
        #expect(second.all == Array(all[place...]))
        // One that is done is followed by the next; so is one that was started with other arguments.
        let next = try await begin()
        #expect(!next.isResumed)
        let other = try await next.run(stages(Notes()), report: { _ in })
        #expect(other.id == "job/2")
        next.close()
    }

    @Test func `other arguments are another cycle`() async throws {
        let cycle = try await begin()
        _ = try await cycle.run(stages(Notes(), [.train: { _ in throw Broken() }]), report: { _ in })
        cycle.close()
        let other = try await begin(["b"])
        #expect(!other.isResumed)
        #expect(await other.record.id == "job/2")
        _ = try await other.run(stages(Notes()), report: { _ in })
        other.close()
    }

    @Test func `a stage may find that the next makes no sense`() async throws {
        let notes = Notes()
        let cycle = try await begin()
        let record = try await cycle.run(
            stages(notes, [.evaluate: { _ in .over(.null, reason: "the bar is not met") }]),
            report: { _ in }
        )
        cycle.close()
        #expect(notes.all == ["collect", "train", "evaluate"])
        #expect(record.state == .done)
        #expect(record.result?["promoted"]?.bool == false)
        #expect(record.result?["reason"]?.string == "the bar is not met")
    }

    @Test func `one process at a time; what a killed one has left is taken over`() async throws {
        _ = try await store.acquire(lease: "cycle/job", holder: "elsewhere:1:1", for: .seconds(60))
        await #expect(throws: CycleBusy.self) { try await begin() }
        try await store.release(lease: "cycle/job", holder: "elsewhere:1:1")

        // A process of this machine that was killed in the middle of a stage: nobody gave the lease back.
        let cycle = try await begin()
        var killed = await cycle.record
        let host = try #require(CycleHolder.own.split(separator: ":").first)
        killed.holder = "\(host):999999999:1"
        killed.stage = .train
        killed.outcomes = [.collect: .string("collected")]
        killed.spent = 3
        try await store.release(lease: "cycle/job", holder: CycleHolder.own)
        let isHeld = try await store.acquire(lease: "cycle/job", holder: killed.holder, for: .seconds(60))
        #expect(isHeld)
        let json = killed.encode()
        _ = try await store.change(kind: CycleRecord.kind, id: killed.id, route: "job") { _ in json }
        cycle.close()

        let notes = Notes()
        let again = try await begin(budget: 5)
        #expect(again.isResumed)
        let left = await again.money.limit
        #expect(left == 2)
        try await again.money.setAside(1)
        await again.money.settle(1, cost: 0.5)
        let end = try await again.run(stages(notes), report: { _ in })
        again.close()
        #expect(notes.all == ["train", "evaluate", "promote"])
        #expect(end.spent == 3.5)
        #expect(end.result?["cost"]?.double == 3.5)
    }

    @Test func `whoever works on it is told apart from one that has ended`() {
        #expect(!CycleHolder.hasEnded(CycleHolder.own))
        let parts = CycleHolder.own.split(separator: ":")
        #expect(parts.count == 3)
        #expect(CycleHolder.hasEnded("\(parts[0]):\(parts[1]):0"))
        #expect(!CycleHolder.hasEnded("elsewhere:1:1"))
        #expect(!CycleHolder.hasEnded("nonsense"))
    }

    @Test func `cancelled, it stops within seconds and can go on later`() async throws {
        let cycle = try await begin()
        let run = Task {
            try await cycle.run(
                stages(Notes(), [.train: { _ in while true { try await Task.sleep(for: .milliseconds(20)) } }]),
                report: { _ in }
            )
        }
        while try await store.cycles(route: "job").first?.stage != .train {
            try await Task.sleep(for: .milliseconds(5))
        }
        let cancelled = try await store.cancelCycle(route: "job", by: "kim")
        #expect(cancelled == "job/1")
        let record = try await run.value
        cycle.close()
        #expect(record.state == .stopped)
        #expect(record.reason == "it was cancelled")
        #expect(record.outcomes.keys.map(\.rawValue) == ["collect"])
        let again = try await begin()
        #expect(again.isResumed)
        let end = try await again.run(stages(Notes()), report: { _ in })
        again.close()
        #expect(end.state == .done)
        let none = try await store.cancelCycle(route: "job", by: "kim")
        #expect(none == nil)
    }
}
