import JSON

/// What a line of a file says: a request, and what is to be answered.
struct ImportedExample {
    /// The line it begins on, from 1.
    var line: Int
    var question: Question
    var answer: Answer

    enum Question {
        /// The input itself.
        case input(String)
        /// The input as a training file for completions has it: phrased for the small model.
        case prompt(String)
        /// The messages, and the other members that belong to a request.
        case messages([JSONTree], rest: [JSONTree.Member])
    }

    enum Answer {
        case text(String)
        /// The text as a training file for completions has it: a space before it, the stop sequence after it.
        case completion(String)
        /// A message of the assistant.
        case message(JSONTree)
    }
}

/// What is wrong with a line, and how to mend it.
public struct ImportProblem: Error, Sendable, Equatable, CustomStringConvertible {
    /// From 1.
    public var line: Int
    public var message: String

    public var description: String { "line \(line): \(message)" }
}

/// The kinds of file that can be imported.
public enum ImportFormat: String, Sendable, CaseIterable {
    /// One object a line, of either dialect.
    case jsonl
    /// Columns named `input` and `output`, or `prompt` and `completion`.
    case csv

    /// By the ending of a file's name; nil: it says nothing.
    public init?(path: String) {
        guard let dot = path.lastIndex(of: ".") else { return nil }
        switch path[path.index(after: dot)...].lowercased() {
        case "jsonl", "ndjson", "json": self = .jsonl
        case "csv", "tsv": self = .csv
        default: return nil
        }
    }
}
