import Completions
import JSON

/// The tokens of a text that arrives that carry JSON values (`ValueMask` says which those are), tallied as soon as one
/// of their bytes is in a scalar: a scalar need not have ended for that.
struct ValueTally {
    /// False once the text cannot become JSON: then all tokens count.
    var isKnown: Bool { reader.isViable }

    private(set) var tally: TokenTally
    private var reader = JSONReader()
    /// Those that ended and that tokens to come may still reach into.
    private var scalars = ScalarSpans()
    private var next = 0

    init(depth: Int) {
        tally = TokenTally(depth: depth)
    }

    /// - Parameter end: tokens from here on are not certain yet.
    mutating func advance(_ tokens: TokenColumns, _ places: TokenPlaces, upTo end: Int) {
        guard places.isExact, reader.isViable else { return }
        try? reader.feed(TextBytes(rebasing: tokens.text[(places.start + reader.offset)...]), into: &scalars)
        guard reader.isViable else { return }
        let open = reader.openScalar
        while next < end {
            let range = tokens.range(of: next)
            let begin = range.lowerBound - places.start
            let after = range.upperBound - places.start
            scalars.drop(before: begin)
            var carries = scalars.spans.first.map { $0.lowerBound < after && begin < after } ?? false
            if let open {
                carries = carries || open.lowerBound < min(after, open.upperBound) && begin < open.upperBound
            }
            // The rest of the token is not in the text: it may yet reach a value.
            if !carries, after > reader.offset { return }
            if carries, places.place(of: next, tokens) == .inside { tally.add(tokens.numbers[next]) }
            next += 1
        }
    }
}
