import Completions

/// `one_of: [a, b]`: the text is one of a few labels.
///
/// `one_of: { values: [...], trim: true, case: exact | ignore }`. Trimming (the default) takes white space off both
/// ends of the text. `case: ignore` compares ASCII letters without their case, other characters exactly: no table of
/// foldings decides what a label is.
struct OneOfCheck: FormatCheck {
    static let name = "one_of"
    /// In ascending order, lowered where case is ignored.
    let values: [[UInt8]]
    let labels: [String]?
    let trim: Bool
    let ignoresCase: Bool

    init(options: CheckOptions, files: CheckFiles) throws(CheckError) {
        let reader = try OptionReader(options, check: Self.name, keys: ["values", "trim", "case"], listIsShort: true)
        trim = try reader.flag("trim", default: true)
        let ignoresCase = try reader.word("case", of: ["exact", "ignore"], default: "exact") == "ignore"
        self.ignoresCase = ignoresCase
        var values: [[UInt8]] = []
        let texts = try reader.texts("values")
        labels = texts
        for (position, text) in texts.enumerated() {
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
        self.values = values.sorted { $0.lexicographicallyPrecedes($1) }
    }

    func begin() -> Run { Run(check: self) }

    /// The labels are sorted: those that begin with what was read are neighbours, fewer with every byte.
    struct Run: CheckRun {
        private let check: OneOfCheck
        private var low = 0
        private var high: Int
        /// Bytes of the labels that were read, white space that may yet be trimmed included.
        private var depth = 0
        /// What was read, without white space to be trimmed, is a label.
        private var isMet: Bool

        init(check: OneOfCheck) {
            self.check = check
            high = check.values.count
            isMet = check.values.first?.isEmpty ?? false
        }

        private var isViable: Bool { low < high || isMet }

        mutating func take(_ piece: TextBytes, scratch: JudgingScratch) {
            for byte in piece where isViable { take(byte) }
        }

        private mutating func take(_ byte: UInt8) {
            let isTrimmable = check.trim && isSpace(byte)
            if isTrimmable, depth == 0 { return }
            let byte = check.ignoresCase ? lowered(byte) : byte
            while low < high, check.values[low].count <= depth || check.values[low][depth] < byte { low += 1 }
            while low < high, check.values[high - 1][depth] > byte { high -= 1 }
            depth += 1
            if !isTrimmable { isMet = low < high && check.values[low].count == depth }
        }

        /// Refuted when no label begins so. White space at the end may still turn out to be trimmed.
        mutating func viability(_ soFar: TextBytes, scratch: JudgingScratch) -> Ruling {
            isViable ? .pass : .fail("no label begins with \(quoted(soFar))")
        }

        mutating func finish(_ whole: TextBytes, ending: FinishReason?, scratch: JudgingScratch) -> Ruling {
            isMet ? .pass : .fail("\(quoted(whole)) is none of the \(check.values.count) labels")
        }
    }
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
