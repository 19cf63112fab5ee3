// One turn of the flywheel, from the inputs to the version in service: `understudy cycle`.
//
//     collect ──► train ──► evaluate ──► promote        stages, each of which can be run again after a kill
//        record before and after each; lease `cycle/ROUTE` all the while: one turn of a route at a time
//
// Killed and started again with the same arguments it goes on at its stage, with what is left of the budget. What the
// killed process had spent since the record was last written (two seconds) is not in that.

import Digest
public import Harvest
import JSON
import Loop
public import Settings

public actor Cycle {
    private nonisolated let loop = Loop.start(name: "cycle")
    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private nonisolated let ledger: any Ledger
    private nonisolated let purse: Purse
    /// What it had spent before this process took it up.
    private let spentBefore: Double
    public private(set) var record: CycleRecord
    /// It was begun by a process that has ended.
    public nonisolated let isResumed: Bool
    /// Made and let go on the loop.
    private var pause: Pause?
    private var isOver = false
    private var stop: CycleStopped?

    private static let leaseTime = Duration.seconds(60)
    private static let beat = Duration.seconds(2)

    /// Takes up the turn that was cut short, if it was started with the same arguments, or begins the next.
    /// - Parameters:
    ///   - arguments: what decides what is done; the budget does not.
    ///   - plan: what was told before.
    ///   - count: examples to be made up; of one that was cut short, what it had been told stands.
    /// - Throws: `CycleBusy` where another process works on the route.
    public static func begin(
        _ route: RouteSettings,
        environment: String,
        arguments: [String],
        plan: [String],
        count: Int = 0,
        budget: Double?,
        by: String,
        ledger: any Ledger
    ) async throws -> Cycle {
        let holder = CycleHolder.own
        let lease = "cycle/\(route.name)"
        let known = try await ledger.cycles(route: route.name)
        let last = known.first
        if try await !ledger.acquire(lease: lease, holder: holder, for: leaseTime) {
            guard let last, last.state == .running, CycleHolder.hasEnded(last.holder) else {
                throw CycleBusy(route: route.name, id: last?.id, by: last?.startedBy)
            }
            try await ledger.release(lease: lease, holder: last.holder)
            guard try await ledger.acquire(lease: lease, holder: holder, for: leaseTime) else {
                throw CycleBusy(route: route.name, id: last.id, by: last.startedBy)
            }
        }
        var hash = SHA256()
        for part in [environment, route.contract] + arguments {
            hash.update(length: part.utf8.count)
            hash.update(part)
        }
        let digest = hash.finish().hex(digits: 32)
        let isResumed = last?.state != .done && last?.arguments == digest
        var record: CycleRecord
        if let last, isResumed {
            record = last
        } else {
            record = CycleRecord(
                id: "\(route.name)/\((last?.number ?? 0) + 1)",
                route: route.name,
                environment: environment,
                contract: route.contract,
                arguments: digest,
                state: .running,
                stage: .collect,
                outcomes: [:],
                plan: plan,
                count: count,
                startedBy: by,
                startedAt: .now(),
                holder: holder,
                budget: budget,
                spent: 0,
                isCancelled: false
            )
        }
        (record.state, record.holder, record.budget, record.isCancelled) = (.running, holder, budget, false)
        (record.reason, record.progress) = (nil, nil)
        let purse = Purse(limit: budget.map { max(0, $0 - record.spent) })
        let cycle = Cycle(record, isResumed: isResumed, purse: purse, ledger: ledger)
        try await cycle.write(takesOver: true)
        try await ledger.add(
            LedgerEvent(who: by, what: isResumed ? "cycle resumed" : "cycle", route: route.name, detail: record.event)
        )
        return cycle
    }

    private init(_ record: CycleRecord, isResumed: Bool, purse: Purse, ledger: any Ledger) {
        self.record = record
        self.isResumed = isResumed
        self.purse = purse
        self.ledger = ledger
        spentBefore = record.spent
    }

    /// What all calls of this process are paid from: what is left of the budget.
    public nonisolated var money: Purse { purse }

    /// Runs what is left of the stages.
    /// - Parameters:
    ///   - stages: in their order.
    ///   - report: a line each of what happens.
    /// - Returns: the record as it ends; `done` or `stopped`.
    public func run(
        _ stages: [any CycleStage],
        report: @escaping @Sendable (String) -> Void
    ) async throws -> CycleRecord {
        let beats = Task { await self.keepAlive() }
        var failure: (any Error)?
        for stage in stages where record.outcomes[stage.stage] == nil {
            do {
                record.stage = stage.stage
                try await write()
                // Between two stages there is nothing to interrupt.
                if let stop { throw stop }
                report("\(stage.stage.rawValue):")
                let end = try await interruptible(stage) { line in
                    report("  \(line)")
                    self.loop.post { [weak self] in self?.assumeIsolated { $0.record.progress = line } }
                }
                switch end {
                case .done(let outcome): record.outcomes[stage.stage] = outcome
                case .over(let outcome, let reason):
                    record.outcomes[stage.stage] = outcome
                    (record.state, record.reason) = (.done, reason)
                }
                try await write()
            } catch {
                failure = error
            }
            if failure != nil || record.state == .done { break }
        }
        if let failure {
            (record.state, record.reason) = (.stopped, "\(stop.map { "\($0)" } ?? "\(failure)")")
        } else {
            record.state = .done
        }
        return try await end(beats)
    }

    private func end(_ beats: Task<Void, Never>) async throws -> CycleRecord {
        isOver = true
        pause?.end()
        await beats.value
        record.spent = spentBefore + (await purse.spent)
        record.result = record.outcome
        try await write()
        try await ledger.release(lease: "cycle/\(record.route)", holder: record.holder)
        try await ledger.add(
            LedgerEvent(
                who: record.startedBy,
                what: "cycle \(record.state.rawValue)",
                route: record.route,
                detail: record.event
            )
        )
        return record
    }

    /// The stage, or why it is not waited for any more.
    private func interruptible(
        _ stage: any CycleStage,
        _ report: @escaping @Sendable (String) -> Void
    ) async throws -> StageEnd {
        let record = record
        let work = Task { try await stage.run(record, report: report) }
        running = work
        defer { running = nil }
        return try await work.value
    }

    private var running: Task<StageEnd, any Error>?

    /// Renews the lease and writes the record, every few seconds.
    private func keepAlive() async {
        let pause = Pause(on: loop)
        self.pause = pause
        defer { self.pause = nil }
        while !isOver {
            await pause.wait(Self.beat)
            if isOver { return }
            do {
                record.spent = spentBefore + (await purse.spent)
                try await write()
                let lease = "cycle/\(record.route)"
                guard try await ledger.acquire(lease: lease, holder: record.holder, for: Self.leaseTime) else {
                    return interrupt(CycleStopped(why: "another process has taken over"))
                }
                if record.isCancelled { interrupt(CycleStopped(why: "it was cancelled")) }
            } catch let taken as CycleStopped {
                return interrupt(taken)
            } catch {
                // A store that is away for a moment: the lease lasts longer.
            }
        }
    }

    private func interrupt(_ why: CycleStopped) {
        stop = why
        running?.cancel()
    }

    /// - Parameter takesOver: whoever had it before has ended.
    /// - Throws: where another process has it now.
    private func write(takesOver: Bool = false) async throws {
        var mine = record
        var isTaken = false
        _ = try await ledger.change(kind: CycleRecord.kind, id: record.id, route: record.route) { json in
            let now = json.flatMap { CycleRecord(json: $0) }
            isTaken = !takesOver && now.map { $0.holder != mine.holder } ?? false
            if isTaken { return nil }
            if !takesOver, now?.isCancelled == true { mine.isCancelled = true }
            return mine.encode()
        }
        if isTaken { throw CycleStopped(why: "another process has taken over") }
        record.isCancelled = mine.isCancelled
    }

    /// Ends its thread.
    public nonisolated func close() { loop.stop() }
}

/// Another process turns the route's wheel.
public struct CycleBusy: Error, Sendable, CustomStringConvertible {
    public let route: String
    public let id: String?
    public let by: String?

    public var description: String {
        "a cycle of \(route) is under way" + (id.map { " (\($0), started by \(by ?? ""))" } ?? "")
            + ": let it end, or cancel it (understudy cycle \(route) --cancel)"
    }
}

extension Ledger {
    /// The turn that another process of this machine is at; nil: none, or one elsewhere, which `Cycle.begin` finds by
    /// its lease. Asked first, since that process has the route's journal too, and says less about itself by that.
    public func cycleAtWork(route: String) async throws(StoreError) -> CycleBusy? {
        guard let last = try await cycles(route: route).first, last.state == .running,
            CycleHolder.isAtWork(last.holder)
        else { return nil }
        return CycleBusy(route: route, id: last.id, by: last.startedBy)
    }
}

/// Why it stopped, where no stage says so.
struct CycleStopped: Error, CustomStringConvertible {
    let why: String
    var description: String { why }
}

extension CycleRecord {
    var event: [UInt8] {
        JSONTree.object([
            .init(name: "id", value: .string(id)), .init(name: "stage", value: .string(stage.rawValue)),
            .init(name: "spent", value: .double(spent)),
        ]).encode()
    }

    /// What `cycle --json` ends with: the evaluation's figures, and what became of the version.
    var outcome: JSONTree {
        let figures = outcomes[.evaluate]
        let promotion = outcomes[.promote]
        let names = [
            "model", "examples", "similarity", "similarity_low", "accepted", "accepted_low", "served", "fallback",
            "price_ratio", "latency_ratio", "evaluated_on", "looks",
        ]
        var members = names.map { name in
            JSONTree.Member(name: name, value: figures?[name] ?? outcomes[.train]?[name] ?? .null)
        }
        members += [
            .init(name: "cost", value: .double(spent)),
            .init(name: "canary", value: promotion?["canary"] ?? .bool(false)),
            .init(name: "promoted", value: promotion?["promoted"] ?? .bool(false)),
            .init(name: "reason", value: reason.map { .string($0) } ?? promotion?["reason"] ?? .null),
        ]
        return .object(members)
    }
}
