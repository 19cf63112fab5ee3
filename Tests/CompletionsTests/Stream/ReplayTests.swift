import JSON
import Testing

@testable import Completions

@Suite("Whole answers as streams") struct ReplayTests {
    private func replay(_ answer: CompletionAnswer, _ presentation: StreamPresentation) throws -> [JSONTree] {
        var out: [UInt8] = []
        answer.encodeEvents(for: presentation, into: &out)
        return try ReadStream.events(text(out)).map { try tree($0) }
    }

    private func deltas(_ events: [JSONTree]) -> [String] {
        events.map { text($0["choices"]?[0]?["delta"]?.encode() ?? []) }
    }

    @Test("role first, the text at once, the finish last, the usage if asked") func chat() throws {
        let answer = try Make.answer(CompletionAnswerReadTests.chat, .chat)
        let events = try replay(answer, Make.presentation(.chat, includeUsage: true))
        #expect(deltas(events) == [#"{"role":"assistant","content":""}"#, #"{"content":"grün 😀"}"#, "{}", ""])
        #expect(events.map { $0["choices"]?[0]?["finish_reason"]?.string } == [nil, nil, "stop", nil])
        #expect(
            events.allSatisfy { $0["id"]?.string == "chatcmpl-1" && $0["object"]?.string == "chat.completion.chunk" }
        )
        #expect(events.allSatisfy { $0["system_fingerprint"]?.string == "fp" && $0["model"]?.string == "big-2024" })
        #expect(events.map { $0["usage"]?["total_tokens"]?.int } == [nil, nil, nil, 7] && events[0]["usage"] == .null)
        #expect(events.last?["choices"] == .array([]))
        #expect(events.dropLast().allSatisfy { $0["choices"]?[0]?["logprobs"] == .null })
        let plain = try replay(answer, Make.presentation(.chat, top: 1))
        #expect(plain.count == 3 && plain.allSatisfy { $0["usage"] == nil })
        #expect(plain[1]["choices"]?[0]?["logprobs"]?["content"]?.array?.count == 4)
        #expect(plain[1]["choices"]?[0]?["logprobs"]?["content"]?[0]?["top_logprobs"]?.array?.count == 1)
    }

    @Test("choices take each step together") func choices() throws {
        let answer = try Make.answer(CompletionAnswerReadTests.completions, .completions)
        let events = try replay(answer, Make.presentation(.completions))
        #expect(events.map { $0["choices"]?[0]?["index"]?.int } == [0, 1, 0, 1])
        #expect(events.map { $0["choices"]?[0]?["text"]?.string } == [" ab", "z", "", ""])
        #expect(events.map { $0["choices"]?[0]?["finish_reason"]?.string } == [nil, nil, "length", "odd"])
        let chat = try replay(answer, Make.presentation(.chat))
        #expect(chat.map { $0["choices"]?[0]?["index"]?.int } == [0, 1, 0, 1, 0, 1])
        #expect(deltas(chat)[2...3] == [#"{"content":"ab"}"#, #"{"content":"z"}"#])
        #expect(chat.allSatisfy { $0["id"]?.string == "chatcmpl-1" })
    }

    @Test("tool calls go one an event, with index, id, type and function; refusals as refusals") func calls() throws {
        let answer = try Make.answer(
            #"""
            {"choices":[
             {"index":0,"message":{"content":null,"tool_calls":[
               {"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}},
               {"id":"b","type":"function","function":{"name":"g","arguments":""}}]},"finish_reason":"tool_calls"},
             {"index":1,"message":{"content":null,"function_call":{"name":"h","arguments":"{}"}},
               "finish_reason":"function_call"},
             {"index":2,"message":{"content":null,"refusal":"No."},"finish_reason":"stop"},
             {"index":3,"message":{"content":""},"finish_reason":"stop"}]}
            """#,
            .chat
        )
        let events = try replay(answer, Make.presentation(.chat))
        let null = #"{"role":"assistant","content":null}"#
        #expect(
            deltas(events) == [
                null, null, null, #"{"role":"assistant","content":""}"#,
                #"{"tool_calls":[{"index":0,"id":"a","type":"function","#
                    + #""function":{"name":"f","arguments":"{\"x\":1}"}}]}"#,
                #"{"tool_calls":[{"index":1,"id":"b","type":"function","function":{"name":"g","arguments":""}}]}"#,
                #"{"function_call":{"name":"h","arguments":"{}"}}"#, #"{"refusal":"No."}"#, "{}", "{}", "{}", "{}",
            ]
        )
        #expect(events.allSatisfy { $0["id"]?.string == "chatcmpl-req" && $0["model"]?.string == "named" })
        let completion = try replay(answer, Make.presentation(.completions))
        #expect(completion.map { $0["choices"]?[0]?["text"]?.string } == ["No.", "", "", "", ""])
        // A streamed answer, whose body is not kept, says the same to those who do not stream.
        let again = ReadStream(Array(events.map { "data: \(text($0.encode()))\n\n" }.joined().utf8), .chat).answer
        let body = try tree(again.encode(for: AnswerPresentation(dialect: .chat)))
        let messages = body["choices"]?.array?.map { $0["message"] }
        #expect(messages?[0]?["tool_calls"]?[1]?["function"]?["name"]?.string == "g")
        #expect(messages?[1]?["function_call"]?["name"]?.string == "h" && messages?[1]?["tool_calls"] == nil)
        #expect(messages?[2]?["refusal"]?.string == "No." && messages?[3]?["content"]?.string == "")
    }

    /// What a message says beside the values: members nobody told us of, a custom tool's call, a refusal's tokens.
    static let more = #"""
        {"choices":[
         {"index":0,"message":{"role":"assistant","content":"four","reasoning_content":"2 and 2","annotations":[],
           "audio":null,"mood":2.50},"finish_reason":"stop"},
         {"index":1,"message":{"content":null,"tool_calls":[
           {"id":"a","type":"custom","custom":{"name":"shell","input":"ls"}},
           {"id":"b","type":"function","function":{"name":"f","arguments":"{}"},"extra":{"a":1}}]},
           "finish_reason":"tool_calls"},
         {"index":2,"message":{"content":null,"refusal":"No."},"logprobs":{"content":null,"refusal":[
           {"token":"No.","logprob":-0.5,"bytes":null,"top_logprobs":[]}]},"finish_reason":"stop"}]}
        """#

    @Test("what a message says beside its values goes along") func more() throws {
        let answer = try Make.answer(Self.more, .chat)
        #expect(answer.saysMore)
        let events = try replay(answer, Make.presentation(.chat, top: 0))
        #expect(
            deltas(events).dropFirst(3) == [
                #"{"reasoning_content":"2 and 2","mood":2.50}"#, #"{"content":"four"}"#,
                #"{"tool_calls":[{"index":0,"id":"a","type":"custom","custom":{"name":"shell","input":"ls"}}]}"#,
                #"{"tool_calls":[{"index":1,"id":"b","type":"function","function":{"name":"f","arguments":"{}"},"#
                    + #""extra":{"a":1}}]}"#,
                #"{"refusal":"No."}"#, "{}", "{}", "{}",
            ]
        )
        #expect(events[7]["choices"]?[0]?["logprobs"]?["refusal"]?[0]?["logprob"]?.double == -0.5)
        let plain = try replay(answer, Make.presentation(.chat))
        #expect(plain.allSatisfy { $0["choices"]?[0]?["logprobs"] == .null })
        // A completions client has no place for it.
        let completion = try replay(answer, Make.presentation(.completions))
        #expect(completion.map { $0["choices"]?[0]?["text"]?.string } == ["four", "No.", "", "", ""])
        #expect(try !Make.answer(CompletionAnswerReadTests.chat, .chat).saysMore)
    }

    @Test("an answer that is not finished has no finish") func unfinished() throws {
        let answer = CompletionAnswer(dialect: .chat, choices: [Choice(text: Array("a".utf8), finishReason: nil)])
        let events = try replay(answer, Make.presentation(.chat, includeUsage: true))
        #expect(deltas(events) == [#"{"role":"assistant","content":""}"#, #"{"content":"a"}"#])
    }

    @Test("bytes are appended to what is there") func appended() {
        var out = Array(": x\n\n".utf8)
        let answer = CompletionAnswer(dialect: .chat, choices: [Choice(text: Array("a".utf8))])
        answer.encodeEvents(for: Make.presentation(.chat), into: &out)
        #expect(text(out).hasPrefix(": x\n\ndata: {"))
    }
}
