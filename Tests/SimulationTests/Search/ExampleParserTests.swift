import Foundation
import Testing

@testable import Simulation

/// The worked example's backend (`deploy/examples/codesearch`) parses what the gateway lets through: its parser and the
/// grammar have to agree about every line, of the language or not.
@Suite struct ExampleParserTests {
    @Test func `the example's parser accepts what the grammar accepts, and nothing else`() throws {
        let grammar = try CodeSearch.grammar()
        let lines = Array(Self.lines())
        let rulings = try Self.rulings(of: lines)
        try #require(rulings.count == lines.count)
        var accepted = 0
        for (line, ruling) in zip(lines, rulings) {
            let objection = CodeSearch.objection(to: line, by: grammar)
            #expect((ruling == "ok") == (objection == nil), "\(line): \(ruling), \(objection ?? "ok")")
            if objection == nil { accepted += 1 }
        }
        // Both kinds have to be there in numbers.
        #expect(accepted > 3000 && lines.count - accepted > 3000, "\(accepted) of \(lines.count)")
    }

    /// Lines that questions mean, readings that miss something, other notations, and all of them with one or two
    /// characters changed.
    private static func lines() -> Set<String> {
        var random = SplitMix(seed: 17)
        let letters = Array(" -:<>=\"\\*./+@_0179.abcdhiklmnoqrstuvwxyzAZéß,'()\u{1F600}")
        let parts = [
            "limit:5", "sort:name", "sort:-", "kind:file", "lines>=1", "name:\"a b\"", "-path:x", "duration<1.5s", " ",
        ]
        var lines: Set<String> = [""]
        for question in QuestionGenerator.questions(1200, seed: 31) {
            var texts = [question.line] + question.query.mistakes.wrong + question.query.mistakes.unreadable
            for text in texts {
                var changed = Array(text)
                for _ in 0..<Int.random(in: 1...2, using: &random) {
                    let at = Int.random(in: 0...changed.count, using: &random)
                    switch Int.random(in: 0..<5, using: &random) {
                    case 0: changed.insert(letters.randomElement(using: &random) ?? "x", at: at)
                    case 1 where at < changed.count: changed.remove(at: at)
                    case 2 where at < changed.count: changed[at] = letters.randomElement(using: &random) ?? "x"
                    case 3: changed = Array(changed[..<at])
                    default: changed += " " + (parts.randomElement(using: &random) ?? "")
                    }
                }
                texts.append(String(changed))
            }
            lines.formUnion(texts)
        }
        return lines
    }

    /// What `codesearch --check` says of each line.
    private static func rulings(of lines: [String]) throws -> [Substring] {
        let directory = FileManager.default.temporaryDirectory.appending(path: "understudy-lines-\(UUID().uuidString)")
        try Data(lines.joined(separator: "\n").utf8).write(to: directory)
        defer { try? FileManager.default.removeItem(at: directory) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/python3")
        process.arguments = [
            "-B", CodeSearch.directory.appending(path: "../../deploy/examples/codesearch").path, "--check",
        ]
        process.standardInput = try FileHandle(forReadingFrom: directory)
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let said = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: said, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    }
}
