import Completions

/// `finished`: the model ended by itself. `finish_reason` is `stop` or `tool_calls`; a cut, filtered or unexplained
/// end fails.
struct FinishedCheck: FormatCheck {
    static let name = "finished"

    init(options: CheckOptions, files: CheckFiles) throws(CheckError) {
        _ = try OptionReader(options, check: Self.name, keys: [])
    }

    func begin() -> Run { Run() }

    struct Run: CheckRun {
        mutating func take(_ piece: TextBytes, scratch: JudgingScratch) {}

        /// How a text ends is not known before it does.
        mutating func viability(_ soFar: TextBytes, scratch: JudgingScratch) -> Ruling { .pass }

        mutating func finish(_ whole: TextBytes, ending: FinishReason?, scratch: JudgingScratch) -> Ruling {
            switch ending {
            case .stop, .toolCalls: .pass
            case let other?: .fail("finish_reason is \(other.text), expected stop or tool_calls")
            case nil: .fail("finish_reason is missing, expected stop or tool_calls")
            }
        }
    }
}
