// When the next call may leave: as the provider's own words and refusals allow. A value; time is given.
//
//     begin     one more under way; of what is left one is taken
//     answered  what the head says is left counts from now on; one more at a time after each twenty good answers
//     refused   (429) nothing leaves before the provider's time; half as many at once

import HTTPClient
import Loop

struct Pace {
    /// How many calls may be under way just now.
    private(set) var atOnce: Int
    private(set) var underWay = 0
    private let most: Int
    /// Nothing leaves before this.
    private var opens = MonotonicTime(nanoseconds: 0)
    private var requests = Allowance()
    private var tokens = Allowance()
    private var goodAnswers = 0

    /// What the provider says is left until a moment; nothing known: as much as one likes.
    private struct Allowance {
        var left: Int?
        var until = MonotonicTime(nanoseconds: 0)

        /// When so much may be taken; nil: now.
        mutating func wait(for amount: Int, at now: MonotonicTime) -> MonotonicTime? {
            if until <= now { left = nil }
            guard let left, left < amount else { return nil }
            return until
        }

        mutating func take(_ amount: Int) { if let left { self.left = left - amount } }
        mutating func giveBack(_ amount: Int) { take(-amount) }
    }

    init(most: Int) {
        self.most = max(1, most)
        atOnce = max(1, most)
    }

    /// Nothing leaves before one of those under way has ended.
    var isFull: Bool { underWay >= atOnce }

    /// When a call of so many tokens may leave: nil: now. `.max`: when one of those under way has ended.
    mutating func wait(tokens amount: Int, at now: MonotonicTime) -> MonotonicTime? {
        if isFull { return Self.whenOneEnds }
        let waits = [
            opens > now ? opens : nil, requests.wait(for: 1, at: now),
            // A call that is larger than the whole allowance has to be tried all the same.
            underWay == 0 && opens <= now ? nil : tokens.wait(for: amount, at: now),
        ]
        return waits.compactMap { $0 }.max()
    }

    static let whenOneEnds = MonotonicTime(nanoseconds: .max)

    mutating func begin(tokens amount: Int) {
        underWay += 1
        requests.take(1)
        tokens.take(amount)
    }

    /// One that was to begin was not sent after all.
    mutating func giveBack(tokens amount: Int) {
        underWay -= 1
        requests.giveBack(1)
        tokens.giveBack(amount)
    }

    /// A call has ended, whatever came of it.
    /// - Parameters:
    ///   - retryAfter: of a 429: how long nothing is to be sent.
    ///   - head: of its answer, where there is one.
    mutating func end(_ head: UpstreamHead?, tokens amount: Int, retryAfter: Duration?, at now: MonotonicTime) {
        underWay -= 1
        if let head {
            note(head, "requests", \.requests, reserve: underWay, now)
            note(head, "tokens", \.tokens, reserve: underWay * amount, now)
        }
        if head?.status == 429 {
            goodAnswers = 0
            atOnce = max(1, atOnce / 2)
            if let retryAfter { opens = max(opens, now.advanced(by: retryAfter)) }
        } else if let head, (200..<300).contains(head.status) {
            goodAnswers += 1
            if goodAnswers % 20 == 0 { atOnce = min(most, atOnce + 1) }
        }
    }

    /// - Parameter reserve: for the calls under way, which the provider may not have counted yet.
    private mutating func note(
        _ head: UpstreamHead,
        _ what: String,
        _ allowance: WritableKeyPath<Pace, Allowance>,
        reserve: Int,
        _ now: MonotonicTime
    ) {
        guard let left = head.field("x-ratelimit-remaining-\(what)").flatMap({ Int($0) }),
            let reset = head.field("x-ratelimit-reset-\(what)").flatMap({ RetryAfter.span($0) })
        else { return }
        self[keyPath: allowance] = Allowance(left: left - reserve, until: now.advanced(by: reset))
    }
}
