import Synchronization

/// How often models were called, and how it ended.
public struct Calls: Sendable, Equatable {
    public struct Model: Sendable, Equatable {
        /// Requests that named this model and could be read.
        public var calls = 0
        /// Replies that were handed over whole, errors and broken ones included.
        public var answered = 0
        /// Clients that left before their answer, or before its end.
        public var cancelled = 0
        /// Calls under way now.
        public var inFlight = 0
        /// Replies that a fault had a part in.
        public var faulty = 0
        /// Replies that were begun as streams.
        public var streamed = 0
        /// Tokens sent in streams, those under way included.
        public var tokens = 0
        /// Tokens sent in streams before their clients left.
        public var cancelledTokens = 0
        /// Calls that were refused by a scripted status: they cost nothing.
        public var unpaid = 0
        /// Calls again with an `Idempotency-Key` that was answered before: not among `calls`.
        public var replayed = 0

        /// Calls that a provider would have charged for.
        public var paid: Int { calls - unpaid }
    }

    public var models: [String: Model] = [:]
    /// Requests that no model saw: unreadable, wrong key, unknown model.
    public var refused = 0
    /// Files that were uploaded, jobs and batches that were created.
    public var uploads = 0
    public var jobs = 0
    public var batches = 0
    /// Uploads and creations again, with a key that was answered before.
    public var replayed = 0

    public subscript(_ model: String) -> Model { models[model] ?? Model() }
    public var paid: Int { models.values.reduce(0) { $0 + $1.paid } }
    public var total: Int { models.values.reduce(0) { $0 + $1.calls } }
    public var cancelled: Int { models.values.reduce(0) { $0 + $1.cancelled } }
    public var inFlight: Int { models.values.reduce(0) { $0 + $1.inFlight } }
}

/// A request as it came, for tests that look at what a gateway sends.
public struct ReceivedCall: Sendable {
    public var model: String
    public var path: String
    /// Names in lower case, in the order they came.
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]
}

/// The counters and the last requests, read by tests from any thread while the provider's loop writes them.
///
/// One lock guards all: without it a test could see a call counted that is not yet in flight. Those who wait for a
/// state are asked after each change, under the lock, and resumed after it is given back.
final class CallBook: Sendable {
    /// So many requests are remembered.
    static let remembered = 256

    private struct Watcher {
        var id: Int
        var condition: @Sendable (Calls) -> Bool
        var continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var calls = Calls()
        var received: [ReceivedCall] = []
        var watchers: [Watcher] = []
        var nextID = 0
    }

    private let state = Mutex(State())

    var calls: Calls { state.withLock { $0.calls } }

    func received(by model: String?) -> [ReceivedCall] {
        state.withLock { state in state.received.filter { model == nil || $0.model == model } }
    }

    func note(_ call: ReceivedCall) {
        state.withLock { state in
            if state.received.count == Self.remembered { state.received.removeFirst() }
            state.received.append(call)
        }
    }

    func change<Result: Sendable>(_ body: (inout Calls) -> Result) -> Result {
        let (result, ready) = state.withLock { state in
            let result = body(&state.calls)
            let calls = state.calls
            let ready = state.watchers.filter { $0.condition(calls) }
            state.watchers.removeAll { $0.condition(calls) }
            return (result, ready.map(\.continuation))
        }
        for continuation in ready { continuation.resume(returning: true) }
        return result
    }

    /// Keeps what is under way, forgets the rest.
    func clear() {
        change { calls in
            let inFlight = calls.models.mapValues(\.inFlight)
            calls = Calls()
            for (name, count) in inFlight where count > 0 { calls.models[name] = Calls.Model(inFlight: count) }
        }
        state.withLock { $0.received.removeAll() }
    }

    /// True as soon as the condition holds; false if it does not within the time.
    func wait(within: Duration, until condition: @escaping @Sendable (Calls) -> Bool) async -> Bool {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let limit = Task {
            try await Task.sleep(for: within)
            giveUp(id)
        }
        defer { limit.cancel() }
        return await withCheckedContinuation { continuation in
            let holds = state.withLock { state in
                if condition(state.calls) { return true }
                state.watchers.append(Watcher(id: id, condition: condition, continuation: continuation))
                return false
            }
            if holds { continuation.resume(returning: true) }
        }
    }

    private func giveUp(_ id: Int) {
        let watcher = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            guard let index = state.watchers.firstIndex(where: { $0.id == id }) else { return nil }
            return state.watchers.remove(at: index).continuation
        }
        watcher?.resume(returning: false)
    }
}
