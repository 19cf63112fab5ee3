/// Finds the question inside a prompt, as a model that was trained on such prompts would: after the last
/// `Question:`, or the whole input without the separator that fine-tuning data ends its prompts with.
enum SearchPrompt {
    private static let separators = ["###", "===", "->"]

    static func question(in input: String) -> String {
        var text = Substring(input)
        while let range = text.firstRange(of: "Question:") { text = text[range.upperBound...] }
        if let end = text.firstRange(of: "\nQuery:") { text = text[..<end.lowerBound] }
        var found = true
        while found {
            found = false
            while let last = text.last, last.isWhitespace {
                text.removeLast()
            }
            for separator in separators where text.hasSuffix(separator) {
                text.removeLast(separator.count)
                found = true
            }
        }
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        return String(text)
    }
}
