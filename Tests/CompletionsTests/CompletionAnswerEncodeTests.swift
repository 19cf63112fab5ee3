import JSON
import Testing

@testable import Completions

@Suite("Answers for clients") struct CompletionAnswerEncodeTests {
    private let chat = CompletionAnswerReadTests.chat
    private let completions = CompletionAnswerReadTests.completions

    @Test("the same dialect gets every byte as sent, log-probabilities null unless asked for") func same() throws {
        for (body, dialect) in [(chat, Dialect.chat), (completions, .completions)] {
            let answer = try Make.answer(body, dialect)
            let kept = answer.encode(for: AnswerPresentation(dialect: dialect, withLogprobs: true, topLogprobs: 5))
            #expect(text(kept) == body)
            let removed = text(answer.encode(for: AnswerPresentation(dialect: dialect)))
            let logprobs = text(try #require(answer.choices[0].logprobs).raw)
            #expect(removed == body.replacing(logprobs, with: "null"))
        }
    }

    @Test("alternatives are trimmed to the number asked for") func trimmed() throws {
        let objects = try Make.answer(chat, .chat)
        func top(_ count: Int) throws -> [Int] {
            let presentation = AnswerPresentation(dialect: .chat, withLogprobs: true, topLogprobs: count)
            let result = try tree(objects.encode(for: presentation))
            return (result["choices"]?[0]?["logprobs"]?["content"]?.array ?? [])
                .map { $0["top_logprobs"]?.array?.count ?? -1 }
        }
        #expect(try top(0) == [0, 0, -1, -1])
        #expect(try top(2) == [2, 1, -1, -1])

        let columns = try Make.answer(completions, .completions)
        func names(_ count: Int) throws -> [String]? {
            let presentation = AnswerPresentation(dialect: .completions, withLogprobs: true, topLogprobs: count)
            let result = try tree(columns.encode(for: presentation))
            return result["choices"]?[0]?["logprobs"]?["top_logprobs"]?[1]?.object?.map(\.name)
        }
        #expect(try names(0) == nil)
        #expect(try names(1) == ["b"])
        #expect(try names(2) == ["b", "d"])
    }

    @Test("the chosen token stays though it is none of the likeliest") func chosen() throws {
        let answer = try Make.answer(
            #"{"choices":[{"text":"z","logprobs":{"tokens":["z"],"token_logprobs":[-9],"top_logprobs":[{"a":-1,"b":-2,"z":-9}]}}]}"#,
            .completions
        )
        let presentation = AnswerPresentation(dialect: .completions, withLogprobs: true, topLogprobs: 1)
        let result = try tree(answer.encode(for: presentation))
        #expect(result["choices"]?[0]?["logprobs"]?["top_logprobs"]?[0]?.object?.map(\.name) == ["a", "z"])
    }

    @Test("an answer that names no model gets the configured name, wherever it stands") func named() throws {
        let presentation = AnswerPresentation(dialect: .completions, modelName: "sm\"all")
        for (body, expected) in [
            (#" {"choices":[{"text":"a"}]}"#, #" {"model":"sm\"all","choices":[{"text":"a"}]}"#),
            (
                #"{"choices":[{"text":"a","logprobs":{}}],"model":null}"#,
                #"{"choices":[{"text":"a","logprobs":null}],"model":"sm\"all"}"#
            ),
            (#"{"model":"x","choices":[{"text":"a"}]}"#, #"{"model":"x","choices":[{"text":"a"}]}"#),
        ] {
            #expect(text(try Make.answer(body, .completions).encode(for: presentation)) == expected)
        }
    }

    @Test("a completion becomes a message without its one leading space") func toChat() throws {
        let answer = try Make.answer(completions, .completions)
        let result = try tree(
            answer.encode(for: AnswerPresentation(dialect: .chat, withLogprobs: true, topLogprobs: 2))
        )
        #expect(result["id"]?.string == "chatcmpl-1" && result["object"]?.string == "chat.completion")
        #expect(result["created"]?.int == 1_730_000_000 && result["model"]?.string == "small")
        let message = try #require(result["choices"]?[0]?["message"])
        #expect(message["role"]?.string == "assistant" && message["content"]?.string == "ab")
        #expect(result["choices"]?[0]?["finish_reason"]?.string == "length")
        #expect(result["choices"]?[1]?["logprobs"] == .null && result["choices"]?[1]?["index"]?.int == 1)
        let tokens = try #require(result["choices"]?[0]?["logprobs"]?["content"]?.array)
        #expect(tokens.map { $0["token"]?.string } == [" a", "b"])
        #expect(tokens.map { $0["logprob"]?.double } == [-9999, -0.5])
        #expect(tokens[1]["bytes"] == .array([.int(98)]))
        #expect(tokens.map { $0["top_logprobs"]?.array?.map { $0["token"]?.string } } == [[], ["b", "d"]])
        #expect(text(result["usage"]?.encode() ?? []) == #"{"prompt_tokens":1,"completion_tokens":2}"#)
    }

    @Test("two leading spaces lose one, and other text none") func spaces() throws {
        for (sent, wanted) in [("  a", " a"), ("a", "a"), (" ", ""), ("", ""), (#"\n a"#, "\n a")] {
            let answer = try Make.answer(#"{"choices":[{"text":"\#(sent)"}]}"#, .completions)
            let result = try tree(answer.encode(for: AnswerPresentation(dialect: .chat)))
            #expect(result["choices"]?[0]?["message"]?["content"]?.string == wanted)
        }
    }

    @Test("a message becomes a completion") func toCompletions() throws {
        let answer = try Make.answer(chat, .chat)
        let presentation = AnswerPresentation(dialect: .completions, withLogprobs: true, topLogprobs: 2)
        let result = try tree(answer.encode(for: presentation))
        #expect(result["id"]?.string == "cmpl-1" && result["object"]?.string == "text_completion")
        #expect(result["system_fingerprint"]?.string == "fp")
        #expect(result["choices"]?[0]?["text"]?.string == "grün 😀")
        let logprobs = try #require(result["choices"]?[0]?["logprobs"])
        #expect(logprobs["tokens"]?[1]?.string == "ün ")
        #expect(logprobs["token_logprobs"]?.array?.map(\.double) == [-0.25, nil, -0.001, -12])
        #expect(logprobs["text_offset"]?.array?.map(\.int) == [0, 2, 5, 6])
        #expect(logprobs["top_logprobs"]?[0]?.object?.map(\.name) == ["gr", "x"])
        let plain = try tree(answer.encode(for: AnswerPresentation(dialect: .completions)))
        #expect(plain["choices"]?[0]?["logprobs"] == .null)
    }

    @Test("a refusal is a completion's text, for lack of another place") func refusal() throws {
        let answer = try Make.answer(#"{"choices":[{"message":{"content":null,"refusal":"I won't."}}]}"#, .chat)
        let result = try tree(answer.encode(for: AnswerPresentation(dialect: .completions)))
        #expect(result["choices"]?[0]?["text"]?.string == "I won't.")
    }

    @Test("an answer made here is written from its values", arguments: Dialect.allCases) func made(dialect: Dialect)
        throws
    {
        let call = ToolCall(id: Array("1".utf8), name: Array("f".utf8), arguments: Array(#"{"a":"b"}"#.utf8))
        var answer = CompletionAnswer(
            dialect: dialect,
            choices: [Choice(text: Array("a\"b".utf8), logprobs: TokenLogprobs([("a", -1), ("\"b", -0.5)]))],
            usage: Usage(promptTokens: 1, completionTokens: 2, totalTokens: 3)
        )
        if dialect == .chat { answer.choices[0].toolCalls = [call] }
        let presentation = AnswerPresentation(dialect: dialect, withLogprobs: true, modelName: "m", requestID: "q")
        let body = answer.encode(for: presentation)
        let again = try CompletionAnswer.read(body, dialect: dialect, parser: JSONParser())
        #expect(again.choices[0].text == answer.choices[0].text)
        #expect(again.choices[0].toolCalls == answer.choices[0].toolCalls)
        #expect(again.choices[0].logprobs?.logprobs == [-1, -0.5])
        #expect(again.choices[0].logprobs?.tokenBytes == Array("a\"b".utf8))
        #expect(again.usage?.totalTokens == 3 && again.model.map(text) == "m")
        #expect(again.id.map(text) == (dialect == .chat ? "chatcmpl-q" : "cmpl-q"))
    }

    @Test("ids change their prefix once") func ids() {
        func id(_ id: String, _ dialect: Dialect) -> String { text(CompletionAnswer.id(Array(id.utf8), for: dialect)) }
        #expect(id("cmpl-1", .chat) == "chatcmpl-1" && id("chatcmpl-1", .completions) == "cmpl-1")
        #expect(id("chatcmpl-1", .chat) == "chatcmpl-1" && id("7", .chat) == "chatcmpl-7")
    }
}
