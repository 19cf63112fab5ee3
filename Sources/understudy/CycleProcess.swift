// A turn of the flywheel for whoever asks at the admin port: `understudy cycle` as a process of its own.
//
//     POST routes/R/cycles ──► understudy cycle ... (own session, own files) ──► the store: record, lease, audit log
//
// It is no part of the gateway: a restart does not end it, and the next gateway finds it in the store like this one
// does. What it says goes to a file beside its data sets, `cycle.log`.

import Console
import Glibc
import Harvest
import JSON
import Settings
import Synchronization
import Training

/// See the head of the file. One for each gateway.
final class CycleProcess: CycleControl {
    private let config: String
    /// The program that runs.
    private let program: String
    private let starts = Mutex(0)

    private static let planTime = Duration.seconds(60)
    private static let beginTime = Duration.seconds(60)

    init(config: String, program: String = "/proc/self/exe") {
        self.config = config
        self.program = program
    }

    func plan(_ order: CycleOrder) async throws(CycleRefusal) -> [UInt8] {
        let process = try start(order, ["--plan", "--json"])
        defer { process.output.remove() }
        guard let status = await process.end(within: Self.planTime) else {
            process.kill()
            throw CycleRefusal(.failed, "The plan took longer than \(Self.planTime.components.seconds) s.")
        }
        guard status == 0, let line = process.output.lines.last(where: { $0.hasPrefix("{") }) else {
            throw refusal(process, status)
        }
        return Array(line.utf8)
    }

    func start(_ order: CycleOrder, in store: any Store) async throws(CycleRefusal) -> String {
        // Whoever asked was told the plan and its cost.
        let process = try start(order, ["--yes", "--started-by=\(order.by)"])
        let deadline = ContinuousClock.now + Self.beginTime
        while ContinuousClock.now < deadline {
            // In this order: one that has ended had written its record before.
            let status = await process.end(within: .milliseconds(100))
            let turns = try await turns(of: order.route, in: store, process)
            if let turn = turns.first(where: { $0.holder == process.holder }) {
                process.goOn()
                return turn.id
            }
            guard !Task.isCancelled else {
                process.goOn()
                throw CycleRefusal(.failed, "Nobody waits for the answer any more; the cycle goes on.")
            }
            guard let status else { continue }
            defer { process.output.remove() }
            if turns.first?.state == .running { throw CycleRefusal(.busy, process.output.complaint) }
            throw refusal(process, status)
        }
        process.output.keep()
        process.kill()
        throw CycleRefusal(.failed, "The cycle did not begin within \(Self.beginTime.components.seconds) s.")
    }

    private func turns(
        of route: String,
        in store: any Store,
        _ process: ChildProcess
    ) async throws(CycleRefusal) -> [CycleRecord] {
        do throws(StoreError) { return try await store.cycles(route: route) } catch {
            process.goOn()
            throw CycleRefusal(.failed, "Whether the cycle has begun cannot be read from the store: \(error)")
        }
    }

    func cancel(route: String, by who: String, in store: any Store) async throws(StoreError) -> String? {
        try await store.cancelCycle(route: route, by: who)
    }

    // MARK: The process

    private func start(_ order: CycleOrder, _ more: [String]) throws(CycleRefusal) -> ChildProcess {
        var words = ["understudy", "cycle", "--config", config, "--agree", "\(order.agree)"] + more
        if let count = order.count { words += ["--count", "\(count)"] }
        if let budget = order.budget { words += ["--budget", "\(budget)"] }
        words += ["--", order.route]
        let number = starts.withLock { number in
            number += 1
            return number
        }
        let settings: GatewaySettings
        do { settings = try GatewaySettings.load(file: config, environment: Terminal.environment) } catch {
            throw CycleRefusal(.impossible, "The settings file cannot be used as it is now: \(error)")
        }
        guard let route = settings.routes[order.route] else {
            throw CycleRefusal(.impossible, "The settings file has no route '\(order.route)' any more.")
        }
        let directory = TrainingFolder.path(of: route, settings)
        do {
            try TrainingFile.makeDirectory(directory)
            return try ChildProcess(program, words, output: ChildOutput(directory, "\(getpid())-\(number)"))
        } catch {
            throw CycleRefusal(.failed, "The cycle could not be started: \(error)")
        }
    }

    /// What the command said when it refused (exit codes of DESIGN section 9).
    private func refusal(_ process: ChildProcess, _ status: CInt?) -> CycleRefusal {
        CycleRefusal(status == 2 ? .impossible : .failed, process.output.complaint)
    }
}
