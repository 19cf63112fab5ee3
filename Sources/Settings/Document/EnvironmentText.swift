/// `${NAME}` from the environment, and `$$` for a dollar sign. A lone `$` means itself, so that regular expressions
/// read as they are.
enum EnvironmentText {
    /// - Parameter complain: told about a name that is not set, and about `${` that starts no name.
    static func fill(_ text: String, from environment: [String: String], complain: (String) -> Void) -> String {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
        var filled = ""
        var rest = Substring(text)
        while let dollar = rest.firstIndex(of: "$") {
            filled += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            if rest.first == "$" {
                filled += "$"
                rest.removeFirst()
            } else if rest.first == "{" {
                let inside = rest.dropFirst()
                let name = inside.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
                guard let first = name.first, !first.isNumber, inside.dropFirst(name.count).first == "}" else {
                    complain("'${' must be followed by a name and '}'; for the characters themselves write '$${'")
                    filled += "$"
                    continue
                }
                if let value = environment[String(name)] {
                    filled += value
                } else {
                    complain("\(name) is not set in the environment")
                }
                rest = inside.dropFirst(name.count + 1)
            } else {
                filled += "$"
            }
        }
        return filled + rest
    }

    /// The text that `fill` turns into `text`.
    static func escape(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars { escaped += scalar == "$" ? "$$" : String(scalar) }
        return escaped
    }
}
