import Testing

@testable import Completions

@Suite("Server-sent events") struct EventReaderTests {
    /// The data of all events, and whether the reader refused what came after them.
    static func read(_ bytes: [UInt8], limit: Int = 1_000, sizes: () -> Int = { .max }) -> (
        data: [String], refused: Bool
    ) {
        var reader = EventReader(limit: limit)
        var data: [String] = []
        var rest = bytes[...]
        do throws(EventReader.TooLarge) {
            while !rest.isEmpty {
                let part = rest.prefix(sizes())
                part.withUnsafeBytes { reader.feed($0) }
                rest = rest[part.endIndex...]
                while try reader.next() { data.append(reader.withData { String(decoding: $0, as: UTF8.self) }) }
            }
            return (data, false)
        } catch { return (data, true) }
    }

    static func read(_ stream: String) -> [String] { read(Array(stream.utf8)).data }

    static let streams: [(String, [String])] = [
        ("data: a\n\ndata: b\n\n", ["a", "b"]),
        ("data: a\r\n\r\ndata: b\r\n\r\n", ["a", "b"]),
        ("data: a\r\rdata: b\r\r", ["a", "b"]),
        ("data: a\r\ndata: b\rdata: c\n\r\n", ["a\nb\nc"]),
        ("data: a\n\r\ndata: b\r\n\n", ["a", "b"]),
        ("\u{FEFF}data: a\n\n", ["a"]),
        ("\u{FEFF}\u{FEFF}data: a\n\ndata: b\n\n", ["b"]),
        ("data:a\n\ndata:  b\n\ndata:\tc\n\n", ["a", " b", "\tc"]),
        (": a comment\n\n:\n: data: x\ndata: a\n:\n\n", ["a"]),
        ("event: x\nid: 3\nretry: 10\ndata: a\nevent: y\n\n", ["a"]),
        ("data\n\ndata:\n\ndata: \n\n", ["", "", ""]),
        ("data\ndata\n\n", ["\n"]),
        ("datas: a\ndat: b\n data: c\nDATA: d\n\ndata: e\n\n", ["e"]),
        ("event: x\n\n\n\n\n", []),
        ("data: a\n", []), ("data: a", []), ("", []), ("\n\n", []), ("\u{FEFF}", []),
        ("data: {\"a\":\ndata: 1}\n\n", ["{\"a\":\n1}"]),
        ("data: a:b: c\n\n", ["a:b: c"]),
    ]

    @Test("fields, comments, line ends and the mark are read as the standard has them", arguments: streams)
    func standard(stream: String, events: [String]) {
        #expect(Self.read(stream) == events)
    }

    @Test("what is read does not depend on where the bytes are split", arguments: streams)
    func split(stream: String, events: [String]) {
        #expect(Self.read(Array(stream.utf8), sizes: { 1 }).data == events)
        var random = Seeded(state: 7)
        for _ in 0..<50 {
            #expect(Self.read(Array(stream.utf8), sizes: { .random(in: 1...4, using: &random) }).data == events)
        }
    }

    @Test("bytes at random are read the same whole and in pieces", arguments: 0..<50) func fuzz(seed: Int) {
        var random = Seeded(state: UInt64(seed))
        let pieces = ["data", ":", " ", "\n", "\r", "\r\n", "a", "event", "\u{FEFF}", "\n\n", "data: x", "long text "]
        for _ in 0..<40 {
            var stream: [UInt8] = []
            for _ in 0..<Int.random(in: 0...40, using: &random) {
                stream += pieces.randomElement(using: &random)!.utf8
            }
            for limit in [12, 1_000] {
                let whole = Self.read(stream, limit: limit)
                let bytewise = Self.read(stream, limit: limit, sizes: { 1 })
                let pieces = Self.read(stream, limit: limit, sizes: { .random(in: 1...20, using: &random) })
                #expect(whole == bytewise && whole == pieces, "\(text(stream))")
            }
        }
    }

    @Test("what is longer than the limit is refused, in one line or in many, whole or not") func limit() {
        let line = "data: " + String(repeating: "x", count: 100)
        for (stream, limit, refused) in [
            (line + "\n\n", 106, false), (line + "\n\n", 105, true), (line, 105, true),
            (line + "\n" + line + "\n\n", 206, true), (line + "\n" + line + "\n\n", 207, false),
            (":" + line, 106, true), (String(repeating: line + "\n\n", count: 50), 106, false),
            (String(repeating: ":" + line + "\n", count: 50), 107, false),
        ] {
            #expect(Self.read(Array(stream.utf8), limit: limit).refused == refused, "\(limit) \(stream.count)")
            #expect(Self.read(Array(stream.utf8), limit: limit, sizes: { 1 }).refused == refused)
        }
    }

    @Test(
        "data says something, its beginning too; comments, other fields and line ends say nothing",
        arguments: [
            ("data: a\n\n", true), ("data: a", true), ("data:a", true), ("data: a\n", true),
            (": a\ndata: b\n\n: c\n", true), ("event: x\ndata: a", true), ("\u{FEFF}data: a", true),
            (": a\n\n", false), (":", false), (": data: a", false), ("\n\n", false), ("event: x\n\n", false),
            ("data", false), ("data:\n\n", false), ("data\n\n", false), ("datum: a", false), ("", false),
        ]
    )
    func saying(stream: String, says: Bool) throws {
        var reader = EventReader(limit: 100)
        func feed(_ text: String) throws -> Bool {
            Array(text.utf8).withUnsafeBytes { reader.feed($0) }
            while try reader.next() {}
            return reader.saysSomething
        }
        #expect(try feed(stream) == says)
        // What came before is not said again, but for a line that ends now.
        _ = try feed("\n\n")
        #expect(try feed(": nothing\n\n") == false)
        #expect(try feed("data:") == false)
        #expect(try feed("b") == true)
        #expect(try feed("\n: nothing\n") == true)
        #expect(try feed(": nothing\n") == false)
    }

    @Test("an event without its empty line is there for those who ask at the end") func end() throws {
        for (stream, data) in [
            ("data: a", "a"), ("data: a\n", "a"), ("data: a\r", "a"), ("data: a\r\n", "a"),
            ("data: a\ndata: b", "a\nb"),
            ("data: a\n\n", nil), (": a", nil), ("", nil), ("event: a\n", nil),
        ] {
            var reader = EventReader(limit: 100)
            Array(stream.utf8).withUnsafeBytes { reader.feed($0) }
            while try reader.next() {}
            #expect(try reader.finish() == (data != nil), "\(stream)")
            if let data { #expect(reader.withData { text($0) } == data) }
        }
    }

    @Test("the events that are no answer") func others() {
        #expect(text(EventText.done) == "data: [DONE]\n\n")
        #expect(text(EventText.comment("understudy {}")) == ": understudy {}\n\n")
        #expect(text(EventText.comment("a\nb")) == ": a\n: b\n\n" && text(EventText.comment("")) == ": \n\n")
        let error = APIError.upstreamBusy("slow\ndown", retryAfter: "3")
        #expect(Self.read(text(EventText.error(error))) == [text(error.encode())])
        #expect(Self.read(text(EventText.comment("data: x\n\ndata: y"))) == [])
    }
}
