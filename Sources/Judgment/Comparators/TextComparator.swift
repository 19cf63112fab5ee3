import Statistics

/// `text`: short free text. Equal if the words are the same, whatever their case and the punctuation between them; or,
/// where the route says from when on, if the F1 of words reaches that.
///
/// The similarity is the greater of the F1 of words and 1 less the edit distance over the length. A cut below 1 is the
/// user's own, found on pairs that people judged: no number is right for every task.
struct TextComparator: Comparator {
    static let name = "text"
    private let least: Double?

    /// An edit distance costs the product of both lengths: words are compared where letters are too many.
    private static let mostLetters = 4000

    init(_ options: ComparatorOptions) throws(ComparatorError) {
        least = options.least
        if let least, !(0...1).contains(least) {
            throw ComparatorError(comparator: Self.name, message: "the least similarity is between 0 and 1")
        }
    }

    func compare(_ answer: [UInt8], with reference: [UInt8], input: [UInt8]) -> ComparisonStep {
        let (first, second) = (Self.words(answer), Self.words(reference))
        let words = Similarity.wordF1(first, second)
        let isEqual = first == second || least.map { words >= $0 } == true
        return .decided(
            Comparison(isEqual: isEqual, similarity: max(words, Self.edit(answer, reference, first, second)))
        )
    }

    private static func edit(_ answer: [UInt8], _ reference: [UInt8], _ first: [String], _ second: [String]) -> Double {
        if answer.count <= mostLetters, reference.count <= mostLetters {
            let letters = { (text: [UInt8]) in Array(String(decoding: text, as: UTF8.self).unicodeScalars) }
            return Similarity.edit(letters(answer), letters(reference))
        }
        return Similarity.edit(Array(first.prefix(mostLetters)), Array(second.prefix(mostLetters)))
    }

    static func words(_ text: [UInt8]) -> [String] {
        String(decoding: text, as: UTF8.self).lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    }
}
