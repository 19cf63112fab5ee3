import JSON

/// All that happens with one call, decided when its request has arrived: what to say, when, and where to break off.
/// `Delivery` then does it on the loop. Of a stream the plan is how its events are to be made: `StreamRun` makes them.
struct PlannedReply: Equatable {
    enum Ending: Equatable {
        case whole
        case resetBefore
        case resetInside(after: Int)
        case stall(after: Int, for: Duration?)
        case closeAfter
    }

    /// To the first byte.
    var delay: Duration = .zero
    /// Wait for a release in place of the delay.
    var held = false
    var status = 200
    /// In place of JSON's, or of an event stream's.
    var contentType: String?
    var retryAfter: String?
    /// The provider's own name for the call, sent as `x-request-id`.
    var requestID: String?
    var body: [UInt8] = []
    /// The answer where it is streamed; there is no body then.
    var stream: PlannedStream?
    var ending = Ending.whole
    /// How many faults had a part in it.
    var faults = 0

    static func refusal(_ error: ProviderError) -> PlannedReply {
        PlannedReply(status: error.status, body: error.body)
    }

    /// Header lines of the reply; the server adds length, date and connection.
    var fields: [UInt8] {
        let type = contentType ?? (stream == nil ? "application/json" : "text/event-stream; charset=utf-8")
        var lines = "content-type: \(type)\r\n"
        if stream != nil { lines += "cache-control: no-cache\r\n" }
        if let requestID { lines += "x-request-id: \(requestID)\r\n" }
        if let retryAfter { lines += "retry-after: \(retryAfter)\r\n" }
        return Array(lines.utf8)
    }
}

/// A stream before its events are made.
struct PlannedStream: Equatable {
    var answer: ProviderAnswer
    var script = StreamScript()
    var pace = Pace()
    var faults: [StreamFault] = []
}

extension ModelScript {
    /// The reply to call `call` (from 1) of this model. `seed` is the script's, mixed with the model's name.
    /// Without its faults it is what the model would have said.
    func plan(_ request: ProviderRequest, call: Int, seed: UInt64, isFaulty: Bool = true) -> PlannedReply {
        let input = request.inputs[0]
        let firing = (isFaulty ? faults : []).enumerated().filter { index, fault in
            if case .stream = fault.kind, !request.streams { return false }
            return fault.trigger.fires(call: call, input: input, seed: seed &+ UInt64(index) &* 0x5851_F42D_4C95_7F2D)
        }
        let id = hexadecimal(fingerprint("\(call)".utf8, seed: seed))
        var reply = PlannedReply(requestID: "req_" + id)
        reply.faults = firing.count
        var answer = ProviderAnswer(
            request: request,
            id: id,
            created: secondsSince1970(),
            fingerprint: "fp_sim\(hexadecimal(seed).prefix(8))",
            choices: request.inputs.indices.flatMap { ordinal in
                (0..<request.n).map { choice(for: request, ordinal: ordinal, sample: $0, seed: seed) }
            },
            offsetsFromPrompt: offsetsFromPrompt
        )
        for case .logprobs(let defect) in firing.map(\.element.kind) { answer.logprobDefects.append(defect) }
        for case .oversized(let bytes) in firing.map(\.element.kind) { answer.padding += bytes }
        var random = SplitMix(seed: seed ^ UInt64(call) &* 0x2545_F491_4F6C_DD1D)
        reply.delay = latency
        if jitter > .zero { reply.delay += random.duration(upTo: jitter) }
        var pace = Pace(gap: perToken, jitter: tokenJitter, seed: random.next())
        if request.streams {
            reply.stream = PlannedStream(answer: answer, script: stream, pace: pace)
        } else {
            reply.delay += pace.time(for: answer.completionTokens)
            reply.body = answer.encode()
        }
        for (_, fault) in firing { fault.kind.change(&reply) }
        return reply
    }
}

extension FaultKind {
    /// Does to a reply what the fault does to it. What it does to the answer's parts was done before they became bytes.
    fileprivate func change(_ reply: inout PlannedReply) {
        switch self {
        case .status(let status, let retryAfter, let message):
            reply.stream = nil
            reply.status = status
            reply.retryAfter = retryAfter
            reply.body = ProviderError.typical(status, message: message).body
        case .slow(let time): reply.delay += time
        case .hold: reply.held = true
        case .stall(let after, let time): reply.ending = .stall(after: after, for: time)
        case .resetBefore: reply.ending = .resetBefore
        case .resetInside(let after): reply.ending = .resetInside(after: after)
        case .malformed:
            if let stream = reply.stream.take() { reply.body = stream.answer.encode() }
            reply.body.removeLast(reply.body.count / 3)
        case .body(let text):
            reply.stream = nil
            reply.body = Array(text.utf8)
        case .stream(let fault): reply.stream?.faults.append(fault)
        case .contentType(let type): reply.contentType = type
        case .closeAfter: reply.ending = .closeAfter
        case .logprobs, .oversized: break
        }
    }
}

private func hexadecimal(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
