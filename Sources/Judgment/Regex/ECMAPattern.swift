/// Translates a pattern of JSON Schema (ECMA 262, Unicode mode) into PCRE2's language.
///
/// The two agree on most of the syntax and differ where it hurts: `\s` and `.` know other characters, `\p{Letter}` has
/// a shorter name, `\uXXXX` is written differently, `[` inside a class is a bracket; and PCRE2 knows much that ECMA
/// does not (`\A`, `\Q`, `(?i)`, possessive `a++`), which is refused rather than given a meaning the author cannot have
/// had.
enum ECMAPattern {
    static func translate(_ pattern: String) throws(PatternError) -> String {
        var translation = Translation(pattern)
        return try translation.run()
    }

    private static let spaces =
        #"\t\n\x{b}\f\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}"#
    private static let noSpaces =
        #"\x{0}-\x{8}\x{e}-\x{1f}!-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}\x{200b}-\x{2027}\x{202a}-\x{202e}"#
        + #"\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{fefe}\x{ff00}-\x{10ffff}"#

    /// The long names of general categories, which PCRE2 does not know.
    private static let categories: [String: String] = [
        "Letter": "L", "Cased_Letter": "L&", "LC": "L&", "Uppercase_Letter": "Lu", "Lowercase_Letter": "Ll",
        "Titlecase_Letter": "Lt", "Modifier_Letter": "Lm", "Other_Letter": "Lo", "Mark": "M", "Combining_Mark": "M",
        "Nonspacing_Mark": "Mn", "Spacing_Mark": "Mc", "Enclosing_Mark": "Me", "Number": "N", "Decimal_Number": "Nd",
        "digit": "Nd", "Letter_Number": "Nl", "Other_Number": "No", "Punctuation": "P", "punct": "P",
        "Connector_Punctuation": "Pc", "Dash_Punctuation": "Pd", "Open_Punctuation": "Ps", "Close_Punctuation": "Pe",
        "Initial_Punctuation": "Pi", "Final_Punctuation": "Pf", "Other_Punctuation": "Po", "Symbol": "S",
        "Math_Symbol": "Sm", "Currency_Symbol": "Sc", "Modifier_Symbol": "Sk", "Other_Symbol": "So", "Separator": "Z",
        "Space_Separator": "Zs", "Line_Separator": "Zl", "Paragraph_Separator": "Zp", "Other": "C", "Control": "Cc",
        "cntrl": "Cc", "Format": "Cf", "Surrogate": "Cs", "Private_Use": "Co", "Unassigned": "Cn",
    ]

    private struct Translation {
        private let scalars: [Unicode.Scalar]
        private var position = 0
        private var output = ""
        private var inClass = false
        /// The last thing was a quantifier: a `+` after it would be possessive.
        private var quantified = false

        init(_ pattern: String) {
            scalars = Array(pattern.unicodeScalars)
        }

        mutating func run() throws(PatternError) -> String {
            while let scalar = peek() {
                position += 1
                let wasQuantified = quantified
                quantified = false
                switch scalar {
                case "\\": try escape()
                case "]" where inClass:
                    inClass = false
                    output += "]"
                case "[" where inClass: output += #"\["#
                case _ where inClass: output.unicodeScalars.append(scalar)
                case "[": beginClass()
                case ".": output += #"[^\n\r\x{2028}\x{2029}]"#
                case "(": try beginGroup()
                case "*", "+", "?":
                    if wasQuantified, scalar != "?" { throw fail("nothing to repeat") }
                    output.unicodeScalars.append(scalar)
                    // A second `?` makes it lazy; nothing may follow that.
                    quantified = true
                case "}":
                    output += "}"
                    quantified = true
                default: output.unicodeScalars.append(scalar)
                }
            }
            if inClass { throw fail("a class without its end") }
            return output
        }

        private func peek(_ ahead: Int = 0) -> Unicode.Scalar? {
            position + ahead < scalars.count ? scalars[position + ahead] : nil
        }

        private func fail(_ what: String) -> PatternError {
            PatternError(message: "\(what) at offset \(max(0, position - 1))")
        }

        private mutating func beginClass() {
            inClass = true
            output += "["
            if peek() == "^" {
                output += "^"
                position += 1
            }
        }

        private mutating func beginGroup() throws(PatternError) {
            output += "("
            guard let next = peek() else { return }
            if next == "*" { throw fail("nothing to repeat") }
            guard next == "?" else { return }
            let isName = peek(1) == "<" && peek(2) != "=" && peek(2) != "!"
            switch peek(1) {
            case ":", "=", "!": break
            case "<" where isName || peek(2) != nil: break
            default: throw fail("a group that ECMA 262 does not know")
            }
            output += "?"
            position += 1
        }

        private mutating func escape() throws(PatternError) {
            guard let scalar = peek() else { throw fail("a lone backslash") }
            position += 1
            switch scalar {
            case "d", "D", "w", "W", "f", "n", "r", "t": output += "\\\(scalar)"
            case "b": output += inClass ? #"\x{8}"# : #"\b"#
            case "B" where !inClass: output += #"\B"#
            case "v": output += #"\x{b}"#
            case "s": output += inClass ? ECMAPattern.spaces : "[\(ECMAPattern.spaces)]"
            case "S": output += inClass ? ECMAPattern.noSpaces : "[\(ECMAPattern.noSpaces)]"
            case "p", "P": try property(scalar)
            case "u": try unicode()
            case "x": output += "\\x{\(try hex(2))}"
            case "c":
                guard let letter = peek(), letter.isASCII, letter.properties.isAlphabetic else {
                    throw fail("a control escape without its letter")
                }
                position += 1
                output += "\\x{\(String(letter.value % 32, radix: 16))}"
            case "0":
                if let next = peek(), ("0"..."9").contains(next) { throw fail("an octal escape") }
                output += #"\x{0}"#
            case "1"..."9" where !inClass:
                var digits = String(scalar)
                while let next = peek(), ("0"..."9").contains(next) {
                    digits.unicodeScalars.append(next)
                    position += 1
                }
                output += "\\g{\(digits)}"
            case "k" where !inClass && peek() == "<": output += #"\k"#
            case _ where scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)):
                throw fail("\\\(scalar) is no escape of ECMA 262")
            case _ where scalar.isASCII: output += "\\\(scalar)"
            default: output.unicodeScalars.append(scalar)
            }
        }

        private mutating func property(_ letter: Unicode.Scalar) throws(PatternError) {
            guard peek() == "{", let end = scalars[position...].firstIndex(of: "}") else {
                throw fail("\\\(letter) without its name")
            }
            let text = String(String.UnicodeScalarView(scalars[(position + 1)..<end]))
            position = end + 1
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            let name: String
            switch (parts.first, parts.count) {
            case ("Script", 2), ("sc", 2): name = "sc:\(parts[1])"
            case ("Script_Extensions", 2), ("scx", 2): name = "scx:\(parts[1])"
            case ("General_Category", 2), ("gc", 2): name = ECMAPattern.categories[parts[1]] ?? parts[1]
            case (let single?, 1): name = ECMAPattern.categories[single] ?? single
            default: throw fail("\(text) is no property")
            }
            output += "\\\(letter){\(name)}"
        }

        /// `\uXXXX`, a pair of them for one character, or `\u{X}`.
        private mutating func unicode() throws(PatternError) {
            if peek() == "{", let end = scalars[position...].firstIndex(of: "}") {
                let digits = String(String.UnicodeScalarView(scalars[(position + 1)..<end]))
                guard let value = UInt32(digits, radix: 16), value <= 0x10FFFF else { throw fail("no character") }
                position = end + 1
                output += "\\x{\(String(value, radix: 16))}"
                return
            }
            var value = UInt32(try hex(4), radix: 16) ?? 0
            if (0xD800..<0xDC00).contains(value), peek() == "\\", peek(1) == "u" {
                position += 2
                let low = UInt32(try hex(4), radix: 16) ?? 0
                guard (0xDC00..<0xE000).contains(low) else { throw fail("half of a surrogate pair") }
                value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
            }
            output += "\\x{\(String(value, radix: 16))}"
        }

        private mutating func hex(_ count: Int) throws(PatternError) -> String {
            let digits = String(String.UnicodeScalarView(scalars[position...].prefix(count)))
            guard digits.utf8.count == count, UInt32(digits, radix: 16) != nil else {
                throw fail("an escape that lacks hexadecimal digits")
            }
            position += count
            return digits
        }
    }
}
