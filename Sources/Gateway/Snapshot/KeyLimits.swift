import Digest
import Loop
import Settings
import Synchronization

/// Requests per second and exchanges at once of each client key, over all workers.
///
/// Rates are a token bucket that holds one second's worth (at least one request), so a client may send its second's
/// requests at once, then at its rate.
final class KeyLimits: Sendable {
    final class Account: Sendable {
        private struct State {
            var tokens: Double
            var filled: MonotonicTime
            var inFlight = 0
        }

        private let state: Mutex<State>

        init(_ limit: ClientKey.Limit) {
            state = Mutex(State(tokens: max(1, limit.requestsPerSecond ?? 0), filled: .now()))
        }

        /// - Returns: nil if the request may go on (then `leave` follows), else after how many seconds to try again.
        func enter(_ limit: ClientKey.Limit, at now: MonotonicTime) -> Int? {
            state.withLock { state in
                if let most = limit.inFlight, state.inFlight >= most { return 1 }
                if let rate = limit.requestsPerSecond {
                    let gained = max(0, (now - state.filled).seconds) * rate
                    state.tokens = min(max(1, rate), state.tokens + gained)
                    state.filled = max(now, state.filled)
                    guard state.tokens >= 1 else {
                        return max(1, Int(((1 - state.tokens) / max(rate, 1e-9)).rounded(.up)))
                    }
                    state.tokens -= 1
                }
                state.inFlight += 1
                return nil
            }
        }

        func leave() {
            state.withLock { $0.inFlight -= 1 }
        }
    }

    private let accounts: [Digest32: (limit: ClientKey.Limit, account: Account)]

    init(_ keys: [ClientKey], keeping old: KeyLimits?) {
        var accounts: [Digest32: (limit: ClientKey.Limit, account: Account)] = [:]
        for key in keys {
            guard let limit = key.limit else { continue }
            accounts[key.sha256] = (limit, old?.accounts[key.sha256]?.account ?? Account(limit))
        }
        self.accounts = accounts
    }

    /// The place that a request takes: hand it back with `leave`.
    enum Admission {
        case unlimited
        case admitted(Account)
        case refused(retryAfter: Int)
    }

    func admit(_ key: ClientKey, at now: MonotonicTime) -> Admission {
        guard let (limit, account) = accounts[key.sha256] else { return .unlimited }
        if let retryAfter = account.enter(limit, at: now) { return .refused(retryAfter: retryAfter) }
        return .admitted(account)
    }
}
