import Completions
import Foundation
import Judgment

/// The worked example, `config/code-search`: what the simulator writes has to pass the checks of its routes.
enum CodeSearch {
    static let directory = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../config/code-search").standardized

    static func grammar() throws -> any FormatCheck { try check("grammar", "code-search.gbnf") }
    static func schema() throws -> any FormatCheck { try check("json_schema", "characteristics.json") }

    /// Why an answer does not pass; nil if it does.
    static func objection(to answer: String, by check: any FormatCheck) -> String? {
        let bytes = Array(answer.utf8)
        return switch bytes.withUnsafeBufferPointer({ check.judge($0, ending: .stop, scratch: JudgingScratch()) }) {
        case .pass: nil
        case .fail(let words), .limit(let words): words
        }
    }

    private static func check(_ name: String, _ file: String) throws -> any FormatCheck {
        try KnownChecks.make(name, options: .string(file)) { path in
            [UInt8](try Data(contentsOf: directory.appending(path: path)))
        }
    }
}
