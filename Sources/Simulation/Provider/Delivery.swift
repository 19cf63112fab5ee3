import HTTPServer
import Loop

/// One planned reply on its way: waits, writes, breaks off where the plan says so, and notices a client that leaves.
/// Lives on the provider's loop; the provider holds it until it reports its end. Streams are in
/// `Delivery+Stream.swift`.
final class Delivery: TimerOwner, ResponderOwner {
    enum Outcome {
        case answered
        case cancelled
    }

    let model: String
    let plan: PlannedReply
    /// Said before, to the same key: it is not counted again.
    let isReplay: Bool
    let responder: Responder
    private unowned let provider: Provider
    private(set) var timer: LoopTimer?
    /// The body's bytes that wait for a stall to end.
    private var rest: ArraySlice<UInt8>?
    /// The stream that is under way, and when its last step was due.
    var run: StreamRun?
    var due = MonotonicTime.now()
    /// The stream waits for its reader.
    var isPaused = false
    /// The stream stalls for good.
    var isHanging = false
    /// Tokens sent, of a stream.
    private(set) var tokens = 0
    private(set) var hasEnded = false

    init(
        _ plan: PlannedReply,
        of model: String,
        isReplay: Bool = false,
        to responder: Responder,
        from provider: Provider,
        on loop: Loop
    ) {
        self.plan = plan
        self.isReplay = isReplay
        self.model = model
        self.responder = responder
        self.provider = provider
        responder.owner = self
        timer = LoopTimer(on: loop, owner: self)
    }

    func begin() {
        if plan.held { return }
        due = due.advanced(by: plan.delay)
        if plan.delay > .zero { timer?.arm(at: due) } else { deliver() }
    }

    /// The answer was held, or its stream stalls for good: it may go on now.
    func release() {
        guard waitsForRelease else { return }
        due = .now()
        if run == nil { return deliver() }
        isHanging = false
        advance()
    }

    var waitsForRelease: Bool { !hasEnded && (isHanging || plan.held && run == nil) }

    func timerFired(_ timer: LoopTimer) {
        if run != nil {
            advance()
        } else if let rest {
            end(.answered)
            responder.write(Array(rest))
            responder.finish()
        } else {
            deliver()
        }
    }

    func clientGone(_ responder: Responder) { end(.cancelled) }

    /// Counts first, then sends: who has the answer finds it counted.
    private func deliver() {
        if let stream = plan.stream, plan.ending != .resetBefore { return beginStream(stream) }
        if case .stall(let after, let time) = plan.ending {
            responder.begin(status: plan.status, fields: plan.fields)
            if after > 0 { responder.write(Array(plan.body.prefix(after))) }
            rest = plan.body.dropFirst(after)
            if let time { timer?.arm(after: time) }
            return
        }
        end(.answered)
        switch plan.ending {
        case .whole, .stall:
            responder.respond(status: plan.status, fields: plan.fields, body: plan.body)
        case .closeAfter:
            responder.respond(status: plan.status, fields: plan.fields, body: plan.body, thenClose: true)
        case .resetBefore:
            responder.abort(reset: true)
        case .resetInside(let after):
            responder.begin(status: plan.status, fields: plan.fields)
            responder.write(Array(plan.body.prefix(after)))
            responder.abort()
        }
    }

    func count(_ tokens: Int) {
        guard tokens > 0 else { return }
        self.tokens += tokens
        if !isReplay { provider.sent(tokens, of: model) }
    }

    func end(_ outcome: Outcome) {
        guard !hasEnded else { return }
        hasEnded = true
        timer?.cancel()
        timer = nil
        provider.ended(self, outcome)
    }
}

@available(*, unavailable, message: "confined to the thread of its loop")
extension Delivery: Sendable {}
