/// One thing to learn: what is to be said to what.
public struct Lesson: Sendable, Equatable {
    public var input: [UInt8]
    public var output: [UInt8]

    public init(input: [UInt8], output: [UInt8]) {
        self.input = input
        self.output = output
    }
}

/// How to learn. The same plan and lessons give the same model, bit for bit, on every machine with the same libm.
public struct TrainingPlan: Sendable, Equatable {
    /// An epoch goes through the lessons several times: a table of weights learns less from a look than a network does.
    public var epochs: Int
    /// In units of the usual rate.
    public var rate: Double
    public var seed: UInt64

    public init(epochs: Int = 3, rate: Double = 1, seed: UInt64 = 1) {
        self.epochs = epochs
        self.rate = rate
        self.seed = seed
    }
}

/// How an epoch went: means over the tokens of the lessons, and of those that were not learnt from.
public struct EpochReport: Sendable, Equatable {
    public var epoch: Int
    public var epochs: Int
    public var loss: Double
    public var accuracy: Double
    public var validLoss: Double?
    public var validAccuracy: Double?
}

/// A token of an answer: the model's own, with its own log-probability.
public struct WrittenToken: Sendable, Equatable {
    public var bytes: [UInt8]
    public var logprob: Double
    /// The likeliest tokens in its place, itself among them where it is one, the best first.
    public var alternatives: [Alternative] = []

    public struct Alternative: Sendable, Equatable {
        public var bytes: [UInt8]
        public var logprob: Double
    }
}

/// A small conditional model of tokens, really trained: from an input it writes an output, token by token, each drawn
/// from a distribution that linear weights make out of what is seen: the input's words, pairs and triples, what has
/// been written so far, and where in the input a word stands that could be copied.
///
/// - More lessons make it better; of what it was not taught it is unsure, and its log-probabilities say so: a word that
///   no lesson had, and of which nothing came, halves and halves again the chance that an answer is complete.
/// - It knows nothing of any job: not its language, not its fields. It learns formats of short outputs, a line or a
///   small object of JSON, in hundreds to thousands of lessons; it is no writer of prose.
/// - A token is a head, a word, a number or a sign (`Vocabulary`) with the white space behind it; the last one holds
///   the chance of the end as well, so that stopping too early shows in a log-probability.
///
/// A value that is never changed: any thread may ask it.
public final class TokenModel: Sendable {
    let lessons: [Lesson]
    let words: [UInt64: Int32]
    let grams: Set<UInt64>
    let frame: Frame
    let scorer: Scorer

    init(_ lessons: [Lesson], words: [UInt64: Int32], grams: Set<UInt64>, frame: Frame, scorer: Scorer) {
        self.lessons = lessons
        self.words = words
        self.grams = grams
        self.frame = frame
        self.scorer = scorer
    }
}

/// What all inputs begin and end with, up to a white space: an instruction, a separator. It says nothing, and is taken
/// off.
struct Frame: Equatable {
    var opening: [UInt8] = []
    var ending: [UInt8] = []

    init(_ inputs: [[UInt8]]) {
        guard inputs.count > 1, var opening = inputs.first, var ending = inputs.first.map({ Array($0.reversed()) })
        else {
            return
        }
        for input in inputs {
            opening = Self.common(opening[...], input[...])
            ending = Self.common(ending[...], Array(input.reversed())[...])
        }
        while let last = opening.last, !isSpace(last) { opening.removeLast() }
        while let last = ending.last, !isSpace(last) { ending.removeLast() }
        self.opening = opening
        self.ending = ending.reversed()
    }

    func inside(_ input: [UInt8]) -> ArraySlice<UInt8> {
        var rest = input[...]
        if rest.starts(with: opening) { rest = rest.dropFirst(opening.count) }
        if rest.count >= ending.count, rest.suffix(ending.count).elementsEqual(ending) {
            rest = rest.dropLast(ending.count)
        }
        return rest
    }

    private static func common(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> [UInt8] {
        Array(zip(left, right).prefix { $0 == $1 }.map(\.0))
    }
}
