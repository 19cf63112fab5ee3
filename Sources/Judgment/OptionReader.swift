/// Reads a check's options, and says which of them is wrong.
///
/// A check names its keys once; the first is what the short form means (`max_chars: 2000`). A key that the check
/// does not know is an error, with the nearest known one as a suggestion.
struct OptionReader {
    let check: String
    private let members: [CheckOptions.Member]

    /// - Parameters:
    ///   - keys: all that the check knows; the first takes the short form.
    ///   - listIsShort: whether a list stands for the first key's value.
    init(_ options: CheckOptions, check: String, keys: [String], listIsShort: Bool = false) throws(CheckError) {
        self.check = check
        switch options {
        case .absent:
            members = []
        case .scalar(let scalar) where scalar.kind == .null:
            members = []
        case .scalar:
            guard let short = keys.first else { throw CheckError(check: check, message: "takes no options") }
            members = [CheckOptions.Member(short, options)]
        case .list:
            guard let short = keys.first, listIsShort else {
                throw CheckError(check: check, message: "does not take a list")
            }
            members = [CheckOptions.Member(short, options)]
        case .mapping(let given):
            for member in given where !keys.contains(member.key) {
                throw CheckError(
                    check: check,
                    path: [member.key],
                    message: keys.isEmpty
                        ? "takes no options" : "unknown option; it knows \(keys.joined(separator: ", "))",
                    suggestion: nearest(member.key, in: keys)
                )
            }
            members = given
        }
    }

    func value(_ key: String) -> CheckOptions? {
        members.first { $0.key == key }?.value
    }

    func failure(_ key: String, _ message: String) -> CheckError {
        CheckError(check: check, path: [key], message: message)
    }

    private func scalar(_ key: String, _ wanted: String) throws(CheckError) -> CheckOptions.Scalar? {
        switch value(key) {
        case nil: return nil
        case .scalar(let scalar): return scalar
        case let other?: throw failure(key, "expected \(wanted), found \(other.kind)")
        }
    }

    /// A whole number that is not negative.
    func count(_ key: String) throws(CheckError) -> Int {
        guard let scalar = try scalar(key, "a whole number") else {
            throw CheckError(check: check, message: "needs a whole number")
        }
        guard scalar.kind == .number, let number = Int(scalar.text), number >= 0 else {
            throw failure(key, "expected a whole number of at least 0, found \(scalar.text)")
        }
        return number
    }

    func flag(_ key: String, default fallback: Bool) throws(CheckError) -> Bool {
        guard let scalar = try scalar(key, "true or false") else { return fallback }
        guard scalar.kind == .boolean else { throw failure(key, "expected true or false, found \(scalar.text)") }
        return scalar.text.lowercased() == "true"
    }

    /// Text; of a scalar of another kind (a number, say) as it was written.
    func text(_ key: String) throws(CheckError) -> String? {
        try scalar(key, "text")?.text
    }

    func requiredText(_ key: String, _ what: String) throws(CheckError) -> String {
        guard let text = try text(key), !text.isEmpty else { throw CheckError(check: check, message: "needs \(what)") }
        return text
    }

    /// One of a few words.
    func word(_ key: String, of words: [String], default fallback: String) throws(CheckError) -> String {
        guard let text = try text(key) else { return fallback }
        guard words.contains(text) else {
            var error = failure(key, "expected \(words.joined(separator: " or ")), found \(text)")
            error.suggestion = nearest(text, in: words)
            throw error
        }
        return text
    }

    /// A list of texts.
    func texts(_ key: String) throws(CheckError) -> [String] {
        switch value(key) {
        case nil: return []
        case .scalar(let scalar): return [scalar.text]
        case .list(let items):
            var texts: [String] = []
            for (position, item) in items.enumerated() {
                guard case .scalar(let scalar) = item, scalar.kind != .null else {
                    throw CheckError(
                        check: check,
                        path: [key, String(position)],
                        message: "expected text, found \(item.kind)"
                    )
                }
                texts.append(scalar.text)
            }
            return texts
        case let other?: throw failure(key, "expected a list, found \(other.kind)")
        }
    }
}

/// The word of `words` that is at most two edits away from `word`, if there is one.
func nearest(_ word: String, in words: [String]) -> String? {
    let candidates = words.map { ($0, distance(Array(word.utf8), Array($0.utf8))) }
    guard let best = candidates.min(by: { $0.1 < $1.1 }), best.1 <= 2, best.1 < best.0.utf8.count else { return nil }
    return best.0
}

/// Levenshtein's distance between two short words.
private func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, y) in b.enumerated() {
            let next = min(row[j + 1] + 1, row[j] + 1, diagonal + (x == y ? 0 : 1))
            diagonal = row[j + 1]
            row[j + 1] = next
        }
    }
    return row[b.count]
}
