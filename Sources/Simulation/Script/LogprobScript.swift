/// The log-probability of each token of an answer.
public struct LogprobScript: Sendable, Equatable {
    public enum Base: Sendable, Equatable {
        case fixed(Double)
        /// Token `i` has entry `i`, beginning again after the last.
        case table([Double])
        /// Drawn evenly between the two, by seed, input and place.
        case drawn(from: Double, to: Double)
    }

    /// Tokens whose text holds `text` have `logprob`, whatever the base says.
    public struct Rule: Sendable, Equatable {
        public var text: String
        public var logprob: Double

        public init(text: String, logprob: Double) {
            self.text = text
            self.logprob = logprob
        }
    }

    /// What token number `token` (from 1) has, whatever base, rules and doubts say.
    public struct Place: Sendable, Equatable {
        public enum Score: Sendable, Equatable {
            case value(Double)
            case null
            /// The token is left out of the log-probabilities.
            case missing
        }

        public var token: Int
        public var score: Score

        public init(token: Int, score: Score) {
            self.token = token
            self.score = score
        }
    }

    public var base: Base
    public var rules: [Rule]
    public var places: [Place]

    public init(base: Base = .drawn(from: -0.08, to: -0.001), rules: [Rule] = [], places: [Place] = []) {
        self.base = base
        self.rules = rules
        self.places = places
    }

    /// One value per token, rounded to six digits. `doubts` are stretches (of bytes) that override base and rules.
    func values(for tokens: [[UInt8]], doubts: [Student.Doubt], seed: UInt64) -> [Double] {
        var random = SplitMix(seed: seed)
        var start = 0
        return tokens.indices.map { index in
            let token = tokens[index]
            let range = start..<start + token.count
            start = range.upperBound
            var value: Double =
                switch base {
                case .fixed(let value): value
                case .table(let values): values.isEmpty ? 0 : values[index % values.count]
                case .drawn(let from, let to): from + (to - from) * random.unit()
                }
            if let rule = rules.first(where: { token.firstRange(of: Array($0.text.utf8)) != nil }) {
                value = rule.logprob
            }
            if let doubt = doubts.first(where: { $0.range.overlaps(range) }) { value = doubt.logprob }
            return rounded(value)
        }
    }
}

/// An alternative for a token, as `top_logprobs` shows it.
struct Alternative: Equatable {
    var token: [UInt8]
    var logprob: Double
}

/// The `count` likeliest tokens at a place where `token` was drawn with `logprob`, the best first. What probability is
/// left goes to a fixed list of other words, halving from each to the next, so that the sum never passes 1.
func alternatives(to token: [UInt8], logprob: Double, count: Int) -> [Alternative] {
    guard count > 0 else { return [] }
    var left = max(1 - exponential(logprob), 1e-9)
    var list = [Alternative(token: token, logprob: logprob)]
    for word in otherWords.lazy.map({ Array($0.utf8) }) where word != token && list.count < 21 {
        left /= 2
        list.append(Alternative(token: word, logprob: rounded(logarithm(left))))
    }
    return Array(list.sorted { $0.logprob > $1.logprob }.prefix(count))
}

private let otherWords = [
    " the", " a", ":", " of", " and", " to", ">", "<", " name", " is", "\n", " in", " for", "0", "1", ".", " or", " by",
    " function", " file", " it", " sort",
]

func rounded(_ value: Double) -> Double { (value * 1_000_000).rounded() / 1_000_000 }
