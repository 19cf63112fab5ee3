import JSON
import Testing

@testable import Completions

@Suite("Reading answers") struct CompletionAnswerReadTests {
    static let chat = #"""
        {"id":"chatcmpl-1","object":"chat.completion","created":1730000000,"model":"big-2024","system_fingerprint":"fp",
         "choices":[{"index":0,"message":{"role":"assistant","content":"gr\u00fcn 😀","refusal":null},
          "logprobs":{"content":[
           {"token":"gr","logprob":-0.25,"bytes":[103,114],"top_logprobs":[{"token":"gr","logprob":-0.25,"bytes":null},
             {"token":"x","logprob":-1.5},{"token":"y","logprob":-3}]},
           {"token":"\u00fcn ","logprob":null,"bytes":null,"top_logprobs":[{"token":"z","logprob":-1}]},
           {"token":"\ufffd","logprob":-1e-3,"bytes":[240,159]},
           {"token":"\ufffd","logprob":-12,"bytes":[152,128],"top_logprobs":null}],"refusal":null},
          "finish_reason":"stop","x":{"y":[1]}}],
         "usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7,"prompt_tokens_details":{"cached_tokens":1}}}
        """#

    static let completions = #"""
        {"id":"cmpl-1","object":"text_completion","created":1730000000.25,"model":"small","choices":[
         {"text":" ab","index":0,"logprobs":{"tokens":[" a","b"],"token_logprobs":[null,-0.5],
          "top_logprobs":[null,{"b":-0.5,"c":-2.5,"d":-2}],"text_offset":[10,12]},"finish_reason":"length"},
         {"text":"z","index":1,"logprobs":null,"finish_reason":"odd"}],
         "usage":{"prompt_tokens":1,"completion_tokens":2}}
        """#

    @Test("a chat answer is read") func readsChat() throws {
        let answer = try Make.answer(Self.chat, .chat)
        #expect(answer.id.map(text) == "chatcmpl-1" && answer.created == 1_730_000_000)
        #expect(answer.model.map(text) == "big-2024" && answer.systemFingerprint.map(text) == #""fp""#)
        let choice = try #require(answer.choices.first)
        #expect(choice.text.map(text) == "grün 😀" && choice.refusal == nil && choice.finishReason == .stop)
        let logprobs = try #require(choice.logprobs)
        #expect(logprobs.count == 4 && logprobs.alternatives == 3)
        #expect(logprobs.logprobs[0] == -0.25 && logprobs.logprobs[1].isNaN && logprobs.logprobs[2] == -0.001)
        #expect(text(logprobs.tokenBytes) == "grün 😀")
        #expect(logprobs.tokenEnds == [2, 6, 8, 10])
        #expect(logprobs.textOffsets.isEmpty)
        #expect(logprobs.margins[0] == 1.25 && logprobs.margins[1...].allSatisfy(\.isNaN))
        #expect(text(logprobs.raw).hasPrefix(#"{"content":["#) && text(logprobs.raw).hasSuffix(#""refusal":null}"#))
        #expect(answer.usage.map { [$0.promptTokens, $0.completionTokens, $0.totalTokens] } == [3, 4, 7])
        #expect(text(answer.raw) == Self.chat)
    }

    @Test("a completions answer is read, its arrays into the same columns") func readsCompletions() throws {
        let answer = try Make.answer(Self.completions, .completions)
        #expect(answer.created == 1_730_000_000 && answer.usage?.totalTokens == 3)
        #expect(answer.choices.map { $0.text.map(text) } == [" ab", "z"])
        #expect(answer.choices.map(\.finishReason) == [.length, .other(Array("odd".utf8))])
        let logprobs = try #require(answer.choices[0].logprobs)
        #expect(logprobs.logprobs[0].isNaN && logprobs.logprobs[1] == -0.5)
        #expect(logprobs.textOffsets == [10, 12] && logprobs.tokenEnds == [2, 3])
        #expect(logprobs.margins[0].isNaN && logprobs.margins[1] == 1.5)
        #expect(answer.choices[1].logprobs == nil)
    }

    @Test("log-probabilities that are missing, null or empty are none") func none() throws {
        for logprobs in [
            "", #","logprobs":null"#, #","logprobs":{}"#, #","logprobs":{"content":null}"#,
            #","logprobs":{"content":[]}"#,
            #","logprobs":{"tokens":[],"token_logprobs":[]}"#, #","logprobs":{"content":null,"refusal":[]}"#,
        ] {
            let answer = try Make.answer(#"{"choices":[{"message":{"content":"x"}\#(logprobs)}]}"#, .chat)
            #expect(answer.choices[0].logprobs == nil)
            #expect(answer.choices[0].finishReason == nil && answer.usage == nil)
        }
        let columns = #"{"tokens":["a"],"token_logprobs":[-1],"top_logprobs":null,"text_offset":null}"#
        let answer = try Make.answer(#"{"choices":[{"text":"a","logprobs":\#(columns)}]}"#, .completions)
        #expect(answer.choices[0].logprobs?.margins.isEmpty == true)
    }

    @Test("a completions server that sends chat's objects is understood") func otherShape() throws {
        let objects = #"{"content":[{"token":"a","logprob":-1}]}"#
        let answer = try Make.answer(#"{"choices":[{"text":"a","logprobs":\#(objects)}]}"#, .completions)
        #expect(answer.choices[0].logprobs?.logprobs == [-1])
    }

    @Test("refusals, tool calls and function calls are read") func calls() throws {
        let answer = try Make.answer(
            #"""
            {"choices":[
             {"index":1,"message":{"content":null,"tool_calls":[{"id":"c\n1","type":"function",
               "function":{"name":"f","arguments":"{\"a\":1}"}}]},"finish_reason":"tool_calls"},
             {"index":0,"message":{"content":null,"function_call":{"name":"g","arguments":""}},
               "finish_reason":"function_call"},
             {"index":2,"message":{"refusal":"no"},"finish_reason":"content_filter"}]}
            """#,
            .chat
        )
        #expect(answer.choices.map(\.index) == [1, 0, 2])
        #expect(answer.choices.map(\.finishReason) == [.toolCalls, .functionCall, .contentFilter])
        #expect(
            answer.choices[0].toolCalls == [
                ToolCall(id: Array("c\n1".utf8), name: Array("f".utf8), arguments: Array(#"{"a":1}"#.utf8))
            ]
        )
        #expect(answer.choices[1].toolCalls.map { text($0.name) } == ["g"])
        #expect(answer.choices[2].refusal.map(text) == "no" && answer.choices.allSatisfy { $0.text == nil })
    }

    @Test("integers of any length are taken, and whatever else we do not know") func integers() throws {
        let digits = String(repeating: "9", count: 400)
        let answer = try Make.answer(
            #"{"x":\#(digits),"y":1e999,"choices":[{"text":"a","z":-\#(digits)}]}"#,
            .completions
        )
        #expect(answer.choices.count == 1)
    }

    static let nonsense: [(String, String)] = [
        ("", "not JSON"), ("<html>", "not JSON"), ("[]", "not an object"), ("{}", "choices is missing"),
        (#"{"error":{"message":"boom"}}"#, "boom"), (#"{"choices":null}"#, "null"), (#"{"choices":[]}"#, "empty"),
        (#"{"choices":{}}"#, "an object"), (#"{"choices":[3]}"#, "choices[0] is the number 3"),
        (#"{"choices":[{}]}"#, "choices[0].message is missing"), (#"{"choices":[{"message":"x"}]}"#, "a string"),
        (#"{"choices":[{"message":{"content":3}}]}"#, "choices[0].message.content"),
        (#"{"choices":[{"message":{"content":[]}}]}"#, "an array"),
        (#"{"choices":[{"message":{"content":"x","content":"y"}}]}"#, "twice"),
        (#"{"choices":[{"message":{}}],"choices":[]}"#, "twice"),
        (#"{"choices":[{"message":{},"index":-1}]}"#, "index"), (#"{"choices":[{"message":{},"index":1.5}]}"#, "index"),
        (#"{"choices":[{"message":{}},{"message":{}},{"message":{},"index":0}]}"#, "same index"),
        (#"{"choices":[{"message":{},"finish_reason":1}]}"#, "finish_reason"),
        (#"{"choices":[{"message":{"refusal":1}}]}"#, "refusal"),
        (#"{"choices":[{"message":{"tool_calls":{}}}]}"#, "tool_calls"),
        (#"{"choices":[{"message":{"tool_calls":[{}]}}]}"#, "tool_calls[0].function"),
        (#"{"choices":[{"message":{"tool_calls":[{"function":{"name":"f","arguments":{}}}]}}]}"#, "arguments"),
        (#"{"choices":[{"message":{}}],"id":1}"#, "id"), (#"{"choices":[{"message":{}}],"created":-1}"#, "created"),
        (#"{"choices":[{"message":{}}],"created":"now"}"#, "created"),
        (#"{"choices":[{"message":{}}],"model":{}}"#, "model"),
        (#"{"choices":[{"message":{}}],"usage":3}"#, "usage"),
        (#"{"choices":[{"message":{}}],"usage":{"prompt_tokens":-1}}"#, "usage.prompt_tokens"),
        (#"{"choices":[{"message":{}}],"usage":{"prompt_tokens":1e3}}"#, "usage.prompt_tokens"),
        (#"{"choices":[{"message":{}}],"usage":{"total_tokens":99999999999999999999}}"#, "usage.total_tokens"),
    ]

    static let badLogprobs: [(String, String)] = [
        ("3", "a number"), (#""x""#, "a string"), ("[]", "an array"), (#"{"content":{}}"#, "for a list"),
        (#"{"content":[3]}"#, "token 0"), (#"{"content":[{}]}"#, "token 0"),
        (#"{"content":[{"token":"a"}]}"#, "token 0"), (#"{"content":[{"logprob":-1}]}"#, "token 0"),
        (#"{"content":[{"token":3,"logprob":-1}]}"#, "token 0"),
        (#"{"content":[{"token":"a","logprob":"-1"}]}"#, "token 0"),
        (#"{"content":[{"token":"a","logprob":-1},{"token":"a","logprob":0.5}]}"#, "token 1"),
        (#"{"content":[{"token":"a","logprob":-1e999}]}"#, "token 0"),
        (#"{"content":[{"token":"a","logprob":-1,"bytes":[256]}]}"#, "bytes"),
        (#"{"content":[{"token":"a","logprob":-1,"bytes":[-1]}]}"#, "bytes"),
        (#"{"content":[{"token":"a","logprob":-1,"bytes":["a"]}]}"#, "bytes"),
        (#"{"content":[{"token":"a","logprob":-1,"bytes":"a"}]}"#, "token 0"),
        (#"{"content":[{"token":"a","logprob":-1,"top_logprobs":{}}]}"#, "token 0"),
        (#"{"content":[{"token":"a","logprob":-1,"top_logprobs":[{}]}]}"#, "token 0"),
        (#"{"content":[{"token":"a","logprob":-1,"top_logprobs":[{"logprob":2}]}]}"#, "above 0"),
        (#"{"tokens":["a"]}"#, "length"), (#"{"token_logprobs":[-1]}"#, "length"),
        (#"{"tokens":["a"],"token_logprobs":[-1,-2]}"#, "length"),
        (#"{"tokens":[1],"token_logprobs":[-1]}"#, "token 0"),
        (#"{"tokens":["a"],"token_logprobs":["b"]}"#, "token 0"),
        (#"{"tokens":["a"],"token_logprobs":[3]}"#, "above 0"),
        (#"{"tokens":["a"],"token_logprobs":[-1],"text_offset":[-1]}"#, "token 0"),
        (#"{"tokens":["a"],"token_logprobs":[-1],"text_offset":[99999999999]}"#, "token 0"),
        (#"{"tokens":["a"],"token_logprobs":[-1],"text_offset":[]}"#, "length"),
        (#"{"tokens":["a"],"token_logprobs":[-1],"top_logprobs":[[]]}"#, "token 0"),
        (#"{"tokens":["a"],"token_logprobs":[-1],"top_logprobs":[{"a":"b"}]}"#, "token 0"),
        (#"{"tokens":"a","token_logprobs":[-1]}"#, "for a list"),
    ]

    @Test("nonsense is refused with words", arguments: nonsense) func refused(body: String, words: String) throws {
        let error = try #require(throws: MalformedAnswer.self) { try Make.answer(body, .chat) }
        #expect(error.what.contains(words), "\(error.what)")
    }

    @Test("log-probabilities that are none are refused with words", arguments: badLogprobs)
    func refusesLogprobs(logprobs: String, words: String) throws {
        for dialect in Dialect.allCases {
            let content = dialect == .chat ? #""message":{"content":"a"}"# : #""text":"a""#
            let error = try #require(throws: MalformedAnswer.self) {
                try Make.answer(#"{"choices":[{\#(content),"logprobs":\#(logprobs)}]}"#, dialect)
            }
            if words != "a number" { #expect(error.what.contains(words), "\(error.what)") }
        }
    }

    @Test("an answer cut off anywhere is refused", arguments: [(chat, Dialect.chat), (completions, .completions)])
    func truncated(body: String, dialect: Dialect) throws {
        let bytes = Array(body.utf8)
        let parser = JSONParser()
        for length in bytes.indices {
            #expect(throws: MalformedAnswer.self, "\(length)") {
                try CompletionAnswer.read(Array(bytes[..<length]), dialect: dialect, parser: parser)
            }
        }
    }

    @Test("a huge answer is read, and the parser serves short ones after it") func huge() throws {
        let parser = JSONParser()
        let content = String(repeating: "ü\\n", count: 500_000)
        let tokens = Array(repeating: #"{"token":"a","logprob":-0.5,"bytes":[97]}"#, count: 20_000).joined(
            separator: ","
        )
        let body = #"{"choices":[{"message":{"content":"\#(content)"},"logprobs":{"content":[\#(tokens)]}}]}"#
        let answer = try CompletionAnswer.read(Array(body.utf8), dialect: .chat, parser: parser)
        #expect(answer.choices[0].text?.count == 1_500_000 && answer.choices[0].logprobs?.count == 20_000)
        for _ in 0..<3 {
            let short = try CompletionAnswer.read(Array(Self.chat.utf8), dialect: .chat, parser: parser)
            #expect(short.choices[0].text.map(text) == "grün 😀")
        }
    }

    /// Bytes flipped, cut and doubled: the reader answers or refuses, both dialects, and what it takes it can encode.
    @Test("mutated bodies neither crash nor break the encoder", arguments: 0..<20) func fuzz(seed: Int) throws {
        var random = Seeded(state: UInt64(seed))
        let parser = JSONParser()
        let pieces = ["null", "3", "-1", "[]", "{}", "\"", "\\u0000", "\\ud800", ",", ":", "true", "1e400"].map {
            Array($0.utf8)
        }
        for original in [Self.chat, Self.completions] {
            for _ in 0..<100 {
                var body = Array(original.utf8)
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    let place = Int.random(in: 0..<body.count, using: &random)
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0: body[place] = UInt8.random(in: 0...255, using: &random)
                    case 1: body.removeSubrange(place..<min(body.count, place + Int.random(in: 1...20, using: &random)))
                    case 2: body.insert(contentsOf: pieces.randomElement(using: &random)!, at: place)
                    default: body.insert(contentsOf: body[place...].prefix(30), at: place)
                    }
                    if body.isEmpty { body = [0x7B] }
                }
                for dialect in Dialect.allCases {
                    _ = try? CompletionRequest.read(body, dialect: dialect, parser: parser)
                    guard let answer = try? CompletionAnswer.read(body, dialect: dialect, parser: parser) else {
                        continue
                    }
                    for client in Dialect.allCases {
                        for withLogprobs in [false, true] {
                            let presentation = AnswerPresentation(
                                dialect: client,
                                withLogprobs: withLogprobs,
                                topLogprobs: 1,
                                modelName: "m"
                            )
                            let encoded = answer.encode(for: presentation)
                            #expect(JSONReader.check(encoded) == nil, "\(text(body))")
                        }
                    }
                }
            }
        }
    }
}
