import Completions

/// Can the confidence of an answer that begins so still reach its threshold? A running tally: every look costs what is
/// new since the last one.
///
/// Only tokens that will count *for certain* are tallied. Which tokens count is settled at the end, by the best of
/// three ways to know where they lie (`CountedTokens`): a token is certain when all that are still possible agree on
/// it.
///
///     tokens      {"     a     ":    "b     c"     }           bytes so far agree with the text: it lies where it lies
///     all         ✓      ✓     ✓     ✓      ✓      ✓           counted as soon as its first byte is in the text
///     values                         ✓      ✓                  counted as soon as one of its bytes is in a scalar value
///
/// `over: values` keeps both tallies: a text that turns out not to be JSON counts all its tokens, and then those of
/// the values are among them. That more may count later refutes nothing less:
/// - `min_logprob`, `margin`: a least can only fall.
/// - `first_token_logprob`: settled by the first token; over values by the greater of the first value's and that.
/// - `mean_logprob`, `quantile_logprob`: log-probabilities are at most 0, so that zeros up to the effective
///   `max_tokens` are the best that can come (CONTRACTS section 3); with no limit known, or none kept, never.
///
/// Behind an echoed prompt, whose tokens may turn out to count or not, only a least is said before the end.
struct PrefixScore {
    /// What speaks against the answer.
    enum Doubt {
        /// The best that the score can still become is below the threshold.
        case low(best: Double)
        /// A token that counts has no number.
        case missing
    }

    private let rule: ConfidenceRule
    private let echoed: Int
    private let maxTokens: Int?
    private var places: TokenPlaces
    private var all: TokenTally
    private var values: ValueTally?
    /// Tokens tallied in `all`, or passed over as the prompt's.
    private var taken = 0

    init(_ rule: ConfidenceRule, echoed: Int, maxTokens: Int?) {
        self.rule = rule
        self.echoed = echoed
        self.maxTokens = maxTokens
        places = TokenPlaces(echoed: echoed)
        let least = Self.quantileDepth(rule, maxTokens)
        all = TokenTally(depth: least)
        values = rule.over == .values ? ValueTally(depth: least) : nil
    }

    /// How many of the least values a quantile of `maxTokens` numbers reads.
    private static func quantileDepth(_ rule: ConfidenceRule, _ maxTokens: Int?) -> Int {
        guard rule.score == .quantile, let maxTokens, maxTokens > 0 else { return 0 }
        return min(Int(min(max(rule.quantile, 0), 1) * Double(maxTokens - 1)) + 2, maxTokens)
    }

    /// Takes what is new in the choice; nil while nothing speaks against it.
    mutating func look(at choice: UnsafePointer<Choice>) -> Doubt? {
        TokenColumns.with(choice, margins: rule.score == .margin) { tokens in
            guard taken < tokens.count || values != nil, places.advance(tokens) else { return nil }
            while taken < tokens.count {
                let place = places.place(of: taken, tokens)
                if place == .later { break }
                if place == .inside { all.add(tokens.numbers[taken]) }
                taken += 1
            }
            values?.advance(tokens, places, upTo: taken)
            return doubt
        } ?? nil
    }

    private var doubt: Doubt? {
        guard places.isExact, let values, values.isKnown else { return doubt(of: all) }
        return doubt(of: values.tally)
    }

    private func doubt(of counted: TokenTally) -> Doubt? {
        if counted.lacksNumber { return .missing }
        guard counted.count > 0, let best = best(of: counted), best < rule.threshold else { return nil }
        return .low(best: best)
    }

    /// The best that the score can still become; nil if nobody knows.
    private func best(of counted: TokenTally) -> Double? {
        if rule.score == .min || rule.score == .margin { return counted.least }
        guard echoed == 0 else { return nil }
        if rule.score == .firstToken { return max(counted.first, all.first) }
        guard let maxTokens, all.count <= maxTokens else { return nil }
        return rule.score == .mean ? counted.sum / Double(maxTokens) : quantile(of: counted, filledTo: maxTokens)
    }

    /// The quantile of these and of as many zeros as still fit.
    private func quantile(of counted: TokenTally, filledTo count: Int) -> Double {
        func value(_ position: Int) -> Double {
            position < counted.leastValues.count ? min(counted.leastValues[position], 0) : 0
        }
        let position = min(max(rule.quantile, 0), 1) * Double(count - 1)
        let below = Int(position)
        let above = min(below + 1, count - 1)
        if value(below) == value(above) { return value(below) }
        let between = value(below) + (value(above) - value(below)) * (position - Double(below))
        // Interpolating rounds, and elsewhere for another count: that must not refute.
        return between + 4 * between.ulp
    }
}

/// Numbers of tokens as they come.
struct TokenTally {
    private(set) var count = 0
    private(set) var sum = 0.0
    private(set) var least = Double.infinity
    private(set) var first = -Double.infinity
    private(set) var lacksNumber = false
    /// The least `depth` of them, ascending.
    private(set) var leastValues: [Double] = []
    private let depth: Int

    init(depth: Int) {
        self.depth = depth
    }

    mutating func add(_ value: Double) {
        if value.isNaN { lacksNumber = true }
        if count == 0 { first = value }
        count += 1
        sum += value
        if value < least { least = value }
        guard depth > 0, leastValues.count < depth || value < leastValues[depth - 1] else { return }
        var low = 0
        var high = leastValues.count
        while low < high {
            let middle = (low + high) / 2
            if leastValues[middle] <= value { low = middle + 1 } else { high = middle }
        }
        if leastValues.count == depth { leastValues.removeLast() }
        leastValues.insert(value, at: low)
    }
}
