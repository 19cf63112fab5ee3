import Completions

/// `one_of: [a, b]`: the text is one of a few labels.
///
/// `one_of: { values: [...], trim: true, case: exact | ignore }`. Trimming (the default) takes white space off both
/// ends of the text. `case: ignore` compares ASCII letters without their case, other characters exactly: no table of
/// foldings decides what a label is.
struct OneOfCheck: FormatCheck {
    static let name = "one_of"
    let values: [[UInt8]]
    let trim: Bool
    let ignoresCase: Bool

    init(options: CheckOptions, files: CheckFiles) throws(CheckError) {
        let reader = try OptionReader(options, check: Self.name, keys: ["values", "trim", "case"], listIsShort: true)
        trim = try reader.flag("trim", default: true)
        let ignoresCase = try reader.word("case", of: ["exact", "ignore"], default: "exact") == "ignore"
        self.ignoresCase = ignoresCase
        var values: [[UInt8]] = []
        for (position, text) in try reader.texts("values").enumerated() {
            let bytes = Array(text.utf8)
            if trim, let first = bytes.first, let last = bytes.last, isSpace(first) || isSpace(last) {
                throw CheckError(
                    check: Self.name,
                    path: ["values", String(position)],
                    message: "begins or ends with white space, which trim takes off the answer: it can never be met"
                )
            }
            values.append(ignoresCase ? bytes.map(lowered) : bytes)
        }
        if values.isEmpty { throw CheckError(check: Self.name, path: ["values"], message: "needs at least one value") }
        self.values = values
    }

    func begin() -> Run { Run(check: self) }

    struct Run: CheckRun {
        let check: OneOfCheck

        mutating func take(_ piece: TextBytes, scratch: JudgingScratch) {}

        /// Refuted when no label begins so. White space at the end may still turn out to be trimmed.
        mutating func viability(_ soFar: TextBytes, scratch: JudgingScratch) -> Ruling {
            let begun = check.trim ? soFar.drop(while: isSpace) : soFar[...]
            let trimmed = check.trim ? trimmedEnd(begun) : begun
            let viable = check.values.contains { value in
                check.starts(value, with: begun) || (value.count == trimmed.count && check.starts(value, with: trimmed))
            }
            return viable ? .pass : .fail("no label begins with \(quoted(soFar))")
        }

        mutating func finish(_ whole: TextBytes, ending: FinishReason?, scratch: JudgingScratch) -> Ruling {
            let begun = check.trim ? whole.drop(while: isSpace) : whole[...]
            let text = check.trim ? trimmedEnd(begun) : begun
            let met = check.values.contains { $0.count == text.count && check.starts($0, with: text) }
            return met ? .pass : .fail("\(quoted(whole)) is none of the \(check.values.count) labels")
        }
    }

    private func starts(_ value: [UInt8], with text: Slice<TextBytes>) -> Bool {
        guard text.count <= value.count else { return false }
        var position = 0
        for byte in text {
            if value[position] != (ignoresCase ? lowered(byte) : byte) { return false }
            position += 1
        }
        return true
    }
}

private func trimmedEnd(_ text: Slice<TextBytes>) -> Slice<TextBytes> {
    guard let last = text.lastIndex(where: { !isSpace($0) }) else { return text.prefix(0) }
    return text[text.startIndex...last]
}

private func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte)
}

private func lowered(_ byte: UInt8) -> UInt8 {
    (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
}

/// The beginning of a text, for a message: at most 40 bytes, whole characters, control characters made visible.
func quoted(_ text: some Collection<UInt8>) -> String {
    let shown = String(decoding: text.prefix(40), as: UTF8.self)
        .unicodeScalars.filter { $0 != "\u{FFFD}" }
        .map { $0.value < 0x20 || $0.value == 0x7F ? "\\u{\(String($0.value, radix: 16))}" : String($0) }
        .joined()
    return text.count > 40 ? "\"\(shown)...\"" : "\"\(shown)\""
}
