import Testing

@testable import JSON

@Suite("The parser over simdjson") struct JSONParserTests {
    @Test("nodes are raw slices of the text, in order") func nodes() throws {
        let body = Array(#" { "a" : [ 1 , "x\n" , {} ] , "b\u0062" : -2.50 , "c":null } "#.utf8)
        for integers in [JSONParser.Integers.bounded, .any] {
            let parser = JSONParser()
            let root = try parser.parse(body, integers: integers)
            #expect(root.kind == .object && root.memberCount == 3)
            #expect(
                root.members.map { String(decoding: $0.value.raw, as: UTF8.self) } == [
                    #"[ 1 , "x\n" , {} ]"#, "-2.50", "null",
                ]
            )
            let elements = try #require(root["a"]).elements.map(\.kind)
            #expect(elements == [.number, .string, .object])
            #expect(root["bb"]?.double == -2.5 && root["c"]?.isNull == true && root["d"] == nil)
            #expect(root["a"].map { String(decoding: body[$0.range], as: UTF8.self) } == #"[ 1 , "x\n" , {} ]"#)
        }
    }

    @Test("integers and doubles are read to the bit") func numbers() throws {
        let parser = JSONParser()
        for text in ["0", "-0", "7", "9223372036854775807", "-9223372036854775808"] {
            #expect(try parser.parse(Array(text.utf8), integers: .any).int == Int(text))
        }
        for text in ["9223372036854775808", "1.0", "1e2"] {
            #expect(try parser.parse(Array(text.utf8), integers: .any).int == nil)
        }
        for text in [
            "-0.1234", "0.1", "1e-7", "123456789012345678", "-0.12345678806304932", "5e-324", "1.7976931348623157e308",
            "0.30000000000000004", "9007199254740993", "1e23", "2.2250738585072011e-308", "-9999.0", "0.0",
        ] {
            #expect(try parser.parse(Array(text.utf8), integers: .any).double == Double(text), "\(text)")
        }
        #expect(try parser.parse(Array("1e999".utf8), integers: .any).double == .infinity)
        #expect(try parser.parse(Array("1e-999".utf8), integers: .any).double == 0)
    }

    @Test("bounded integers are refused with their place") func bounded() throws {
        let parser = JSONParser()
        let body = Array("{\"a\": 1,\n \"b\": 18446744073709551616}".utf8)
        let error = try #require(throws: JSONError.self) { try parser.parse(body, integers: .bounded) }
        #expect(error == JSONError(.numberOutOfRange, offset: 15, line: 2, column: 7))
        #expect(throws: Never.self) { try parser.parse(Array("18446744073709551615".utf8), integers: .bounded) }
    }

    /// The two readers were written apart: what they say of any text must be the same.
    @Test("both readers decide alike on mutated text", arguments: 0..<20) func differential(seed: UInt64) throws {
        var state = seed &* 7919 &+ 1
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        let alphabet =
            Array(#"{}[]:,"\/ 0123456789-+.eEtrufalsn"#.utf8) + [
                0x0A, 0x00, 0x1F, 0x7F, 0xC3, 0xA9, 0xF0, 0xED, 0xA0, 0x80,
            ]
        let texts = [
            #"{"a":[1,-2.5e+3,"x\n\u00e9\ud83d\ude00"],"b":{"":null,"c":[true,false,[[]],{}]}}"#,
            "[\"é😀\\\\\\\"\", 0.1 , 12345678901234567890123 ,\n{\"k\" : \"v\"} ]", "\"\\ud83d\\ude00\"", "-0", " [ ] ",
        ].map { Array($0.utf8) }
        let parser = JSONParser()
        for text in texts {
            for _ in 0..<400 {
                var bytes = text
                for _ in 0...random(3) {
                    let place = random(bytes.count)
                    switch random(3) {
                    case 0: bytes[place] = alphabet[random(alphabet.count)]
                    case 1: bytes.insert(alphabet[random(alphabet.count)], at: place)
                    default: if bytes.count > 1 { bytes.remove(at: place) }
                    }
                }
                let reader = JSONReader.check(bytes) == nil
                #expect(((try? parser.parse(bytes, integers: .any)) != nil) == reader, "\(bytes)")
                if (try? parser.parse(bytes, integers: .bounded)) != nil { #expect(reader, "\(bytes)") }
            }
        }
    }

    @Test("duplicate names are found decoded, the first to repeat, few or many") func duplicates() throws {
        let parser = JSONParser()
        func duplicate(_ text: String) throws -> String? {
            let root = try parser.parse(Array(text.utf8), integers: .any)
            return parser.duplicateName(in: root).map { String(decoding: $0.raw, as: UTF8.self) }
        }
        #expect(try duplicate(#"{"a":{"a":1},"b":2}"#) == nil)
        #expect(try duplicate(#"{"a":1,"\u0061":2,"a":3}"#) == #""\u0061""#)
        let many = (0..<100).map { #""k\#($0)":\#($0)"# }.joined(separator: ",")
        #expect(try duplicate("{\(many)}") == nil)
        #expect(try duplicate("{\(many),\"k7\":1,\"k\\u0033\":1}") == #""k7""#)
    }

    @Test("white space outside strings is removed, nothing else") func compact() {
        var bytes: [UInt8] = []
        Array("{ \"a b\" :\n[ 1 ,\t\"\\\" \" ] }".utf8).withUnsafeBufferPointer {
            JSONText.appendCompact($0, to: &bytes)
        }
        #expect(String(decoding: bytes, as: UTF8.self) == #"{"a b":[1,"\" "]}"#)
    }
}
