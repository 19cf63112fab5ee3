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
            var ignored = IgnoredEvents()
            forEachStretch(of: piece) { stretch in
                guard meter.pay(stretch.count, scratch), reader.isViable else { return false }
                try? reader.feed(stretch, into: &ignored)
                return true
            }
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

/// Pays for bytes of JSON, a step for two, however they are cut.
struct ByteMeter {
    private var bytes = 0
    /// The budget could not pay.
    private(set) var isEmpty = false

    mutating func pay(_ count: Int, _ scratch: JudgingScratch) -> Bool {
        let before = bytes / 2
        bytes += count
        if !isEmpty, !scratch.budget.pay(bytes / 2 - before) { isEmpty = true }
        return !isEmpty
    }
}

/// Cuts a long piece into stretches of 4 KiB, so that what is decided, or cannot be paid for, is not read to its end.
func forEachStretch(of piece: TextBytes, _ body: (TextBytes) -> Bool) {
    var start = 0
    while start < piece.count {
        let end = min(piece.count, start + 4096)
        guard body(TextBytes(rebasing: piece[start..<end])) else { return }
        start = end
    }
}
