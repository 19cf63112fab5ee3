import Completions
public import Settings

/// What work will probably cost: told before the first call is made.
public struct Estimate: Sendable, Equatable {
    public private(set) var calls = 0
    public private(set) var promptTokens = 0
    public private(set) var answerTokens = 0
    /// US dollars.
    public private(set) var cost = 0.0
    /// A model that would be asked has no price: the cost is more than is said.
    public private(set) var isPriceMissing = false

    public init() {}

    /// So many calls of a model.
    public mutating func add(_ count: Int, promptTokens: Int, answerTokens: Int, of model: ModelSettings) {
        calls += count
        self.promptTokens += count * promptTokens
        self.answerTokens += count * answerTokens
        if let price = model.price {
            cost += Double(count) * price.cost(promptTokens: promptTokens, completionTokens: answerTokens)
        } else {
            isPriceMissing = true
        }
    }

    /// US dollars that are no call's.
    public mutating func add(cost: Double) { self.cost += cost }

    public static func + (a: Estimate, b: Estimate) -> Estimate {
        var sum = a
        sum.calls += b.calls
        sum.promptTokens += b.promptTokens
        sum.answerTokens += b.answerTokens
        sum.cost += b.cost
        sum.isPriceMissing = a.isPriceMissing || b.isPriceMissing
        return sum
    }

    /// One line.
    public var line: String {
        let tokens = "about \(promptTokens) tokens in and \(answerTokens) out"
        let price = isPriceMissing ? "at least \(cost.dollars) (a model has no 'price')" : "about \(cost.dollars)"
        return "\(calls) calls, \(tokens): \(price)"
    }
}

extension Asker {
    /// What asking that once will probably take, by the length of the request.
    /// - Parameter answerTokens: what answers of the route usually have.
    public nonisolated func estimate(_ request: [UInt8], as role: ModelRole, count: Int, answerTokens: Int) -> Estimate
    {
        var estimate = Estimate()
        guard let settings = role == .large ? route.large : route.small, let tokens = likelyTokens(request, role) else {
            return estimate
        }
        estimate.add(count, promptTokens: tokens, answerTokens: answerTokens, of: settings)
        return estimate
    }
}

extension Double {
    /// `3.21 USD`; small sums with the digits that say something.
    public var dollars: String {
        guard self > 0, self < 0.095 else { return "\(fixed(2)) USD" }
        return "\(fixed(4)) USD"
    }

    func fixed(_ digits: Int) -> String {
        let scale = (0..<digits).reduce(1.0) { scale, _ in scale * 10 }
        guard isFinite, magnitude < 1e12 else { return "\(self)" }
        let whole = Int((magnitude * scale).rounded())
        let text = String(whole)
        let padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
        let sign = self < 0 && whole > 0 ? "-" : ""
        return sign + (digits == 0 ? padded : "\(padded.dropLast(digits)).\(padded.suffix(digits))")
    }
}

extension Asker {
    private nonisolated func likelyTokens(_ request: [UInt8], _ role: ModelRole) -> Int? {
        guard let model = AskedModel(role, of: route), let body = try? GivenInput(request: request).parsed(),
            let question = try? Question(body, to: model, isFree: false, sample: 0)
        else { return nil }
        return question.likelyPromptTokens
    }
}
