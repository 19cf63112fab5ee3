/// Which tokens have a byte inside a JSON scalar value: `over: values`.
///
/// Braces, keys, quotes and white space are forced by the format and say nothing about how sure the model is. Inside
/// are the bytes of a number or a literal, and of a string what stands between its quotes; of an empty string its
/// closing quote, the token that decided that it is empty.
struct ValueMask {
    private var carries: [Bool]
    private let base: Int

    /// Nil if the text is not JSON: then all tokens count.
    init?(_ text: [UInt8], tokenEnds: [Int32], counted: Range<Int>) {
        guard let spans = scalarValueSpans(text) else { return nil }
        base = counted.lowerBound
        carries = [Bool](repeating: false, count: counted.count)
        var span = 0
        for token in counted {
            let start = token == 0 ? 0 : Int(tokenEnds[token - 1])
            let end = Int(tokenEnds[token])
            while span < spans.count, spans[span].upperBound <= start { span += 1 }
            carries[token - base] = span < spans.count && spans[span].lowerBound < end && start < end
        }
    }

    func carriesValue(_ token: Int) -> Bool { carries[token - base] }
}

func scalarValueSpans(_ text: [UInt8]) -> [Range<Int>]? { nil }
