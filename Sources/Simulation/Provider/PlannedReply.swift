import JSON

/// All that happens with one call, decided when its request has arrived: what to say, when, and where to break off.
/// `Delivery` then does it on the loop. A stream will be one more `Ending`, with its events and their pace.
struct PlannedReply: Equatable {
    enum Ending: Equatable {
        case whole
        case resetBefore
        case resetInside(after: Int)
        case stall(after: Int, for: Duration?)
        case closeAfter
    }

    var delay: Duration = .zero
    /// Wait for a release in place of the delay.
    var held = false
    var status = 200
    var contentType = "application/json"
    var retryAfter: String?
    /// The provider's own name for the call, sent as `x-request-id`.
    var requestID: String?
    var body: [UInt8] = []
    var ending = Ending.whole
    /// How many faults had a part in it.
    var faults = 0

    static func refusal(_ error: ProviderError) -> PlannedReply {
        PlannedReply(status: error.status, body: error.body)
    }
}

extension ModelScript {
    /// The reply to call `call` (from 1) of this model. `seed` is the script's, mixed with the model's name.
    func plan(_ request: ProviderRequest, call: Int, seed: UInt64) -> PlannedReply {
        let input = request.inputs[0]
        let firing = faults.enumerated().filter { index, fault in
            fault.trigger.fires(call: call, input: input, seed: seed &+ UInt64(index) &* 0x5851_F42D_4C95_7F2D)
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
        reply.body = answer.encode()
        reply.delay = latency + perToken * answer.completionTokens
        if jitter > .zero {
            var random = SplitMix(seed: seed ^ UInt64(call) &* 0x2545_F491_4F6C_DD1D)
            reply.delay += .microseconds(Int(random.unit() * Double(microseconds(jitter))))
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
            reply.status = status
            reply.retryAfter = retryAfter
            reply.body = ProviderError.typical(status, message: message).body
        case .slow(let time): reply.delay += time
        case .hold: reply.held = true
        case .stall(let after, let time): reply.ending = .stall(after: after, for: time)
        case .resetBefore: reply.ending = .resetBefore
        case .resetInside(let after): reply.ending = .resetInside(after: after)
        case .malformed: reply.body.removeLast(reply.body.count / 3)
        case .body(let text): reply.body = Array(text.utf8)
        case .contentType(let type): reply.contentType = type
        case .closeAfter: reply.ending = .closeAfter
        case .logprobs, .oversized: break
        }
    }
}

private func microseconds(_ duration: Duration) -> Int64 {
    duration.components.seconds * 1_000_000 + duration.components.attoseconds / 1_000_000_000_000
}

private func hexadecimal(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
