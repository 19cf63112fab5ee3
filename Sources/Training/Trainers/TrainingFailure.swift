import Harvest

/// Why there is no model: what the trainer said, in its own words, and what helps.
public struct TrainingFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The trainer's: `invalid_n_examples`, `server_error`, ...
    public var code: String?
    public var message: String
    /// A sentence; nil where the message says it all.
    public var advice: String?

    public init(_ message: String, code: String? = nil, advice: String? = nil) {
        self.code = code
        self.message = message
        self.advice = advice
    }

    public var description: String {
        (code.map { "\($0): " } ?? "") + message + (advice.map { " (\($0))" } ?? "")
    }
}

extension TrainingFailure {
    /// A job that failed at the provider's. WIRE has the codes and texts that were seen.
    /// - Parameter lines: of the training file, to name the candidates behind the numbers of a message.
    init(code: String?, message: String, lines: [DataSet.Line]) {
        let culprits = Self.lineNumbers(in: message).compactMap { number -> String? in
            guard lines.indices.contains(number - 1) else { return nil }
            return "line \(number) is candidate \(lines[number - 1].candidate)"
        }
        var advice: String?
        switch code {
        case "invalid_n_examples": advice = "generate or review more, and run the command again"
        case "invalid_training_file":
            advice =
                culprits.isEmpty
                ? "the file is beside its manifest: look at it, and reject what is wrong in the review"
                : culprits.prefix(10).joined(separator: ", ") + ": reject or edit it in the review"
        case "server_error": advice = "run the command again: a new job is made with the same files"
        case "insufficient_quota", "exceeded_quota": advice = "the provider's account has nothing left to spend"
        default: break
        }
        self.init(message, code: code, advice: advice)
    }

    /// Numbers behind "Line", "Lines", "Flagged lines" and "Example": those of a file's lines, from 1.
    static func lineNumbers(in message: String) -> [Int] {
        var numbers: [Int] = []
        var follows = false
        for word in message.split(whereSeparator: { $0 == " " || $0 == "," || $0 == ":" }) {
            let name = word.lowercased()
            if name == "line" || name == "lines" || name == "example" {
                follows = true
            } else if follows, let number = Int(word.prefix { $0.isASCII && $0.isNumber }) {
                numbers.append(number)
                // One follows "Line 1", several "Flagged lines: 4, 13".
            } else {
                follows = false
            }
        }
        return numbers
    }
}
