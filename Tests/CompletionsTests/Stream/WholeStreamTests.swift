import JSON
import Testing

@testable import Completions

@Suite("What a stream says beside the values of an answer") struct WholeStreamTests {
    private func client(_ answer: CompletionAnswer, top: Int? = nil) -> String {
        text(
            answer.encode(
                for: AnswerPresentation(
                    dialect: .chat,
                    withLogprobs: top != nil,
                    topLogprobs: top ?? 0,
                    modelName: "named",
                    requestID: "req"
                )
            )
        )
    }

    private func read(_ deltas: [String], finish: String = "stop") -> CompletionAnswer {
        let end = Make.choice("{}", finish: #""\#(finish)""#)
        let events = (deltas.map { Make.choice($0) } + [end]).map { Make.chunk($0, #","usage":null"#) }
        let usage = Make.chunk("", #","usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,"x":1.50}"#)
        return ReadStream(Make.stream(events + [usage]), .chat).answer
    }

    @Test("unknown members of deltas reach a client who does not stream: texts joined, else the last") func members() {
        let answer = read([
            #"{"role":"assistant","content":"","reasoning_content":"Let \u006de"}"#,
            #"{"reasoning_content":" see \"","audio":{"id":1}}"#, #"{"content":"four","reasoning_content":null}"#,
            #"{"audio":{"id":2},"\u006dood":2.50}"#,
        ])
        #expect(answer.choices[0].text.map(text) == "four" && answer.usage?.totalTokens == 5)
        let message =
            #"{"role":"assistant","content":"four","refusal":null,"reasoning_content":"Let \u006de see \"","#
            + #""audio":{"id":2},"mood":2.50}"#
        #expect(
            client(answer)
                == #"{"id":"chatcmpl-7","object":"chat.completion","created":1730000001,"model":"big-2024","choices":"#
                + #"[{"index":0,"message":\#(message),"logprobs":null,"finish_reason":"stop"}],"#
                + #""usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,"x":1.50}}"#
        )
        // What is kept is what was read: the same values as of the answer in one piece.
        let whole = try? CompletionAnswer.read(Array(client(answer).utf8), dialect: .chat, parser: JSONParser())
        #expect(whole == answer)
    }

    @Test("an answer without any has no body of its own, nulls and empty lists of calls are none") func none() {
        let answer = read([
            #"{"role":"assistant","content":"a","refusal":null,"reasoning_content":null,"function_call":null}"#,
            #"{"content":"b","tool_calls":null}"#,
        ])
        #expect(answer.raw.isEmpty && answer.choices[0].text.map(text) == "ab")
    }

    @Test("custom tools, and what providers add to calls") func tools() throws {
        let answer = read(
            [
                #"{"tool_calls":[{"index":0,"id":"c1","type":"custom","custom":{"name":"shell","input":"ls "}}]}"#,
                #"{"tool_calls":[{"index":0,"custom":{"input":"-l"}}]}"#,
                #"{"tool_calls":[{"index":1,"id":"c2","type":"function","function":{"name":"f","arguments":"{}"},"extra":{"a":1}}]}"#,
            ],
            finish: "tool_calls"
        )
        #expect(answer.choices[0].toolCalls.map { text($0.arguments) } == ["ls -l", "{}"])
        let calls = try JSONTree.parse(Array(client(answer).utf8))["choices"]?[0]?["message"]?["tool_calls"]
        #expect(
            calls.map { text($0.encode()) }
                == #"[{"id":"c1","type":"custom","custom":{"name":"shell","input":"ls -l"}},"#
                + #"{"id":"c2","type":"function","function":{"name":"f","arguments":"{}"},"extra":{"a":1}}]"#
        )
    }

    @Test("log-probabilities of a refusal, for those who asked") func refusal() throws {
        func tokens(_ token: String) -> String {
            #"{"content":null,"refusal":[{"token":"\#(token)","logprob":-0.5,"bytes":null,"top_logprobs":[]}]}"#
        }
        let events = [
            Make.choice(#"{"role":"assistant","refusal":"I "}"#, logprobs: tokens("I ")),
            Make.choice(#"{"refusal":"won't"}"#, logprobs: tokens("won't")), Make.choice("{}", finish: #""stop""#),
        ]
        let answer = ReadStream(Make.stream(events.map { Make.chunk($0) }), .chat).answer
        #expect(answer.choices[0].refusal.map(text) == "I won't" && answer.choices[0].logprobs == nil)
        let logprobs = try JSONTree.parse(Array(client(answer, top: 0).utf8))["choices"]?[0]?["logprobs"]
        #expect(logprobs?["refusal"]?.array?.map { $0["token"]?.string } == ["I ", "won't"])
        #expect(logprobs?["content"]?.isNull == true)
        #expect(try JSONTree.parse(Array(client(answer).utf8))["choices"]?[0]?["logprobs"]?.isNull == true)
    }

    @Test("what is said beside counts for the limit, and not as tokens") func limit() {
        let long = String(repeating: "x", count: 60)
        func read(_ count: Int) -> ReadStream {
            let event = Make.chunk(Make.choice(#"{"reasoning":"\#(long)"}"#))
            return ReadStream(Make.stream([String](repeating: event, count: count)), .chat, limit: 400)
        }
        #expect(read(4).fault == .cut)
        #expect(read(8).fault == .tooLarge)
        #expect(read(4).stream.tokens(of: 0) == 0)
    }
}
