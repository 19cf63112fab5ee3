import JSON
import Testing

@testable import Completions

@Suite("Answers that stream in") struct StreamedAnswerTests {
    static let logprobs =
        #"{"content":[{"token":"gr","logprob":-0.25,"bytes":[103,114],"top_logprobs":[{"token":"gr","logprob":-0.25,"#
        + #""bytes":null},{"token":"x","logprob":-1.5}]}],"refusal":null}"#

    static let chat = [
        Make.chunk(Make.choice(#"{"role":"assistant","content":"","refusal":null}"#), #","system_fingerprint":"fp""#),
        Make.chunk(Make.choice(#"{"content":"gr"}"#, logprobs: logprobs), #","system_fingerprint":"fp""#),
        Make.chunk(Make.choice(#"{"content":"\u00fcn"}"#), #","system_fingerprint":"fp""#),
        Make.chunk(Make.choice("{}", finish: #""stop""#), #","system_fingerprint":"fp""#),
        Make.chunk("", #","usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}"#),
    ]

    /// Chat deltas of one choice that ends.
    static func read(_ deltas: [String], finish: String = "stop", _ dialect: Dialect = .chat) -> ReadStream {
        let end = Make.choice("{}", finish: #""\#(finish)""#)
        return ReadStream(Make.stream((deltas.map { Make.choice($0) } + [end]).map { Make.chunk($0) }), dialect)
    }

    @Test("a chat stream becomes an answer") func chat() {
        let read = ReadStream(Make.stream(Self.chat), .chat)
        let answer = read.answer
        #expect(read.fault == nil && read.stream.isDone && read.stream.isFinished)
        #expect(answer.id.map(text) == "chatcmpl-7" && answer.created == 1_730_000_001)
        #expect(answer.model.map(text) == "big-2024" && answer.systemFingerprint.map(text) == #""fp""#)
        #expect(answer.choices.map { $0.text.map(text) } == ["grün"] && answer.choices[0].finishReason == .stop)
        #expect(answer.choices[0].logprobs?.margins == [1.25] && answer.choices[0].logprobs?.alternatives == 2)
        #expect(answer.choices[0].logprobs.map { text($0.raw) } == Self.logprobs)
        #expect(answer.usage?.totalTokens == 5 && answer.raw.isEmpty)
        #expect(read.pieces.map { Array($0.positions) } == [[0], [0], [0], [0], []])
        #expect(read.pieces.allSatisfy { $0.chunk == nil })
        #expect(read.stream.tokens(of: 0) == 1 && read.stream.tokens(of: 1) == 0)
    }

    @Test("a completions stream becomes an answer, its lists joined") func completions() {
        func columns(_ token: String, _ value: String, _ top: String, _ offset: Int) -> String {
            #"{"tokens":["\#(token)"],"token_logprobs":[\#(value)],"top_logprobs":\#(top),"text_offset":[\#(offset)]}"#
        }
        let read = ReadStream(
            Make.stream(
                [
                    Make.textChoice(#"" a""#, logprobs: columns(" a", "null", "null", 4)),
                    Make.textChoice(#""b""#, logprobs: columns("b", "-0.5", #"[{"b":-0.5,"c":-2.5}]"#, 6)),
                    Make.textChoice(#""c""#, finish: #""length""#, logprobs: columns("c", "-1", "null", 7)),
                ].map { Make.completionsChunk($0) }
            ),
            .completions
        )
        let choice = read.answer.choices[0]
        #expect(read.fault == nil && choice.text.map(text) == " abc" && choice.finishReason == .length)
        #expect(choice.logprobs?.textOffsets == [4, 6, 7] && choice.logprobs?.tokenEnds == [2, 3, 4])
        #expect(choice.logprobs.map { $0.margins.map { $0.isNaN ? nil : $0 } } == [nil, 2, nil])
        #expect(
            choice.logprobs.map { text($0.raw) }
                == #"{"tokens":[" a","b","c"],"token_logprobs":[null,-0.5,-1],"#
                + #""top_logprobs":[null,{"b":-0.5,"c":-2.5},null],"text_offset":[4,6,7]}"#
        )
    }

    @Test("offsets that only some events have are no offsets") func someOffsets() {
        func columns(_ offsets: String) -> String {
            #"{"tokens":["a"],"token_logprobs":[-1],"top_logprobs":null,"text_offset":\#(offsets)}"#
        }
        for order in [["[0]", "null", "[2]"], ["null", "[1]", "[2]"], ["[0]", "[1]", "null"]] {
            let events = order.map { Make.completionsChunk(Make.textChoice(#""a""#, logprobs: columns($0))) }
            let end = Make.completionsChunk(Make.textChoice(#""""#, finish: #""stop""#))
            let logprobs = ReadStream(Make.stream(events + [end]), .completions).answer.choices[0].logprobs
            #expect(logprobs?.textOffsets == [] && logprobs?.count == 3)
            #expect(logprobs.map { text($0.raw) }?.hasSuffix(#""text_offset":null}"#) == true)
        }
    }

    @Test("tool calls are joined by their index") func toolCalls() {
        let read = Self.read(
            [
                #"{"role":"assistant","content":""}"#,
                #"{"tool_calls":[{"index":0,"id":"c0","type":"function","function":{"name":"f","arguments":""}}]}"#,
                #"{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":"}}]}"#,
                #"{"content":"","tool_calls":[{"index":1,"id":"c1","function":{"name":"g","arguments":"{}"}}]}"#,
                #"{"tool_calls":[{"index":0,"id":"c0","function":{"name":"f","arguments":"1}"}}]}"#,
            ],
            finish: "tool_calls"
        )
        #expect(
            read.answer.choices[0].toolCalls.map { [text($0.id), text($0.name), text($0.arguments)] } == [
                ["c0", "f", #"{"a":1}"#], ["c1", "g", "{}"],
            ]
        )
        #expect(read.answer.choices[0].text == nil && read.answer.choices[0].finishReason == .toolCalls)
        #expect(read.stream.tokens(of: 0) == 4 && read.fault == nil)
    }

    @Test("calls without an index, custom tools and old function calls are understood") func otherCalls() {
        let unnumbered = Self.read([
            #"{"tool_calls":[{"id":"a","function":{"name":"f","arguments":"{"}}]}"#,
            #"{"tool_calls":[{"function":{"arguments":"}"}}]}"#,
            #"{"tool_calls":[{"id":"b","function":{"name":"f","arguments":"[]"}}]}"#,
        ])
        #expect(unnumbered.answer.choices[0].toolCalls.map { text($0.arguments) } == ["{}", "[]"])
        let custom = Self.read([
            #"{"tool_calls":[{"index":0,"id":"a","type":"custom","custom":{"name":"f","input":"x"}}]}"#,
            #"{"tool_calls":[{"index":0,"custom":{"input":"y"}}]}"#,
        ])
        #expect(custom.answer.choices[0].toolCalls.map { text($0.arguments) } == ["xy"])
        let old = Self.read([
            #"{"function_call":{"name":"f","arguments":""}}"#, #"{"function_call":{"arguments":"{}"}}"#,
        ])
        #expect(old.answer.choices[0].toolCalls.map { text($0.name) + text($0.arguments) } == ["f{}"])
    }

    @Test("an empty text is a text unless something else is said") func emptyText() {
        func choice(_ deltas: String...) -> Choice { Self.read(deltas).answer.choices[0] }
        #expect(choice(#"{"role":"assistant","content":""}"#).text == [])
        #expect(choice(#"{"role":"assistant","content":null}"#).text == nil)
        #expect(choice(#"{"content":"","refusal":null}"#, #"{"refusal":"No"}"#, #"{"refusal":"."}"#).text == nil)
        #expect(choice(#"{"refusal":"No"}"#, #"{"refusal":"."}"#, #"{"content":""}"#).refusal.map(text) == "No.")
        #expect(choice(#"{"refusal":"No"}"#, #"{"content":""}"#).text == nil)
        let both = choice(#"{"content":"a"}"#, #"{"refusal":"No"}"#, #"{"content":"b"}"#)
        #expect(both.text.map(text) == "ab" && both.refusal.map(text) == "No")
    }

    @Test("choices are told apart by their index, in the order in which they speak") func choices() {
        let read = ReadStream(
            Make.stream(
                [
                    [Make.choice(#"{"content":"b"}"#, index: 1)], [Make.choice(#"{"content":"a"}"#, index: 0)],
                    [Make.choice(#"{"content":"B"}"#, index: 1), Make.choice(#"{"content":"A"}"#, index: 0)],
                    [Make.choice("{}", finish: #""stop""#, index: 0)], [Make.choice("{}", index: 0)],
                    [Make.choice("{}", finish: #""length""#, index: 1)],
                ].map { Make.chunk($0.joined(separator: ",")) }
            ),
            .chat
        )
        #expect(read.answer.choices.map(\.index) == [1, 0])
        #expect(read.answer.choices.map { $0.text.map(text) } == ["bB", "aA"])
        #expect(read.pieces.map { Array($0.positions) } == [[0], [1], [0, 1], [1], [], [0]])
        #expect(read.answer.choices.map(\.finishReason) == [.length, .stop] && read.fault == nil)
    }

    @Test("positions are a set of numbers below 128") func positions() {
        var positions = ChoicePositions()
        #expect(positions.isEmpty && !positions.contains(0))
        for position in [127, 0, 64, 63, 64] { positions.insert(position) }
        #expect(Array(positions) == [0, 63, 64, 127] && positions.count == 4)
        #expect(
            positions.contains(127) && !positions.contains(1) && !positions.contains(128) && !positions.contains(-1)
        )
    }

    @Test("what providers send beside the answer is passed over") func providers() {
        let azure =
            #"{"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0}]}"#
        let filter = #"{"index":0,"finish_reason":null,"content_filter_results":{},"content_filter_offsets":{"x":1}}"#
        let read = ReadStream(
            Make.stream([azure] + Self.chat.prefix(3) + [Make.chunk(filter)] + Self.chat.suffix(2)),
            .chat
        )
        #expect(read.fault == nil && read.answer.id.map(text) == "chatcmpl-7" && read.answer.created == 1_730_000_001)
        #expect(read.answer.model.map(text) == "big-2024" && read.answer.choices[0].text.map(text) == "grün")
        for odd in [
            #"{"usage":{"prompt_tokens":1}}"#, Make.chunk(Make.choice("null")),
            Make.chunk(Make.choice("{}", finish: #""""#)), Make.chunk(Make.choice(#"{"reasoning_content":"hm"}"#)),
            Make.chunk("", #","error":null"#), Make.chunk("", #","x":\#(String(repeating: "9", count: 400))"#),
            Make.chunk(Make.choice("{}", logprobs: #"{"content":[],"refusal":null}"#)), "",
        ] {
            let read = ReadStream(Make.stream([odd] + Self.chat), .chat)
            #expect(read.fault == nil && read.answer.choices[0].text.map(text) == "grün", "\(odd)")
            #expect(read.answer.choices[0].finishReason == .stop)
        }
    }

    @Test("tokens are rows of log-probabilities, else events that say something") func tokens() {
        let two = #"{"content":[{"token":"a","logprob":-1},{"token":"b","logprob":-1}]}"#
        let rows = ReadStream(Make.stream([Make.chunk(Make.choice(#"{"content":"ab"}"#, logprobs: two))]), .chat)
        #expect(rows.stream.tokens(of: 0) == 2)
        let events = Self.read([#"{"role":"assistant","content":""}"#, #"{"content":"a b"}"#, #"{"refusal":"c"}"#])
        #expect(events.stream.tokens(of: 0) == 2)
    }

    // MARK: Ends

    @Test("a missing [DONE] is forgiven where every choice has ended, and a missing empty line too") func noDone() {
        for end in [[], Array("data: [DONE]".utf8), Array("data: [DONE]\n".utf8), Array("data: [DO".utf8)] {
            let read = ReadStream(Make.stream(Self.chat, done: false) + end, .chat)
            #expect(read.fault == nil && read.stream.isFinished, "\(text(end))")
            #expect(read.stream.isDone == text(end).hasPrefix("data: [DONE]"))
            #expect(read.answer.choices[0].logprobs.map { text($0.raw) } == Self.logprobs)
        }
        let finish = Array("data: \(Self.chat[3])".utf8)
        let last = ReadStream(Make.stream(Array(Self.chat.prefix(3)), done: false) + finish, .chat)
        #expect(last.fault == nil && last.pieces.count == 4 && last.answer.choices[0].finishReason == .stop)
    }

    @Test("a stream cut anywhere before its finish is cut, and never more than its beginning") func cut() {
        let whole = ReadStream(Make.stream(Self.chat), .chat).answer
        let bytes = Make.stream(Array(Self.chat.prefix(4)), done: false)
        for length in 0..<bytes.count - 2 {
            let read = ReadStream(Array(bytes[..<length]), .chat)
            #expect(read.fault == .cut && !read.stream.isDone)
            #expect(whole.choices[0].text!.starts(with: read.answer.choices.first?.text ?? []))
        }
        #expect(ReadStream(Make.stream([]), .chat).fault == .cut)
        #expect(ReadStream(Make.stream(Array(Self.chat.prefix(3))), .chat).fault == .cut)
    }

    @Test("what follows [DONE] is not read") func afterDone() throws {
        let read = ReadStream(Make.stream(Self.chat) + Array("data: nonsense\n\n".utf8), .chat)
        #expect(read.fault == nil && read.pieces.count == 5)
    }

    static let refusals: [(String, Int?, String?)] = [
        (#"{"error":{"message":"overloaded","type":"server_error","code":503}}"#, 503, "overloaded"),
        (#"{"error":{"message":"slow","code":"429","status":"x"}}"#, 429, "slow"),
        (#"{"error":{"message":"slow","status":529,"code":400}}"#, 529, "slow"),
        (#"{"error":{"message":null,"code":"server_error"}}"#, nil, nil), (#"{"error":"gone"}"#, nil, "gone"),
        (#"{"object":"error","message":"old vLLM","code":400}"#, 400, "old vLLM"),
        (#"{"id":"x","choices":[{"index":0,"delta":{},"finish_reason":"error"}],"error":{"message":"m"}}"#, nil, "m"),
    ]

    @Test("an error object in mid-stream is a fault with its words", arguments: refusals)
    func refused(event: String, status: Int?, message: String?) throws {
        let read = ReadStream(Make.stream(Self.chat.prefix(2) + [event]), .chat)
        #expect(read.fault == .refused(status: status, message: message))
        let stream = read.stream
        let fault = try #require(read.fault)
        #expect(throws: fault) { try stream.next() }
        #expect(throws: fault) { try stream.end() }
        // The last words of a server that dies may lack their empty line.
        let bytes = Make.stream(Array(Self.chat.prefix(2)), done: false) + Array("data: \(event)".utf8)
        #expect(ReadStream(bytes, .chat).fault == .refused(status: status, message: message))
    }

    static let nonsense: [(String, String)] = [
        ("<html>", "not JSON"), ("[]", "an array"), ("3", "the number 3"), ("{}", "choices is missing"),
        (#"{"choices":{}}"#, "an object"), (#"{"choices":[3]}"#, "choices[0] is the number 3"),
        (#"{"choices":[],"choices":[]}"#, "twice"), (#"{"ch\u006fices":[],"x":1}"#, "escapes"),
        (Make.chunk(Make.choice(#""x""#)), "choices[0].delta is a string"),
        (Make.chunk(Make.choice(#"{"content":3}"#)), "choices[0].delta.content"),
        (Make.chunk(Make.choice(#"{"content":"a","content":"b"}"#)), "twice"),
        (Make.chunk(Make.choice(#"{"refusal":[]}"#)), "refusal"),
        (Make.chunk(Make.choice(#"{"tool_calls":{}}"#)), "tool_calls"),
        (Make.chunk(Make.choice(#"{"tool_calls":[3]}"#)), "tool_calls"),
        (Make.chunk(Make.choice(#"{"tool_calls":[{"index":-1}]}"#)), "index"),
        (Make.chunk(Make.choice(#"{"tool_calls":[{"index":9223372036854775807}]}"#)), "index"),
        (Make.chunk(Make.choice(#"{"tool_calls":[{"index":0,"function":{"arguments":{}}}]}"#)), "arguments"),
        (Make.chunk(Make.choice("{}", finish: "3")), "finish_reason"),
        (Make.chunk(#"{"index":-1,"delta":{}}"#), "index"), (Make.chunk(#"{"index":0,"index":0}"#), "twice"),
        (Make.chunk(Make.choice("{}", logprobs: "3")), "logprobs is the number 3"),
        (Make.chunk(Make.choice("{}", logprobs: #"{"content":[{"token":"a"}]}"#)), "token 0"),
        (Make.chunk(Make.choice("{}", logprobs: #"{"content":[{"token":"a","logprob":1}]}"#)), "above 0"),
        (Make.chunk("", #","usage":{"prompt_tokens":-1}"#), "usage.prompt_tokens"),
        (#"{"choices":[],"id":3}"#, "id is"), (#"{"choices":[],"created":"x"}"#, "created"),
        (Make.chunk((0...128).map { Make.choice("{}", index: $0) }.joined(separator: ",")), "128 choices"),
    ]

    @Test("nonsense is refused with words", arguments: nonsense) func refused(event: String, words: String) {
        guard case .malformed(let error) = ReadStream(Make.stream([event]), .chat).fault else {
            Issue.record("taken: \(event)")
            return
        }
        #expect(error.what.contains(words), "\(error.what)")
    }

    @Test("log-probabilities keep their shape") func shapes() {
        let columns = #"{"tokens":["a"],"token_logprobs":[-1]}"#
        let events = [columns, Self.logprobs].map { Make.chunk(Make.choice(#"{"content":"a"}"#, logprobs: $0)) }
        let fault = ReadStream(Make.stream(events), .chat).fault
        #expect(fault == .malformed(MalformedAnswer("choices[0].logprobs changes its shape")))
    }

    @Test("an event over the limit is too large, and so is an answer of many small ones") func limit() {
        let delta = Make.chunk(Make.choice(#"{"content":"0123456789"}"#))
        let line = delta.utf8.count + "data: ".utf8.count
        #expect(ReadStream(Make.stream([delta]), .chat, limit: line - 1).fault == .tooLarge)
        let many = Make.stream(Array(repeating: delta, count: 60))
        #expect(ReadStream(many, .chat, limit: 600).fault == .cut)
        #expect(ReadStream(many, .chat, limit: 599).fault == .tooLarge)
        let calls = (0..<200).map { Make.chunk(Make.choice(#"{"tool_calls":[{"index":\#($0)}]}"#)) }
        #expect(ReadStream(Make.stream(calls), .chat, limit: 1_000).fault == .tooLarge)
    }

    /// Bytes flipped, cut and doubled: the reader answers or refuses, the same in pieces, and what it passes on is
    /// JSON.
    @Test("mutated streams neither crash nor break the chunks", arguments: 0..<20) func fuzz(seed: Int) throws {
        var random = Seeded(state: UInt64(seed))
        let parser = JSONParser()
        let original = Make.stream(Self.chat)
        let scraps = ["null", "\"", "{}", ",", "\n", "\r\n\r\n", "data: ", "usage", ":", "[", "\\u0020", "\u{1}"].map {
            Array($0.utf8)
        }
        for _ in 0..<60 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = .random(in: 0...255, using: &random)
                case 1: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...20, using: &random)))
                case 2: bytes.insert(contentsOf: scraps.randomElement(using: &random)!, at: place)
                default: bytes.insert(contentsOf: bytes[place...].prefix(60), at: place)
                }
            }
            let whole = ReadStream(bytes, .chat, keepsChunks: true, parser: parser)
            let split = ReadStream(bytes, .chat, pieces: { .random(in: 1...9, using: &random) }, parser: parser)
            #expect(whole.answer == split.answer && whole.fault == split.fault, "\(text(bytes))")
            for client in Dialect.allCases {
                for usage in [true, false] {
                    for event in whole.events(Make.presentation(client, top: usage ? 1 : nil, includeUsage: usage)) {
                        #expect(JSONReader.check(Array(event.utf8)) == nil, "\(text(bytes)): \(event)")
                    }
                }
            }
        }
    }
}
