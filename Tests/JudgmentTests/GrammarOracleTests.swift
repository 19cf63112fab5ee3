import Foundation
import JSON
import Testing

@testable import Judgment

/// Our recogniser and lark's Earley parser say the same of every text and of every beginning of one.
///
/// The cases are made by `deploy/acceptance/grammars.py`, which `deploy/test.sh` runs; `UNDERSTUDY_GRAMMAR_CASES` names
/// its file.
@Suite struct GrammarOracleTests {
    static let cases = ProcessInfo.processInfo.environment["UNDERSTUDY_GRAMMAR_CASES"]

    @Test(.enabled(if: cases != nil, "UNDERSTUDY_GRAMMAR_CASES names no file: skipped"))
    func `lark says the same of every text and every beginning of one`() throws {
        let path = try #require(Self.cases)
        let lines = [UInt8](try Data(contentsOf: URL(filePath: path))).split(separator: UInt8(ascii: "\n"))
        var texts = 0
        var sentences = 0
        var refuted = 0
        for line in lines {
            let tree = try JSONTree.parse(Array(line))
            let grammar = try #require(tree["grammar"]?.string)
            let forms = try [true, false].map { try GrammarText(grammar, determines: $0) }
            for entry in try #require(tree["cases"]?.array) {
                let parts = try #require(entry.array)
                let text = try #require(parts.first?.string)
                guard case .number(let digits) = parts[1] else {
                    Issue.record("a case without a number")
                    return
                }
                let viable = try #require(Int(String(decoding: digits, as: UTF8.self)))
                let isSentence = try #require(parts[2].bool as Bool?)
                for form in forms {
                    let ours = try #require(
                        form.read(text.unicodeScalars.map(\.value)),
                        "the budget ended: \(grammar)\n\(text)"
                    )
                    #expect(
                        ours.viable == viable && ours.isSentence == isSentence,
                        "\(grammar)\n\(text)\nlark: \(viable), \(isSentence); ours: \(ours)"
                    )
                    #expect(form.accepts(text) == isSentence)
                }
                texts += 1
                sentences += isSentence ? 1 : 0
                refuted += viable < text.unicodeScalars.count ? 1 : 0
            }
        }
        print(
            "lark: \(lines.count) grammars, \(texts) texts, \(sentences) sentences, \(refuted) refuted before their end"
        )
        #expect(lines.count > 100)
        #expect(sentences > 1000)
        #expect(refuted > 1000)
    }
}
