// What a search for a text looks for. The words are cut here, for both databases, so that both find the same: neither
// knows a language, and both would cut "C++" and "C#" to the same "c".

/// The words of a text: runs of letters, digits and `+` `#`, in lower case, each once, in the order they come. An
/// ideograph and a syllable of a script without blanks between words is a word of its own.
struct SearchWords: Equatable {
    private(set) var words: [String] = []
    /// The text does not end behind a word: the last one may go on.
    private(set) var lastIsPrefix = false

    /// Of a longer input only the beginning is found by its words.
    static let most = 512
    /// A longer run is cut. PostgreSQL takes words up to 2046 bytes.
    private static let longest = 64

    init(_ text: String) {
        var seen: Set<String> = []
        var word = String.UnicodeScalarView()
        func end() {
            guard !word.isEmpty else { return }
            let text = String(word)
            if words.count < Self.most, seen.insert(text).inserted { words.append(text) }
            word.removeAll(keepingCapacity: true)
        }
        for scalar in text.lowercased().unicodeScalars {
            switch Self.kind(scalar) {
            case .part:
                if word.count < Self.longest { word.append(scalar) }
            case .whole:
                end()
                word.append(scalar)
                end()
            case .between:
                end()
            }
            if words.count >= Self.most { break }
        }
        lastIsPrefix = !word.isEmpty
        let last = String(word)
        end()
        // Where the last word came before, it still is the one that may go on.
        if lastIsPrefix, words.last != last, let index = words.firstIndex(of: last) {
            words.append(words.remove(at: index))
        }
    }

    /// As they are stored.
    var joined: String { words.joined(separator: " ") }

    private enum Kind { case part, whole, between }

    private static func kind(_ scalar: Unicode.Scalar) -> Kind {
        if scalar.value < 0x80 {
            return switch scalar {
            case "a"..."z", "0"..."9", "+", "#": .part
            default: .between
            }
        }
        let properties = scalar.properties
        if properties.isIdeographic || (0x3040...0x30ff).contains(scalar.value) { return .whole }
        switch properties.generalCategory {
        case .lowercaseLetter, .uppercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber, .nonspacingMark, .spacingMark:
            return .part
        default:
            return .between
        }
    }
}
