import JSON
import Testing

@testable import Completions

@Suite("Answers that stream in") struct StreamedAnswerTests {
    static let logprobs =
        #"{"content":[{"token":"gr","logprob":-0.25,"bytes":[103,114],"top_logprobs":[{"token":"gr","logprob":-0.25,"bytes":null},{"token":"x","logprob":-1.5}]}],"refusal":null}"#

    static let chat = [
        Make.chunk(Make.choice(#"{"role":"assistant","content":"","refusal":null}"#), #","system_fingerprint":"fp""#),
        Make.chunk(Make.choice(#"{"content":"gr"}"#, logprobs: logprobs), #","system_fingerprint":"fp""#),
        Make.chunk(Make.choice(#"{"content":"\u00fcn"}"#), #","system_fingerprint":"fp""#),
        Make.chunk(Make.choice("{}", finish: #""stop""#), #","system_fingerprint":"fp""#),
        Make.chunk("", #","usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}"#),
    ]

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
        #expect(read.stream.tokens(of: 0) == 1)
    }

    @Test("the same dialect gets the events as sent") func same() {
        let read = ReadStream(Make.stream(Self.chat), .chat, keepsChunks: true)
        #expect(read.events(Make.presentation(.chat, top: 5)) == Array(Self.chat.dropLast()))
    }
}
