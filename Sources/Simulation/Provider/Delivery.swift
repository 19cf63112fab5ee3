import HTTPServer
import Loop

/// One planned reply on its way: waits, writes, breaks off where the plan says so, and notices a client that leaves.
/// Lives on the provider's loop; the provider holds it until it reports its end.
final class Delivery: TimerOwner, ResponderOwner {
    enum Outcome {
        case answered
        case cancelled
    }

    let model: String
    let plan: PlannedReply
    private let responder: Responder
    private unowned let provider: Provider
    private var timer: LoopTimer?
    /// The body's bytes that wait for a stall to end.
    private var rest: ArraySlice<UInt8>?
    private var ended = false

    init(_ plan: PlannedReply, of model: String, to responder: Responder, from provider: Provider, on loop: Loop) {
        self.plan = plan
        self.model = model
        self.responder = responder
        self.provider = provider
        responder.owner = self
        timer = LoopTimer(on: loop, owner: self)
    }

    func begin() {
        if plan.held { return }
        if plan.delay > .zero { timer?.arm(after: plan.delay) } else { deliver() }
    }

    /// The answer was held, and may go now.
    func release() {
        if plan.held, !ended { deliver() }
    }

    func timerFired(_ timer: LoopTimer) {
        if let rest {
            end(.answered)
            responder.write(Array(rest))
            responder.finish()
        } else {
            deliver()
        }
    }

    func clientGone(_ responder: Responder) { end(.cancelled) }

    func outputDrained(_ responder: Responder) {}

    /// Counts first, then sends: who has the answer finds it counted.
    private func deliver() {
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

    private func end(_ outcome: Outcome) {
        guard !ended else { return }
        ended = true
        timer?.cancel()
        timer = nil
        provider.ended(self, outcome)
    }
}

extension PlannedReply {
    /// Header lines of the reply; the server adds length, date and connection.
    var fields: [UInt8] {
        var lines = "content-type: \(contentType)\r\n"
        if let requestID { lines += "x-request-id: \(requestID)\r\n" }
        if let retryAfter { lines += "retry-after: \(retryAfter)\r\n" }
        return Array(lines.utf8)
    }
}

@available(*, unavailable, message: "confined to the thread of its loop")
extension Delivery: Sendable {}
