import Testing

@testable import JSON

@Suite("The incremental reader") struct JSONReaderTests {
    /// Writes down what it is told.
    private struct Log: JSONEvents {
        var lines: [String] = []
        private func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
        mutating func beginObject(at offset: Int) { lines.append("{@\(offset)") }
        mutating func endObject(at offset: Int) { lines.append("}@\(offset)") }
        mutating func beginArray(at offset: Int) { lines.append("[@\(offset)") }
        mutating func endArray(at offset: Int) { lines.append("]@\(offset)") }
        mutating func key(_ name: UnsafeBufferPointer<UInt8>, in range: Range<Int>) {
            lines.append("k \(text(name)) \(range)")
        }
        mutating func string(_ text: UnsafeBufferPointer<UInt8>, in range: Range<Int>) {
            lines.append("s \(self.text(text)) \(range)")
        }
        mutating func number(_ text: UnsafeBufferPointer<UInt8>, in range: Range<Int>) {
            lines.append("n \(self.text(text)) \(range)")
        }
        mutating func literal(_ literal: JSONLiteral, in range: Range<Int>) { lines.append("l \(literal) \(range)") }
    }

    private func events(_ bytes: [UInt8], split: Int) throws -> [String] {
        var log = Log()
        var reader = JSONReader()
        try reader.feed(bytes[..<split], into: &log)
        try reader.feed(bytes[split...], into: &log)
        try reader.finish(into: &log)
        return log.lines
    }

    private let document = #" {"a\u00e9" : [1, -0.5e+3,true ,"x\n\ud83d\ude00😀"] , "":{}, "n":null} "#

    @Test("events carry decoded text and exact places, wherever the bytes are split") func everySplit() throws {
        let bytes = Array(document.utf8)
        let expected = [
            "{@1", "k aé 2..<11", "[@14", "n 1 15..<16", "n -0.5e+3 18..<25", "l true 26..<30", "s x\n😀😀 32..<53",
            "]@53",
            "k  57..<59", "{@60", "}@61", "k n 64..<67", "l null 68..<72", "}@72",
        ]
        for split in 0...bytes.count { #expect(try events(bytes, split: split) == expected, "split at \(split)") }
    }

    @Test(
        "after each byte it is known whether the prefix can still become JSON",
        arguments: [
            ("[1,]", 3), ("{\"a\" 1}", 5), ("01", 1), ("-x", 1), ("1.e", 2), ("1e+]", 3), ("tru3", 3), ("\"\\x", 2),
            ("\"\\u12G4", 5), ("\"\\ud800x", 7), ("\"\\udc", 4), ("\"\\ud83d\\u00", 10), ("\"\u{1}", 1), ("]", 0),
            ("{,", 1),
            ("[}", 1), ("1 2", 2), ("{}x", 2), ("nul ", 3), ("\u{FEFF}1", 0), ("[1 2]", 3), ("{1:2}", 1),
            ("{\"a\":}", 5),
        ]
    ) func hopeless(text: String, at place: Int) throws {
        var reader = JSONReader()
        var ignored = IgnoredEvents()
        let bytes = Array(text.utf8)
        for byte in bytes[..<place] { try reader.feed(byte, into: &ignored) }
        #expect(reader.isViable)
        #expect(throws: JSONError.self) { try reader.feed(bytes[place], into: &ignored) }
        #expect(!reader.isViable && reader.failure?.offset == place)
        #expect(throws: JSONError.self) { try reader.feed(UInt8(ascii: " "), into: &ignored) }
        #expect(throws: JSONError.self) { try reader.finish(into: &ignored) }
    }

    @Test("a whole value is known as such; a number may go on") func complete() throws {
        for (text, complete) in [
            ("1", true), ("1.", false), ("[1]", true), ("[", false), ("\"a", false), ("tru", false), ("", false),
            ("-", false), ("0e1", true),
        ] {
            var reader = JSONReader()
            var ignored = IgnoredEvents()
            try reader.feed(text.utf8, into: &ignored)
            #expect(reader.isComplete == complete, "\(text)")
            let finished = (try? reader.finish(into: &ignored)) != nil
            #expect(finished == complete, "\(text)")
        }
    }

    @Test("errors name offset, line and column") func places() {
        let error = JSONReader.check(Array("{\n  \"a\": 1,\n  \"b\": tru }".utf8))
        #expect(error == JSONError(.badLiteral, offset: 22, line: 3, column: 11))
        #expect(JSONReader.check([])?.reason == .empty)
        #expect(JSONReader.check(Array("[1".utf8))?.reason == .unexpectedEnd)
        #expect(error.map { "\($0)" } == "a word that is neither true, false nor null at line 3, column 11")
    }

    @Test("UTF-8 is checked at every boundary of RFC 3629") func utf8() {
        func accepted(_ bytes: [UInt8]) -> Bool { JSONReader.check([0x22] + bytes + [0x22]) == nil }
        let good: [[UInt8]] = [
            [0xC2, 0x80], [0xDF, 0xBF], [0xE0, 0xA0, 0x80], [0xED, 0x9F, 0xBF], [0xEE, 0x80, 0x80], [0xEF, 0xBF, 0xBF],
            [0xF0, 0x90, 0x80, 0x80], [0xF4, 0x8F, 0xBF, 0xBF],
        ]
        let bad: [[UInt8]] = [
            [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xE0, 0x9F, 0x80], [0xED, 0xA0, 0x80],
            [0xF0, 0x8F, 0xBF, 0xBF],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xE2, 0x82], [0xF0, 0x9F, 0x98],
        ]
        for bytes in good { #expect(accepted(bytes), "\(bytes)") }
        for bytes in bad {
            #expect(!accepted(bytes), "\(bytes)")
            #expect(throws: JSONError.self) { try JSONParser().parse([0x22] + bytes + [0x22], integers: .any) }
        }
    }

    @Test("depth is limited exactly, by both readers") func depth() throws {
        func nested(_ levels: Int) -> [UInt8] {
            Array(repeating: UInt8(ascii: "["), count: levels) + Array(repeating: UInt8(ascii: "]"), count: levels)
        }
        let parser = JSONParser()
        for limit in [1, 3, 64] {
            for (levels, fits) in [(limit, true), (limit + 1, false), (limit + 500, false)] {
                #expect((JSONReader.check(nested(levels), depthLimit: limit) == nil) == fits)
                for integers in [JSONParser.Integers.bounded, .any] {
                    let parsed = try? parser.parse(nested(levels), integers: integers, depthLimit: limit)
                    #expect((parsed != nil) == fits, "\(levels) of \(limit)")
                }
            }
        }
    }

    @Test("duplicate names are found by their decoded text, within one object, few or many") func duplicates() {
        func refused(_ text: String) -> Bool {
            JSONReader.check(Array(text.utf8), refusingDuplicateNames: true)?.reason == .duplicateName
        }
        #expect(refused(#"{"a":1,"b":2,"\u0061":3}"#))
        #expect(refused(#"[{"x":{"a":1,"a":2}}]"#))
        #expect(!refused(#"{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}"#))
        #expect(!refused(#"{"":1,"a":{"":2}}"#))
        let many = (0..<40_000).map { #""k\#($0)":{"k\#($0)":0}"# }.joined(separator: ",")
        #expect(!refused("{\(many)}"))
        #expect(refused("{\(many),\"k9\":0}"))
    }

    @Test(
        "what has begun is shown",
        arguments: [
            (#"{"key":"ab\n\u00e9\ud8"#, "string \"ab\n\u{e9}\" at 7"), (#"""#, #"string "" at 0"#), (#""a""#, ""),
            (#"{"k"#, #"name "k" at 1"#), ("{", ""), (#"{"k""#, ""), (#"{"k":"#, ""), (#"{"k":1, "#, "member at 8"),
            ("[", ""), ("[1,", "item at 3"), ("[[1],[2] , ", "item at 11"), (#"[{},{"a":[],"#, "member at 12"),
            ("", ""),
            ("-", "number - at 0"), ("[1.5e+", "number 1.5e+ at 1"), ("12", "number 12 at 0"), ("[12 ", ""),
            (#"{"a": t"#, "true at 6"), ("fals", "false at 0"), ("[null", ""), ("[nul", "null at 1"), ("[nut", ""),
        ]
    )
    func beginnings(text: String, shown: String) {
        var reader = JSONReader()
        var ignored = IgnoredEvents()
        try? reader.feed(Array(text.utf8), into: &ignored)
        var found = Shown()
        reader.showBeginning(to: &found)
        #expect(found.text == shown)
    }

    @Test("half a character of a string is not shown") func halfACharacter() throws {
        var reader = JSONReader()
        var ignored = IgnoredEvents()
        try reader.feed(Array(#"{"key":"é"#.utf8) + [0xF0, 0x9F], into: &ignored)
        var found = Shown()
        reader.showBeginning(to: &found)
        #expect(found.text == #"string "é" at 7"#)
        #expect(reader.isInString && reader.depth == 1)
    }

    @Test("a scalar that has begun says where it lies") func openScalar() throws {
        func open(_ text: String) throws -> Range<Int>? {
            var reader = JSONReader()
            var ignored = IgnoredEvents()
            try reader.feed(Array(text.utf8), into: &ignored)
            return reader.openScalar
        }
        #expect(try open(#"{"k"#) == nil)
        #expect(try open(#"{"k": "#) == nil)
        #expect(try open(#"{"k": ""#) == 7..<7)
        #expect(try open(#"{"k": "é\u0"#) == 7..<12)
        #expect(try open("[-") == 1..<2)
        #expect(try open("[-1.5e") == 1..<6)
        #expect(try open("[tru") == 1..<4)
        #expect(try open("[1 ") == nil)
        #expect(try open(#""a""#) == nil)
    }
}

/// Writes down what is shown.
private struct Shown: JSONBeginnings {
    private(set) var text = ""

    private func quoted(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        "\"\(String(decoding: bytes, as: UTF8.self))\""
    }

    mutating func nameBegins(_ name: UnsafeBufferPointer<UInt8>, at offset: Int) {
        text += "name \(quoted(name)) at \(offset)"
    }

    mutating func stringBegins(_ string: UnsafeBufferPointer<UInt8>, at offset: Int) {
        text += "string \(quoted(string)) at \(offset)"
    }

    mutating func numberBegins(_ number: UnsafeBufferPointer<UInt8>, at offset: Int) {
        text += "number \(String(decoding: number, as: UTF8.self)) at \(offset)"
    }

    mutating func literalBegins(_ literal: JSONLiteral, at offset: Int) { text += "\(literal) at \(offset)" }

    mutating func memberIsDue(at offset: Int) { text += "member at \(offset)" }

    mutating func itemIsDue(at offset: Int) { text += "item at \(offset)" }
}
