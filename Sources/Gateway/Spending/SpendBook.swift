// The once-a-second exchange of what routes have spent, and what is said about their ceilings.
//
//     flights ──add──► SpendLedger ◄──takeUnsent, settle── SpendBook ──INCRBYFLOAT, PEXPIRE──► Redis
//                          └──► metrics, log lines
//
// It has a link to Redis of its own, on the desk's loop, and not a worker's:
// - Money may wait a second for Redis, a request may not (`redis_deadline`, 5 ms). With the short deadline a slow Redis
//   would leave it open time after time whether an amount was added; with the long one that is left to a Redis that
//   stalls, where the connection is given up anyway.
// - A worker's link has a breaker that answers are recalled through, and counters that count them; this traffic is
//   neither to trip the one nor to be in the other.
// - The desk is there from the first worker's start to after the last one's end, so that what the last exchanges spent
//   is told too (`finish`).

import Cache
import Harvest
import Logging
import Loop
import Settings

/// Confined to the desk's loop.
final class SpendBook: TimerOwner {
    private static let interval = Duration.seconds(1)
    /// How long Redis is waited for.
    private static let patience = Duration.seconds(1)
    /// A number stays in Redis this much longer than its window: clocks differ.
    private static let slack = Duration.seconds(60)

    private let loop: Loop
    private let log: Logger
    private let metrics: Metrics
    private let wake: () -> Void
    private var timer: LoopTimer!
    /// Of the routes in force that have a ceiling.
    private var ledgers: [SpendLedger] = []
    private var environment = ""
    private var address: Settings.RedisAddress?
    private var link: RedisLink?
    /// Names of the routes whose ceiling was found reached.
    private var reached: Set<String> = []
    private var isAlone = false
    private var isExchanging = false

    /// - Parameter wake: called once a second, on the loop, to call `exchange` from a task of the owner's.
    init(on loop: Loop, log: Logger, metrics: Metrics, wake: @escaping () -> Void) {
        self.loop = loop
        self.log = log
        self.metrics = metrics
        self.wake = wake
        timer = LoopTimer(on: loop, owner: self)
    }

    /// The settings in force, at the start and after a reload.
    func adopt(_ snapshot: Snapshot) {
        ledgers = snapshot.routes.values.compactMap(\.spend).sorted { $0.route < $1.route }
        reached.formIntersection(ledgers.map(\.route))
        environment = snapshot.settings.server.environment
        let wanted = ledgers.isEmpty ? nil : snapshot.settings.cache.redis
        if wanted != address {
            link?.close()
            link = wanted.map { RedisLink(on: loop, address: Cache.RedisAddress($0), deadline: Self.patience) }
            address = wanted
            isAlone = false
        }
        metrics.source("spend") { [ledgers] samples in
            let now = Int(WallTime.now().milliseconds)
            for ledger in ledgers {
                let standing = ledger.standing(at: now)
                samples.add(.spend, ledger.route, value: standing.spent)
                samples.add(.spendLimit, ledger.route, value: standing.ceiling)
            }
        }
        if ledgers.isEmpty { timer.cancel() } else if !timer.isArmed { timer.arm(after: Self.interval) }
    }

    func timerFired(_ timer: LoopTimer) {
        timer.arm(after: Self.interval)
        wake()
    }

    /// Tells Redis what was spent since the last time, learns what the others spent, and reports.
    func exchange() async {
        guard !isExchanging else { return }
        isExchanging = true
        defer { isExchanging = false }
        if let link { await exchange(over: link) }
        for ledger in ledgers { report(ledger) }
    }

    private func exchange(over link: RedisLink) async {
        var isAnswered = true
        for ledger in ledgers {
            let (window, usd) = ledger.takeUnsent(at: Int(WallTime.now().milliseconds))
            let total = await link.add(usd, to: name(of: ledger, window), life: ledger.window + Self.slack)
            ledger.settle(window: window, sent: usd, total: total)
            if total == nil { isAnswered = false }
        }
        guard link === self.link, isAnswered == isAlone else { return }
        isAlone = !isAnswered
        if isAlone {
            let why = link.counters.lastError ?? "no answer within \(DurationText.print(Self.patience))"
            log.warning("spending is counted by this process alone", metadata: ["redis": "\(why)"])
        } else {
            log.info("spending is counted over all gateways again")
        }
    }

    private func name(of ledger: SpendLedger, _ window: Int) -> String {
        "understudy:spend:\(environment):\(ledger.route):\(window)"
    }

    /// Said when a ceiling is reached and when it opens again, not for every request it stops.
    private func report(_ ledger: SpendLedger) {
        let standing = ledger.standing(at: Int(WallTime.now().milliseconds))
        let fields: Logger.Metadata = [
            "route": "\(ledger.route)", "spent_usd": "\(standing.spent)", "limit_usd": "\(standing.ceiling)",
            "window_left": "\(DurationText.print(standing.left))",
        ]
        if standing.isOver, reached.insert(ledger.route).inserted {
            log.warning("spend ceiling reached, large is not asked", metadata: fields)
        } else if !standing.isOver, reached.remove(ledger.route) != nil {
            log.info("spend ceiling open again", metadata: fields)
        }
    }

    /// Tells Redis what is left to tell, and ends.
    func finish() async {
        timer.cancel()
        let pause = Pause(on: loop)
        // At most `patience` for each ledger, and much less: a Redis that stalls is given up at the first.
        while isExchanging { await pause.wait(.milliseconds(5)) }
        await exchange()
        link?.close()
        link = nil
        ledgers = []
    }
}

@available(*, unavailable, message: "confined to the desk's loop")
extension SpendBook: Sendable {}
