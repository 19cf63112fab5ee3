import JSON
import Testing

@testable import Completions

@Suite("Events for clients") struct AnswerChunkTests {
    private let chat = StreamedAnswerTests.chat
    private let logprobs = StreamedAnswerTests.logprobs

    /// What a client of the same dialect is sent for these events.
    private func sent(
        _ events: [String],
        _ dialect: Dialect = .chat,
        top: Int? = nil,
        usage: Bool = false
    ) -> [String] {
        ReadStream(Make.stream(events), dialect, keepsChunks: true)
            .events(Make.presentation(dialect, top: top, includeUsage: usage))
    }

    private func translated(_ events: [String], to client: Dialect, top: Int? = nil, usage: Bool = false) -> [String] {
        ReadStream(Make.stream(events), client == .chat ? .completions : .chat, keepsChunks: true)
            .events(Make.presentation(client, top: top, includeUsage: usage))
    }

    private func start(_ choices: String) -> String { Make.chunk(choices) }

    @Test("the same dialect gets the events as sent, log-probabilities null unless asked for") func same() {
        #expect(sent(chat, top: 5) == Array(chat.dropLast()))
        #expect(sent(chat) == chat.dropLast().map { $0.replacing(logprobs, with: "null") })
    }

    @Test("members that we do not know survive") func unknown() {
        let odd = #"{"index":0,"delta":{"role":"assistant","reasoning_content":"hm","x":[1.0]},"y":null}"#
        let event = #" { "obfuscation" : "abc", "choices":[\#(odd)], "service_tier":"default","é":1e400 } "#
        #expect(sent([event.trimmed]).first == event.trimmed.replacing(#"{ "ob"#, with: #"{"model":"named", "ob"#))
    }

    @Test("alternatives are trimmed to the number asked for") func trimmed() throws {
        let one = try tree(sent(chat, top: 1)[1])
        let content = one["choices"]?[0]?["logprobs"]?["content"]?[0]
        #expect(content?["top_logprobs"]?.array?.map { $0["token"]?.string } == ["gr"])
        let columns = #"{"tokens":["b"],"token_logprobs":[-1],"top_logprobs":[{"a":-2,"b":-1,"c":-3}]}"#
        let event = Make.completionsChunk(Make.textChoice(#""b""#, finish: #""stop""#, logprobs: columns))
        let two = try tree(sent([event], .completions, top: 2)[0])
        #expect(two["choices"]?[0]?["logprobs"]?["top_logprobs"]?[0]?.object?.map(\.name) == ["a", "b"])
        #expect(sent([event], .completions, top: 3) == [event])
    }

    @Test("a choice's first event says who speaks, though the provider forgot it") func role() {
        func delta(_ written: String) -> String { Make.chunk(Make.choice(written)) }
        for (written, expected) in [
            ("{}", #"{"role":"assistant"}"#), (#"{"content":"a"}"#, #"{"role":"assistant","content":"a"}"#),
            (#"{ "content":"a"}"#, #"{"role":"assistant", "content":"a"}"#),
            (#"{"content":"a","role":null}"#, #"{"content":"a","role":"assistant"}"#),
            (#"{"content":"a","role":"model"}"#, #"{"content":"a","role":"model"}"#),
        ] {
            let events = sent([delta(written), delta(#"{"content":"b"}"#), delta(#"{"content":"c","role":null}"#)])
            #expect(events == [delta(expected), delta(#"{"content":"b"}"#), delta(#"{"content":"c","role":null}"#)])
        }
        // An event without a delta is none to say it in; each choice says it for itself.
        let filter = Make.chunk(#"{"index":0,"finish_reason":null}"#)
        #expect(sent([filter, delta("{}")]) == [filter, delta(#"{"role":"assistant"}"#)])
        let two = Make.chunk(Make.choice("{}", index: 0) + "," + Make.choice(#"{"content":"a"}"#, index: 1))
        #expect(
            sent([two, two]) == [
                Make.chunk(
                    Make.choice(#"{"role":"assistant"}"#, index: 0) + ","
                        + Make.choice(#"{"role":"assistant","content":"a"}"#, index: 1)
                ), two,
            ]
        )
        let text = Make.completionsChunk(Make.textChoice(#""a""#))
        #expect(sent([text], .completions) == [text])
    }

    @Test("the usage event is for those who asked, who get usage: null before") func usage() {
        func with(_ usage: String) -> [String] {
            chat.dropLast().map { String($0.replacing(logprobs, with: "null").dropLast()) + usage + "}" }
        }
        #expect(sent(chat, usage: true) == with(#","usage":null"#) + [chat.last!])
        // OpenAI's says null itself.
        let nulls = chat.dropLast().map { String($0.dropLast()) + #","usage":null}"# }
        #expect(sent(nulls + [chat.last!], usage: true) == with(#","usage":null"#) + [chat.last!])
        #expect(sent(nulls + [chat.last!]) == with(""))
        #expect(sent(Array(chat.dropLast()), usage: true) == with(#","usage":null"#))
        // Said twice, passed on once.
        #expect(sent(chat + [chat.last!], usage: true).count == chat.count)
    }

    @Test("usage is cut out wherever it stands") func usageCut() {
        let choices = #""choices":[{"index":0,"delta":{"role":"assistant"}}]"#
        for (event, expected) in [
            (#"{"usage":{"prompt_tokens":1},"model":"m",\#(choices)}"#, #"{"model":"m",\#(choices)}"#),
            (#"{ "usage" : null , "model":"m",\#(choices)}"#, #"{  "model":"m",\#(choices)}"#),
            (#"{"model":"m" , "usage":{"x":[1,2]} , \#(choices)}"#, #"{"model":"m"  , \#(choices)}"#),
            (#"{"model":"m",\#(choices),"usage":null}"#, #"{"model":"m",\#(choices)}"#),
            (#"{"usage":null,\#(choices)}"#, #"{"model":"named",\#(choices)}"#),
            (#"{\#(choices),"usage":null,"model":null}"#, #"{\#(choices),"model":"named"}"#),
        ] {
            #expect(sent([event]) == [expected])
        }
    }

    @Test("usage that comes beside choices is told alone at the end, and only the last") func usageBesideChoices()
        throws
    {
        func usage(_ count: Int) -> String { #"{"prompt_tokens":1,"completion_tokens":\#(count)}"# }
        let events = [
            Make.chunk(Make.choice(#"{"role":"assistant","content":"a"}"#), #","usage":\#(usage(1)),"x":1"#),
            Make.chunk(Make.choice("{}", finish: #""stop""#), #","usage":\#(usage(2)),"x":2"#),
        ]
        let expected = [
            events[0].replacing(usage(1), with: "null"), events[1].replacing(usage(2), with: "null"),
            Make.chunk("", #","usage":\#(usage(2)),"x":2"#),
        ]
        #expect(sent(events, usage: true) == expected)
        #expect(sent(events) == [0, 1].map { events[$0].replacing(#","usage":\#(usage($0 + 1))"#, with: "") })
        // An event of its own after all: that one counts.
        let alone = Make.chunk("", #","usage":\#(usage(3))"#)
        #expect(sent(events + [alone], usage: true) == Array(expected.prefix(2)) + [alone])
        // Without [DONE] it comes at the end of the bytes; after a cut never.
        let open = ReadStream(Make.stream(events, done: false), .chat, keepsChunks: true)
        #expect(open.events(Make.presentation(.chat, includeUsage: true)) == expected)
        let cut = ReadStream(Make.stream([events[0]], done: false), .chat, keepsChunks: true)
        #expect(cut.events(Make.presentation(.chat, includeUsage: true)) == [expected[0]] && cut.fault == .cut)
        let other = translated(events, to: .completions, usage: true)
        #expect(try tree(other.last!)["usage"]?["completion_tokens"]?.int == 2)
        #expect(try tree(other.last!)["choices"] == .array([]) && other.count == 3)
    }

    @Test("an event of several lines is sent in one") func lines() throws {
        let lines = "data: {\"choices\":[\r\ndata: {\"index\":0,\r\ndata: \"delta\":{\"content\":\"a\"}}]}\n\n"
        let read = ReadStream(Array(lines.utf8), .chat, keepsChunks: true)
        let sent = read.sent(Make.presentation(.chat))
        #expect(sent.hasPrefix("data: {") && sent.hasSuffix("}\n\n") && sent.filter(\.isNewline).count == 2)
        let event = try tree(String(sent.dropFirst(6)))
        #expect(event["choices"]?[0]?["delta"]?["role"]?.string == "assistant" && event["model"]?.string == "named")
    }

    @Test("an event before the answer is sent to its dialect only") func azure() {
        let azure = #"{"choices":[],"created":0,"id":"","model":"","prompt_filter_results":[]}"#
        #expect(sent([azure] + chat)[0] == azure)
        #expect(translated([azure] + chat, to: .completions).map { $0.contains("cmpl-7") } == [true, true, true])
    }

    @Test("a chat stream becomes a completion's") func toCompletions() throws {
        let events = try translated(chat, to: .completions, top: 1, usage: true).map { try tree($0) }
        #expect(events.map { $0["choices"]?[0]?["text"]?.string } == ["gr", "ün", "", nil])
        #expect(events.allSatisfy { $0["id"]?.string == "cmpl-7" && $0["object"]?.string == "text_completion" })
        #expect(events.allSatisfy { $0["created"]?.int == 1_730_000_001 && $0["model"]?.string == "big-2024" })
        #expect(events.map { $0["choices"]?[0]?["finish_reason"] } == [.null, .null, .string("stop"), nil])
        let logprobs = try #require(events[0]["choices"]?[0]?["logprobs"])
        #expect(logprobs["tokens"]?[0]?.string == "gr" && logprobs["token_logprobs"]?[0]?.double == -0.25)
        #expect(logprobs["top_logprobs"]?[0]?.object?.map(\.name) == ["gr"] && logprobs["text_offset"]?[0]?.int == 0)
        #expect(events.map { $0["usage"]?["total_tokens"]?.int } == [nil, nil, nil, 5])
        #expect(events.dropLast().allSatisfy { $0["usage"] == .null })
        #expect(try translated(chat, to: .completions).allSatisfy { try tree($0)["usage"] == nil })
    }

    @Test("a completion's stream becomes chat's: role, texts, an empty delta with the finish") func toChat() throws {
        func columns(_ token: String) -> String { #"{"tokens":["\#(token)"],"token_logprobs":[-1],"text_offset":[0]}"# }
        let events = try translated(
            [
                Make.completionsChunk(Make.textChoice(#"" a""#, logprobs: columns(" a"))),
                Make.completionsChunk(Make.textChoice(#"" b\n""#, logprobs: columns(" b\\n"))),
                Make.completionsChunk(Make.textChoice(#""c""#, finish: #""length""#, logprobs: columns("c"))),
            ],
            to: .chat,
            top: 0
        ).map { try tree($0) }
        let deltas = events.map { text($0["choices"]?[0]?["delta"]?.encode() ?? []) }
        #expect(
            deltas == [
                #"{"role":"assistant","content":""}"#, #"{"content":"a"}"#, #"{"content":" b\n"}"#, #"{"content":"c"}"#,
                "{}",
            ]
        )
        #expect(events.map { $0["choices"]?[0]?["finish_reason"]?.string } == [nil, nil, nil, nil, "length"])
        #expect(
            events.map { $0["choices"]?[0]?["logprobs"]?["content"]?[0]?["token"]?.string } == [
                nil, " a", " b\n", "c", nil,
            ]
        )
        #expect(
            events.allSatisfy { $0["object"]?.string == "chat.completion.chunk" && $0["id"]?.string == "chatcmpl-7" }
        )
        #expect(events.allSatisfy { $0["usage"] == nil })
    }

    @Test("one leading space is taken off, once a choice, however it is written and whenever it comes") func space()
        throws
    {
        func shown(_ texts: [String]) throws -> String {
            let end = Make.completionsChunk(Make.textChoice(#""""#, finish: #""stop""#))
            let events = translated(texts.map { Make.completionsChunk(Make.textChoice($0)) } + [end], to: .chat)
            return try events.map { try tree($0)["choices"]?[0]?["delta"]?["content"]?.string ?? "" }.joined()
        }
        #expect(try shown([#""  a""#, #"" b""#]) == " a b" && shown([#""""#, #"" ""#, #"" a""#]) == " a")
        #expect(
            try shown([#""\u0020a""#]) == "a" && shown([#""\n a""#]) == "\n a" && shown([#""a""#, #"" b""#]) == "a b"
        )
    }

    @Test("of refusals a completion shows the words, of tool calls nothing") func refusal() throws {
        func texts(_ deltas: String...) throws -> [String?] {
            let end = Make.choice("{}", finish: #""stop""#)
            return try translated((deltas.map { Make.choice($0) } + [end]).map { Make.chunk($0) }, to: .completions)
                .map { try tree($0)["choices"]?[0]?["text"]?.string }
        }
        #expect(try texts(#"{"content":""}"#, #"{"refusal":"I "}"#, #"{"refusal":"won't"}"#) == ["I ", "won't", ""])
        #expect(try texts(#"{"content":"a"}"#, #"{"refusal":"no"}"#) == ["a", ""])
        #expect(
            try texts(#"{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"{}"}}]}"#) == [""]
        )
    }

    @Test("an anonymous stream takes the request's id and the configured model, the same in every event") func names()
        throws
    {
        let events = [#"{"content":"a"}"#, #"{"content":"b"}"#].map { #"{"choices":[\#(Make.choice($0))]}"# }
        for event in try translated(events, to: .completions).map({ try tree($0) }) {
            #expect(event["id"]?.string == "cmpl-req" && event["model"]?.string == "named")
        }
        #expect(try sent(events).map { try tree($0)["model"]?.string } == ["named", "named"])
        // What a provider says later does not change what clients were told.
        let late = events + [Make.chunk(Make.choice("{}", finish: #""stop""#))]
        #expect(try translated(late, to: .completions).allSatisfy { try tree($0)["id"]?.string == "cmpl-req" })
    }

    @Test("a presentation is as the request asks") func presentation() throws {
        for (members, usage) in [
            (#""stream":true"#, false), (#""stream":true,"stream_options":{"include_usage":true}"#, true),
            (#""stream":true,"stream_options":null"#, false), (#""stream":true,"stream_options":{"x":1}"#, false),
            (#""stream":true,"stream_options":{"include_usage":false,"include_obfuscation":true}"#, false),
        ] {
            let requests = [try Make.chat(Make.chatBody(members)), try Make.completions(Make.completionsBody(members))]
            for request in requests {
                let presentation = StreamPresentation(for: request, modelName: "m", requestID: "r")
                #expect(request.stream && presentation.includeUsage == usage && presentation.answer.modelName == "m")
                #expect(presentation.answer.dialect == request.dialect && presentation.answer.requestID == "r")
            }
        }
    }
}

extension String {
    fileprivate var trimmed: String { String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
}
