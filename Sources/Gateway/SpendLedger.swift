import Loop
import Synchronization

/// What the large model has cost on a route in the current window of time, over all gateways that share a Redis.
///
/// Every gateway adds what it spent to its own account at once, and hands the sum to Redis about once a second
/// (`exchangeWithRedis`), where it learns what the others spent. So a ceiling may be passed by what all gateways spend
/// in one second, never by more. Without Redis the account is this process's own.
///
/// Windows are aligned to the wall clock (`window = now / length`), so gateways agree on them without talking.
final class SpendLedger: Sendable {
    let route: String
    let window: Duration

    private struct Account {
        var ceiling: Double
        var window = 0
        var own = 0.0
        var unsent = 0.0
        var others = 0.0
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

    func windowIndex(_ milliseconds: Int) -> Int {
        milliseconds / max(1, Int(window.seconds * 1000))
    }

    func add(_ usd: Double, at milliseconds: Int) {
        account.withLock { account in
            open(&account, at: milliseconds)
            account.own += usd
            account.unsent += usd
        }
    }

    func spent(at milliseconds: Int) -> Double {
        account.withLock { account in
            open(&account, at: milliseconds)
            return account.own + account.others
        }
    }

    func isOver(at milliseconds: Int) -> Bool {
        account.withLock { account in
            open(&account, at: milliseconds)
            return account.own + account.others >= account.ceiling
        }
    }

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
            if let total {
                account.others = max(0, total - (account.own - account.unsent))
            } else {
                account.unsent += sent
            }
        }
    }

    private func open(_ account: inout Account, at milliseconds: Int) {
        let index = windowIndex(milliseconds)
        if account.window != index { account = Account(ceiling: account.ceiling, window: index) }
    }
}
