/// Finds what is asked inside a prompt, as a model that was trained on such prompts would: between the last `Question:`
/// (or `Code:`) and the word that asks for the answer, or the whole input without the separator that fine-tuning data
/// ends its prompts with.
enum PromptText {
    private static let separators = ["###", "===", "->"]

    static func question(in input: String) -> String { text(in: input, after: "Question:", before: "\nQuery:") }

    static func code(in input: String) -> String { text(in: input, after: "\nCode:\n", before: "\nCharacteristics:") }

    private static func text(in input: String, after opening: String, before closing: String) -> String {
        var text = Substring(input)
        while let range = text.firstRange(of: opening) { text = text[range.upperBound...] }
        if let end = text.firstRange(of: closing) { text = text[..<end.lowerBound] }
        var found = true
        while found {
            found = false
            while let last = text.last, last.isWhitespace { text.removeLast() }
            for separator in separators where text.hasSuffix(separator) {
                text.removeLast(separator.count)
                found = true
            }
        }
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        return String(text)
    }
}
