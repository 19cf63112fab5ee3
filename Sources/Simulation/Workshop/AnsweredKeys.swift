/// Answers by `Idempotency-Key`: who asks again with a key gets what was answered the first time.
///
/// Bounded: the oldest is forgotten first.
struct AnsweredKeys<Answer> {
    static var most: Int { 16384 }

    private var answers: [String: (request: UInt64, answer: Answer)] = [:]
    private var order: [String] = []
    private var oldest = 0

    /// The answer to the same request; nil: the key is new. A key that came with another request is an error.
    func recall(_ key: String, request: UInt64) throws(ProviderError) -> Answer? {
        guard let known = answers[key] else { return nil }
        guard known.request == request else {
            throw ProviderError(
                status: 400,
                message:
                    "Keys for idempotent requests can only be used with the same parameters they were first used with.",
                type: "idempotency_error"
            )
        }
        return known.answer
    }

    mutating func remember(_ key: String, request: UInt64, _ answer: Answer) {
        if answers.updateValue((request, answer), forKey: key) != nil { return }
        if order.count < Self.most {
            order.append(key)
        } else {
            answers[order[oldest]] = nil
            order[oldest] = key
            oldest = (oldest + 1) % Self.most
        }
    }
}
