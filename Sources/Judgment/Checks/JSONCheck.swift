import Completions
import JSON

/// `json`: the text is one JSON value (RFC 8259), with no member name twice in one object.
struct JSONCheck: FormatCheck {
    static let name = "json"

    init() {}

    init(options: CheckOptions, files: CheckFiles) throws(CheckError) {
        _ = try OptionReader(options, check: Self.name, keys: [])
    }

    func begin() -> Run { Run() }

    struct Run: CheckRun {
        private var reader = JSONReader(refusingDuplicateNames: true)
        private var meter = ByteMeter()

        mutating func take(_ piece: TextBytes, scratch: JudgingScratch) {
            guard meter.pay(piece.count, scratch), reader.isViable else { return }
            var ignored = IgnoredEvents()
            try? reader.feed(piece, into: &ignored)
        }

        mutating func viability(_ soFar: TextBytes, scratch: JudgingScratch) -> Ruling {
            reader.failure.map { .fail($0.description) } ?? .pass
        }

        mutating func finish(_ whole: TextBytes, ending: FinishReason?, scratch: JudgingScratch) -> Ruling {
            if meter.isEmpty { return .limit("the text is too long to be read within the step budget") }
            var ignored = IgnoredEvents()
            do throws(JSONError) {
                try reader.finish(into: &ignored)
                return .pass
            } catch {
                return .fail(error.description)
            }
        }
    }
}

/// Pays for bytes of JSON, a step for 16, however they are cut.
struct ByteMeter {
    private var bytes = 0
    /// The budget could not pay.
    private(set) var isEmpty = false

    mutating func pay(_ count: Int, _ scratch: JudgingScratch) -> Bool {
        let before = bytes / 16
        bytes += count
        if !isEmpty, !scratch.budget.pay(bytes / 16 - before) { isEmpty = true }
        return !isEmpty
    }
}
