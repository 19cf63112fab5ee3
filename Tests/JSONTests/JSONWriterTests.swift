import Testing

@testable import JSON

@Suite("Writing JSON") struct JSONWriterTests {
    @Test("commas, names and values come out as one text") func all() {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("a")
        writer.beginArray()
        writer.number(-3)
        writer.number(0.1)
        writer.number(Double.nan)
        writer.bool(true)
        writer.null()
        writer.beginObject()
        writer.endObject()
        writer.endArray()
        writer.name(Array("é\"".utf8))
        writer.raw(Array("[1.50]".utf8))
        writer.name("s")
        writer.string("x")
        writer.endObject()
        #expect(
            String(decoding: writer.bytes, as: UTF8.self) == #"{"a":[-3,0.1,null,true,null,{}],"é\"":[1.50],"s":"x"}"#
        )
    }

    @Test("any text reads back as it was, in runs of every length") func roundTrip() throws {
        let awkward = ["\"", "\\", "\n", "\u{0}", "\u{1F}", "\u{7F}", "é", "😀", "\u{2028}", "/"]
        for length in 0..<20 {
            for piece in awkward {
                let text = String(repeating: "a", count: length) + piece + String(repeating: "b", count: 20 - length)
                var writer = JSONWriter()
                writer.string(text)
                #expect(try JSONTree.parse(writer.bytes).string == text)
            }
        }
    }

    @Test("malformed UTF-8 becomes U+FFFD, so that the text stays JSON") func malformed() throws {
        for bytes: [UInt8] in [
            [0xFF], [0xC3], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF0, 0x9F, 0x98], [0x61, 0x80, 0x62],
        ] {
            var writer = JSONWriter()
            writer.string(bytes)
            #expect(JSONReader.check(writer.bytes) == nil)
            #expect(try JSONTree.parse(writer.bytes).string?.contains("\u{FFFD}") == true)
        }
    }

    @Test("trees keep order, duplicates and the text of numbers") func trees() throws {
        let text = #"{"b":1.50,"a":[1E5,-0],"b":"x","e":{},"f":[]}"#
        let tree = try JSONTree.parse(Array(text.utf8))
        #expect(String(decoding: tree.encode(), as: UTF8.self) == text)
        #expect(tree["b"]?.string == "x" && tree["a"]?[0]?.double == 100_000 && tree["a"]?[2] == nil)
        #expect(
            String(decoding: tree.encode(pretty: true), as: UTF8.self).hasPrefix(
                "{\n  \"b\": 1.50,\n  \"a\": [\n    1E5,"
            )
        )
        #expect(throws: JSONError.self) { try JSONTree.parse(Array(text.utf8), refusingDuplicateNames: true) }
    }
}
