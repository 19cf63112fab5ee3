import Completions
import Foundation
import JSON

@testable import Judgment

/// The official JSON-Schema-Test-Suite, as it lies beside the project: not copied into it.
struct SchemaSuite {
    struct Group {
        let file: String
        let description: String
        let schema: JSONTree
        let tests: [Case]
    }

    struct Case {
        let description: String
        let text: [UInt8]
        let valid: Bool
    }

    static let directory = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../shared/data/json-schema-test-suite").standardized

    static var isPresent: Bool { FileManager.default.fileExists(atPath: directory.path) }

    /// All groups of one folder (`draft7`, `draft2020-12/optional`).
    static func groups(_ folder: String) throws -> [Group] {
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.appending(path: folder).path)
        return try names.filter { $0.hasSuffix(".json") }.sorted().flatMap { name in
            let bytes = [UInt8](try Data(contentsOf: directory.appending(path: folder).appending(path: name)))
            return try (JSONTree.parse(bytes).array ?? []).map { group in
                Group(
                    file: String(name.dropLast(5)),
                    description: group["description"]?.string ?? "",
                    schema: group["schema"] ?? .null,
                    tests: (group["tests"]?.array ?? []).map {
                        Case(
                            description: $0["description"]?.string ?? "",
                            text: ($0["data"] ?? .null).encode(),
                            valid: $0["valid"]?.bool ?? false
                        )
                    }
                )
            }
        }
    }

    /// The draft that a folder's schemas are of, for those that do not say.
    static func compile(_ schema: JSONTree, folder: String) throws(SchemaError) -> SchemaProgram {
        var schema = schema
        if folder.hasPrefix("draft7"), case .object(let members) = schema, schema["$schema"] == nil {
            let draft = JSONTree.Member(name: "$schema", value: .string("http://json-schema.org/draft-07/schema#"))
            schema = .object([draft] + members)
        }
        return try SchemaCompiler.compile(schema, assertsFormat: false)
    }
}

/// Feeds a run in pieces; asks about every prefix if `asking`.
func judged(
    _ check: some FormatCheck,
    _ text: [UInt8],
    pieces: Int,
    asking: Bool = false
) -> (ruling: Ruling, refutedAt: Int?) {
    let scratch = JudgingScratch()
    var run = check.begin()
    var refutedAt: Int?
    return text.withUnsafeBufferPointer { whole in
        var start = 0
        while start < whole.count {
            let end = min(whole.count, start + max(1, pieces))
            run.take(TextBytes(rebasing: whole[start..<end]), scratch: scratch)
            start = end
            if asking, refutedAt == nil, run.viability(TextBytes(rebasing: whole[..<end]), scratch: scratch) != .pass {
                refutedAt = end
            }
        }
        return (run.finish(whole, ending: .stop, scratch: scratch), refutedAt)
    }
}

extension Ruling {
    var passes: Bool { self == .pass }
}
