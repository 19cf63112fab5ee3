import Testing

@testable import Simulation

@Suite struct TokensTests {
    @Test("a line of the search language is cut at its operators")
    func searchLine() {
        let cut = tokens(of: Array(" kind:function duration>20ms".utf8)).map { String(decoding: $0, as: UTF8.self) }
        #expect(cut == [" kind", ":", "functi", "on", " durati", "on", ">", "20", "ms"])
    }

    @Test(
        "the tokens joined are the text",
        arguments: [
            "", " ", "a", "naïve café", "日本語", "👍🏽 ok", "1234567890", "\n\n###\n\n", "e\u{301}", "\u{10FFFF}\u{10FFFF}",
        ]
    )
    func joined(text: String) {
        let cut = tokens(of: Array(text.utf8))
        #expect(cut.flatMap(\.self) == Array(text.utf8))
        #expect(!cut.contains([]))
    }

    @Test("a scalar of four bytes is two tokens that are printed as bytes")
    func halves() {
        let cut = tokens(of: Array("👍".utf8))
        #expect(cut.map(printed) == ["\\xf0\\x9f", "\\x91\\x8d"])
    }

    @Test("characters are counted where they begin")
    func counted() {
        #expect(characters(in: Array("é👍a".utf8)) == 3)
        #expect(characters(in: tokens(of: Array("👍".utf8))[1]) == 0)
    }
}
