import Loop
import Synchronization

/// What the large model has cost on a route in the current window of time, over all gateways that share a Redis.
///
/// Every gateway adds what it spent to its own account at once, and hands the sum to Redis about once a second
/// (`SpendBook`), where it learns what the others spent. So a ceiling may be passed by what all gateways spend in one
/// second, never by more. Without Redis the account is this process's own.
///
/// Windows are aligned to the wall clock (`window = now / length`), so gateways agree on them without talking.
///
/// Two things may go wrong between us and Redis, and both end on the dear side, so that a ceiling is never forgotten:
/// - No answer: perhaps the amount was added, perhaps not. It is sent again.
/// - A sum that is less than the last one and what we added to it: others only spend more, so Redis has lost it
///   (restarted, evicted it). Every gateway that sees this tells Redis its own account again, whole, and keeps what it
///   knew of the others.
final class SpendLedger: Sendable {
    let route: String
    let window: Duration

    private struct Account {
        var ceiling: Double
        var window = 0
        var own = 0.0
        /// Of `own`, what Redis has not been told.
        var unsent = 0.0
        var others = 0.0
        /// What Redis said last.
        var total = 0.0
    }

    /// How an account stands at a moment, in US dollars.
    struct Standing: Sendable {
        let spent: Double
        let ceiling: Double
        /// Until the window ends and another begins with nothing spent.
        let left: Duration
        var isOver: Bool { spent >= ceiling }
    }

    private let account: Mutex<Account>

    /// - Parameter ceiling: US dollars in one window.
    init(route: String, ceiling: Double, window: Duration) {
        self.route = route
        self.window = window
        account = Mutex(Account(ceiling: ceiling))
    }

    /// Another ceiling from now on, for a reload.
    func setCeiling(_ usd: Double) {
        account.withLock { $0.ceiling = usd }
    }

    private var length: Int { max(1, Int(window.seconds * 1000)) }

    func windowIndex(_ milliseconds: Int) -> Int {
        milliseconds / length
    }

    func add(_ usd: Double, at milliseconds: Int) {
        account.withLock { account in
            open(&account, at: milliseconds)
            account.own += usd
            account.unsent += usd
        }
    }

    func standing(at milliseconds: Int) -> Standing {
        account.withLock { account in
            open(&account, at: milliseconds)
            return Standing(
                spent: account.own + account.others,
                ceiling: account.ceiling,
                left: .milliseconds(length - milliseconds % length)
            )
        }
    }

    func spent(at milliseconds: Int) -> Double { standing(at: milliseconds).spent }

    func isOver(at milliseconds: Int) -> Bool { standing(at: milliseconds).isOver }

    /// Takes what Redis has not been told yet; `settle` puts the answer in, or the sum back.
    func takeUnsent(at milliseconds: Int) -> (window: Int, usd: Double) {
        account.withLock { account in
            open(&account, at: milliseconds)
            defer { account.unsent = 0 }
            return (account.window, account.unsent)
        }
    }

    /// `total`: what Redis says all gateways spent in that window, ours included; nil where it did not answer.
    func settle(window: Int, sent: Double, total: Double?) {
        account.withLock { account in
            guard account.window == window else { return }
            guard let total else { return account.unsent += sent }
            let told = account.own - account.unsent
            // The rounding of decimal text is not a loss.
            if total < account.total + sent - 1e-9 {
                account.unsent += told - sent
            } else {
                account.others = max(account.others, total - told)
            }
            account.total = total
        }
    }

    private func open(_ account: inout Account, at milliseconds: Int) {
        let index = windowIndex(milliseconds)
        if account.window != index { account = Account(ceiling: account.ceiling, window: index) }
    }
}
