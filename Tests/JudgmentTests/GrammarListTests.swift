import Foundation
import Testing

@testable import Judgment

/// Which lists may be put in order, and what that makes of a text.
@Suite struct GrammarListTests {
    private func canonical(_ grammar: String, _ text: String) throws -> String? {
        try GrammarList(Array(grammar.utf8)).canonical(Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `the terms of the example language are in order, sort and limit stay`() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../config/code-search/code-search.gbnf").standardized
        let grammar = try String(contentsOf: file, encoding: .utf8)
        #expect(
            try canonical(grammar, #"recursive:true -path:"b a/*" kind:function sort:-duration limit:10"#)
                == #"-path:"b a/*" kind:function recursive:true sort:-duration limit:10"#
        )
        #expect(try canonical(grammar, "limit:3") == "limit:3")
        #expect(try canonical(grammar, "kind:nothing") == nil)
    }

    @Test(arguments: [
        (#"root ::= w (" " w)*"#, "b a", "a b"), (#"root ::= w ([ \t]+ w)* "!"?"#, "b  c a!", "a  b  c!"),
        ("root ::= w (ws w)*\nws ::= \" \" | \"\\n\"", "b a", "a b"),
        // Order counts where something else stands between the items, or nothing may.
        (#"root ::= w ("," w)*"#, "b,a", "b,a"), (#"root ::= w (" | " w)*"#, "b | a", "b | a"),
        ("root ::= w w?", "b", "b"),
        // In order it would be no sentence.
        (#"root ::= w (" " w)* | "b" " " "c!""#, "b c!", "b c!"),
    ])
    func `a list of items between spaces is put in order`(grammar: String, text: String, expected: String) throws {
        #expect(try canonical(grammar + "\nw ::= [a-z]", text) == expected)
    }
}
