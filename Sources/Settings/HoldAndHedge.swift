// How a route treats small's answer while it is written: DESIGN section 6, CONTRACTS sections 3 and 4.

/// How much of small's answer is judged before its first byte leaves for a client that streams.
public enum Hold: Sendable, Hashable {
    /// All of it: nothing leaves before the verdict.
    case all
    /// So many tokens of every choice, at least one; then the rest passes through, and there is no fallback any more.
    case tokens(Int)
}

/// `hedge:` — large is started beside a small model that takes long.
public struct HedgeSettings: Sendable, Hashable {
    /// How long small may take to be accepted.
    public let after: Duration
    /// Of the route's requests, 0 to 1: no more are hedged.
    public let atMost: Double
}

extension Fields {
    /// The word `all`, or a number of tokens.
    func hold(_ key: String) -> Hold {
        let wanted = "all or a number of tokens"
        guard let (node, scalar) = scalar(key, wanted) else { return standard(key, .all, .plain("all")) }
        if scalar.text == "all" { return standard(key, .all, .plain("all")) }
        guard scalar.isPlain, let tokens = Int(scalar.text) else {
            let guess = Suggestion.nearest(to: scalar.written, among: ["all"])
            reading.problems.add(node.place, key: node.key, "expected \(wanted), found \(node.kind)", suggestion: guess)
            return standard(key, .all, .plain("all"))
        }
        guard tokens > 0 else {
            reading.problems.add(node.place, key: node.key, "must be all or at least 1, not \(scalar.written)")
            return standard(key, .all, .plain("all"))
        }
        return standard(key, .tokens(tokens), .plain("\(tokens)"))
    }

    /// Both keys are required: a hedge without a ceiling doubles the bill.
    func hedge(_ key: String) -> HedgeSettings? {
        optionalSection(key) { fields -> HedgeSettings? in
            guard case .mapping = fields.node.value else { return nil }
            for key in ["after", "at_most"] where fields.value(key) == nil { fields.missing(key, "is missing") }
            let after = fields.duration("after")
            let atMost = fields.share("at_most")
            guard let after, let atMost else { return nil }
            return HedgeSettings(after: after, atMost: atMost)
        } ?? nil
    }
}
