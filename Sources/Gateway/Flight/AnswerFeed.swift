// A streamed answer that somebody has begun to give: its events so far, for everybody who follows it.
//
//     flight's loop                                     followers, each on its own loop
//     append(chunks) ─► events, append-only ──────────► read: the events, and whether that was all
//     withdraw ───────  small failed after its beginning had been given (`hold: N`): those who have begun get it to
//                       its end, nobody else begins (CONTRACTS section 4)
//     end(outcome)      the flight is over: who has begun has had all; others get the outcome whole
//
// A follower is woken when there is something new to it; on another thread at most once until it has looked.
//
// Memory: up to `most` bytes of events are kept for whoever comes late. Beyond that nobody begins any more (who comes
// gets the answer at its end, whole), and what all have taken goes. One who is still so far behind, while others wait
// for the same answer, is dropped; alone he would have paused the model long before.

import Completions
import Judgment
import Loop
import Synchronization

/// See the head of the file. Shared by workers.
final class AnswerFeed: Sendable {
    let opening: StreamOpening
    private let source: FeedSource
    private let state: Lock<State>

    /// Bytes of events that are kept: of an ordinary answer all.
    static let most = 4 << 20

    private struct State: Sendable {
        /// From the event `first` on, counted from 0: those before it have gone.
        var chunks: [AnswerChunk]
        var first = 0
        var size: Int
        /// The first events have gone, or are about to.
        var isClosed = false
        /// What those end with who have begun, while the others still wait.
        var withdrawn: FlightOutcome?
        var outcome: FlightOutcome?
        var followers: [Follower] = []

        init(_ chunks: [AnswerChunk]) {
            self.chunks = chunks
            size = AnswerFeed.size(of: chunks)
        }

        mutating func append(_ more: [AnswerChunk]) {
            chunks += more
            size += AnswerFeed.size(of: more)
            if size <= AnswerFeed.most { return }
            isClosed = true
            forgetTaken()
            while size > AnswerFeed.most, followers.count > 1, dropLast() { forgetTaken() }
        }

        /// What all have taken who take events.
        private mutating func forgetTaken() {
            let end = first + chunks.count
            let least = followers.reduce(end) { $1.takesEvents ? min($0, $1.taken) : $0 }
            let gone = chunks.prefix(least - first)
            size -= AnswerFeed.size(of: gone)
            first = least
            chunks.removeFirst(gone.count)
        }

        /// Whoever is the furthest behind.
        private func dropLast() -> Bool {
            guard let last = followers.filter({ $0.takesEvents }).min(by: { $0.taken < $1.taken }) else { return false }
            last.isDropped = true
            return true
        }
    }

    private static func size(of chunks: some Sequence<AnswerChunk>) -> Int { chunks.reduce(0) { $0 + $1.footprint } }

    /// What a follower finds.
    struct Reading {
        /// From the event `first` on; empty for who gets none.
        var chunks: [AnswerChunk] = []
        var first = 0
        /// Nil: more will come.
        var end: FlightOutcome?
    }

    /// - Parameter chunks: what had come before it was decided to give it.
    init(_ opening: StreamOpening, chunks: [AnswerChunk], source: FeedSource) {
        self.opening = opening
        self.source = source
        state = Lock(State(chunks))
    }

    // MARK: The flight's end of it

    func append(_ chunks: [AnswerChunk]) {
        let followers = state.withLock { state in
            state.append(chunks)
            return state.followers
        }
        for follower in followers where follower.wantsEvents { follower.wake() }
    }

    func withdraw(_ outcome: FlightOutcome) {
        let followers = state.withLock { state in
            state.withdrawn = outcome
            return state.followers
        }
        for follower in followers { follower.wake() }
    }

    func end(_ outcome: FlightOutcome) {
        let followers = state.withLock { state in
            state.outcome = outcome
            return state.followers
        }
        for follower in followers { follower.wake() }
    }

    /// How many have been given some of it.
    var begun: Int { state.withLock { $0.followers.count { $0.hasBegun } } }

    // MARK: A follower's end of it

    func add(_ follower: Follower) {
        state.withLock { $0.followers.append(follower) }
    }

    func remove(_ follower: Follower) {
        follower.forget()
        let isAlone = state.withLock { state in
            state.followers.removeAll { $0 === follower }
            return state.followers.isEmpty
        }
        // It may have been the one that the model was paused for.
        if !isAlone { resume() }
    }

    /// The events that there are; a follower has begun where there are any.
    /// - Parameter taken: how many of the answer's events the follower has had.
    func read(for follower: Follower, having taken: Int) -> Reading {
        state.withLock { state in
            if follower.isDropped { return Reading(end: .failed(FlightFailure(error: .readerTooSlow))) }
            if follower.hasBegun {
                follower.taken = taken
                return Reading(chunks: state.chunks, first: state.first, end: state.withdrawn ?? state.outcome)
            }
            if let outcome = state.outcome { return Reading(end: outcome) }
            guard follower.wantsEvents, !state.isClosed, state.withdrawn == nil, !state.chunks.isEmpty else {
                return Reading()
            }
            follower.hasBegun = true
            return Reading(chunks: state.chunks)
        }
    }

    /// Who waits cannot take more for now.
    /// - Parameter isAlone: asked where the model is paused, behind all that was resumed before: nobody else waits.
    func pause(if isAlone: @escaping @Sendable () -> Bool) { source.ask { if isAlone() { $0.pause() } } }
    func resume() { source.ask { $0.resume() } }
}

/// Somebody who follows a feed. The handler, and all that hangs on it, belongs to one loop: it is called there, and let
/// go there (by `forget`, before the feed lets go of the follower).
final class Follower: Sendable {
    /// False: the end only.
    let wantsEvents: Bool
    private let loop: Loop
    /// Guarded by the feed's lock, as are the next two.
    nonisolated(unsafe) fileprivate(set) var hasBegun = false
    nonisolated(unsafe) fileprivate var taken = 0
    /// Too far behind the others.
    nonisolated(unsafe) fileprivate var isDropped = false
    fileprivate var takesEvents: Bool { hasBegun && !isDropped }
    /// Touched on the loop's thread only.
    private nonisolated(unsafe) var handler: (() -> Void)?
    /// A wake from another thread is on its way.
    private let isWoken = Atomic(false)

    init(on loop: Loop, wantsEvents: Bool, _ handler: @escaping () -> Void) {
        self.loop = loop
        self.wantsEvents = wantsEvents
        self.handler = handler
    }

    fileprivate func wake() {
        if loop.isCurrent {
            handler?()
        } else if !isWoken.exchange(true, ordering: .acquiringAndReleasing) {
            loop.post {
                self.isWoken.store(false, ordering: .releasing)
                self.handler?()
            }
        }
    }

    fileprivate func forget() { handler = nil }
}

/// What is known of a stream when its first event leaves. The rest is said at its end, or not at all.
struct StreamOpening: Sendable {
    let answeredBy: AnsweredBy
    let model: String
    /// Of the small answer; nil while it is not known: it follows at the end.
    let verdict: VerdictReason?
    let score: Double?
    let isFallback: Bool
    /// Time spent waiting for models so far.
    let waited: Duration
}

/// The call that an answer comes from, for those who follow it on other threads.
final class FeedSource: Sendable {
    private let loop: Loop
    /// Touched on the loop's thread only.
    private nonisolated(unsafe) weak var call: ModelCall?

    init(_ call: ModelCall, on loop: Loop) {
        self.loop = loop
        self.call = call
    }

    func ask(_ what: @escaping @Sendable (ModelCall) -> Void) {
        guard loop.isCurrent else { return loop.post { if let call = self.call { what(call) } } }
        if let call { what(call) }
    }
}
