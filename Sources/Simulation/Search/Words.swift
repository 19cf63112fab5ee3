/// The words of a question, and a cursor over them. Articles and auxiliaries are dropped, so that a rule for
/// "changed in the last week" also reads "that have been changed in last week".
struct Words {
    struct Word: Equatable {
        /// As written, without the punctuation around it.
        var text: String
        var lower: String
        /// Stood between quotation marks: a name, never a keyword.
        var quoted = false
    }

    private static let fillers: Set<String> = [
        "the", "a", "an", "that", "which", "who", "are", "is", "was", "were", "have", "has", "had", "been", "be", "all",
        "any", "of", "please", "find", "me", "show", "list", "get", "give", "what", "where", "code", "currently",
        "do", "does", "and", "but", "our", "my", "i", "can", "you", "there", "with", "it", "its", "than",
    ]
    /// Fillers that carry meaning in the word that follows; they are kept and the rules look at them.
    private static let kept: Set<String> = ["with", "me", "my", "i", "than"]

    private(set) var words: [Word]
    private(set) var position = 0

    init(_ question: String) {
        words = Self.split(question).filter { word in
            word.quoted || !Self.fillers.contains(word.lower) || Self.kept.contains(word.lower)
        }
    }

    var current: Word? { position < words.count ? words[position] : nil }
    var atEnd: Bool { position >= words.count }

    func peek(_ offset: Int) -> Word? {
        words.indices.contains(position + offset) ? words[position + offset] : nil
    }

    mutating func advance(_ count: Int = 1) { position += count }

    /// Takes a phrase if it stands here: words separated by spaces, alternatives by `|`, `?` after a word that may be
    /// missing. "in|within? last|past?" takes "in the last", "within" and "last".
    mutating func take(_ phrase: String) -> Bool {
        var offset = 0
        for part in phrase.utf8.split(separator: UInt8(ascii: " ")) {
            let optional = part.last == UInt8(ascii: "?")
            if let word = peek(offset), !word.quoted, Self.holds(word.lower, optional ? part.dropLast() : part) {
                offset += 1
            } else if !optional {
                return false
            }
        }
        guard offset > 0 else { return false }
        position += offset
        return true
    }

    /// Whether a word is one of the alternatives; without a copy of any, since every rule asks at every word.
    private static func holds(_ word: String, _ alternatives: Substring.UTF8View) -> Bool {
        var rest = alternatives[...]
        while let bar = rest.firstIndex(of: UInt8(ascii: "|")) {
            if rest[..<bar].elementsEqual(word.utf8) { return true }
            rest = rest[rest.index(after: bar)...]
        }
        return rest.elementsEqual(word.utf8)
    }

    /// The next word as a name: as written, possessive taken off.
    mutating func takeName() -> String? {
        guard let word = current else { return nil }
        position += 1
        if !word.quoted, word.lower.hasSuffix("'s") { return String(word.text.dropLast(2)) }
        return word.text
    }

    private static func split(_ question: String) -> [Word] {
        var words: [Word] = []
        var text = ""
        var quote: Character?
        func finish(quoted: Bool) {
            defer { text = "" }
            let bare = quoted ? text : trimmed(text)
            if !bare.isEmpty { words.append(Word(text: bare, lower: bare.lowercased(), quoted: quoted)) }
        }
        for character in question {
            if let open = quote {
                if character == open {
                    quote = nil
                    finish(quoted: true)
                } else {
                    text.append(character)
                }
            } else if text.isEmpty, character == "\"" || character == "`" || character == "'" {
                quote = character
            } else if character.isWhitespace || character == "," || character == ";" {
                finish(quoted: false)
            } else {
                text.append(character == "\u{2019}" ? "'" : character)
            }
        }
        finish(quoted: false)
        return words
    }

    /// Punctuation that ends a sentence or brackets a word is not part of it; `c++`, `*.swift` and `Sources/` stay.
    private static func trimmed(_ text: String) -> String {
        var text = Substring(text)
        while let last = text.last, ".?!:()'".contains(last) { text.removeLast() }
        while let first = text.first, "(':".contains(first) { text.removeFirst() }
        return String(text)
    }
}
