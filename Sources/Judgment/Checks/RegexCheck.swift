import Completions

/// `regex: '^[a-z ]+$'`: the pattern is found in the text.
///
/// PCRE2's language, search semantics; `$` is the very end. A pattern that can match at the text's beginning only also
/// refutes prefixes, at some of the questions (`CompiledPattern.isDue`).
struct RegexCheck: FormatCheck {
    static let name = "regex"
    let pattern: CompiledPattern
    let text: String

    init(options: CheckOptions, files: CheckFiles) throws(CheckError) {
        let reader = try OptionReader(options, check: Self.name, keys: ["pattern"])
        text = try reader.requiredText("pattern", "a pattern")
        do throws(PatternError) {
            pattern = try CompiledPattern(text)
        } catch {
            throw CheckError(check: Self.name, path: ["pattern"], message: error.message)
        }
    }

    func begin() -> Run { Run(check: self) }

    struct Run: CheckRun {
        let check: RegexCheck
        private var asked = 0
        private var refuted = false

        init(check: RegexCheck) {
            self.check = check
        }

        mutating func take(_ piece: TextBytes, scratch: JudgingScratch) {}

        mutating func viability(_ soFar: TextBytes, scratch: JudgingScratch) -> Ruling {
            asked += 1
            if !refuted, CompiledPattern.isDue(look: asked) {
                refuted = !check.pattern.isViable(soFar, scratch: scratch)
            }
            return refuted
                ? .fail("nothing that begins with \(quoted(soFar)) matches \(quoted(check.text.utf8))") : .pass
        }

        mutating func finish(_ whole: TextBytes, ending: FinishReason?, scratch: JudgingScratch) -> Ruling {
            switch check.pattern.search(whole, scratch: scratch) {
            case .found: .pass
            case .notFound: .fail("\(quoted(whole)) does not match \(quoted(check.text.utf8))")
            case .limit: .limit("matching \(quoted(check.text.utf8)) took too many steps")
            }
        }
    }
}
