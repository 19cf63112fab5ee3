import Completions

/// `max_chars: 2000`: at most so many Unicode scalars.
struct MaxCharsCheck: FormatCheck {
    static let name = "max_chars"
    let most: Int

    init(options: CheckOptions, files: CheckFiles) throws(CheckError) {
        most = try OptionReader(options, check: Self.name, keys: ["characters"]).count("characters")
    }

    func begin() -> Run { Run(most: most) }

    struct Run: CheckRun {
        let most: Int
        var counted = 0

        mutating func take(_ piece: TextBytes, scratch: JudgingScratch) {
            counted += countScalars(piece)
        }

        mutating func viability(_ soFar: TextBytes, scratch: JudgingScratch) -> Ruling {
            counted <= most ? .pass : .fail("more than \(most) characters")
        }

        mutating func finish(_ whole: TextBytes, ending: FinishReason?, scratch: JudgingScratch) -> Ruling {
            counted <= most ? .pass : .fail("\(counted) characters, expected at most \(most)")
        }
    }
}

/// `min_chars: 1`: at least so many Unicode scalars.
struct MinCharsCheck: FormatCheck {
    static let name = "min_chars"
    let least: Int

    init(options: CheckOptions, files: CheckFiles) throws(CheckError) {
        least = try OptionReader(options, check: Self.name, keys: ["characters"]).count("characters")
    }

    func begin() -> Run { Run(least: least) }

    struct Run: CheckRun {
        let least: Int
        var counted = 0

        mutating func take(_ piece: TextBytes, scratch: JudgingScratch) {
            counted += countScalars(piece)
        }

        /// More can always come.
        mutating func viability(_ soFar: TextBytes, scratch: JudgingScratch) -> Ruling { .pass }

        mutating func finish(_ whole: TextBytes, ending: FinishReason?, scratch: JudgingScratch) -> Ruling {
            counted >= least ? .pass : .fail("\(counted) characters, expected at least \(least)")
        }
    }
}

/// Unicode scalars that begin in these bytes: every byte of UTF-8 that is no continuation begins one.
func countScalars(_ bytes: TextBytes) -> Int {
    var count = 0
    for byte in bytes where byte & 0xC0 != 0x80 { count += 1 }
    return count
}
