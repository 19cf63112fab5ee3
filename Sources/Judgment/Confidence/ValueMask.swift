import JSON

/// Which tokens have a byte inside a JSON scalar value: `over: values`.
///
/// Braces, keys, quotes and white space are forced by the format and say nothing about how sure the model is. Inside
/// are the bytes of a number or a literal, and of a string what stands between its quotes; of an empty string its
/// closing quote, the token that decided that it is empty.
struct ValueMask {
    private let carries: [Bool]
    private let base: Int

    /// Nil if the text is not JSON: then all tokens count.
    /// - Parameters:
    ///   - start: where in the text the answer begins (after an echoed prompt).
    ///   - tokenEnds: in bytes of the text.
    init?(_ text: [UInt8], from start: Int, tokenEnds: [Int32], counted: Range<Int>) {
        var reader = JSONReader()
        var spans = ScalarSpans()
        do throws(JSONError) {
            try reader.feed(text[start...], into: &spans)
            try reader.finish(into: &spans)
        } catch { return nil }
        self.init(spans.spans, from: start, tokenEnds: tokenEnds, counted: counted)
    }

    init(_ spans: [Range<Int>], from start: Int, tokenEnds: [Int32], counted: Range<Int>) {
        var carries = [Bool](repeating: false, count: counted.count)
        var span = 0
        for token in counted {
            let begin = (token == 0 ? 0 : Int(tokenEnds[token - 1])) - start
            let end = Int(tokenEnds[token]) - start
            while span < spans.count, spans[span].upperBound <= begin { span += 1 }
            carries[token - counted.lowerBound] = span < spans.count && spans[span].lowerBound < end && begin < end
        }
        self.carries = carries
        base = counted.lowerBound
    }

    func carriesValue(_ token: Int) -> Bool { carries[token - base] }
}

/// Collects where scalar values stand.
struct ScalarSpans: JSONEvents {
    private(set) var spans: [Range<Int>] = []

    /// Forgets those that end at or before `offset`.
    mutating func drop(before offset: Int) {
        while let first = spans.first, first.upperBound <= offset { spans.removeFirst() }
    }

    mutating func string(_ text: TextBytes, in range: Range<Int>) {
        spans.append(range.count == 2 ? range.lowerBound + 1..<range.upperBound : range.dropFirst().dropLast())
    }

    mutating func number(_ text: TextBytes, in range: Range<Int>) { spans.append(range) }
    mutating func literal(_ literal: JSONLiteral, in range: Range<Int>) { spans.append(range) }
    mutating func beginObject(at offset: Int) {}
    mutating func endObject(at offset: Int) {}
    mutating func beginArray(at offset: Int) {}
    mutating func endArray(at offset: Int) {}
    mutating func key(_ name: TextBytes, in range: Range<Int>) {}
}
