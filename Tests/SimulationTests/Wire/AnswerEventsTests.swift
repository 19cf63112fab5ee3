import JSON
import Testing

@testable import Simulation

@Suite struct AnswerEventsTests {
    /// The events of a model's answer, and how many tokens each has.
    private func events(_ model: ModelScript, _ dialect: Dialect, _ members: String) throws -> [(JSONTree, Int)] {
        let body = #"{"model":"m","stream":true,\#(members)}"#
        let request = try ProviderRequest.read(Array(body.utf8), dialect: dialect)
        let stream = try #require(model.plan(request, call: 1, seed: 1).stream)
        var events = AnswerEvents(stream.answer, tokensPerEvent: stream.script.tokensPerEvent)
        var list: [(JSONTree, Int)] = []
        while let event = events.next() { list.append((try JSONTree.parse(event.data), event.tokens)) }
        return list
    }

    private func delta(_ event: (JSONTree, Int)) -> JSONTree? { event.0["choices"]?[0]?["delta"] }

    static let hi = #""messages":[{"role":"user","content":"hi"}]"#

    @Test("a scalar in two tokens is one event with both, scored each")
    func scalars() throws {
        let list = try events(ModelScript(says: "a👍b"), .chat, Self.hi + #","logprobs":true"#)
        #expect(list.compactMap { delta($0)?["content"]?.string } == ["", "a", "👍", "b"])
        #expect(list.map(\.1) == [0, 1, 2, 1, 0])
        let content = try #require(list[2].0["choices"]?[0]?["logprobs"]?["content"]?.array)
        #expect(content.map { $0["token"]?.string } == ["\\xf0\\x9f", "\\x91\\x8d"])
    }

    @Test("half a scalar that is never made whole does not hold the others up")
    func orphan() throws {
        var rule = AnswerRule(reply: .texts(["👍 yes no"]))
        rule.defect = TokenDefect(token: 1, text: "!")
        let list = try events(ModelScript(answers: [rule]), .chat, Self.hi)
        #expect(list.compactMap { delta($0)?["content"]?.string } == ["", "!", "\u{FFFD}\u{FFFD}", " yes", " no"])
        rule.defect = TokenDefect(token: 2, text: "!")
        let other = try events(ModelScript(answers: [rule]), .chat, Self.hi)
        #expect(other.compactMap { delta($0)?["content"]?.string } == ["", "\u{FFFD}!", " yes", " no"])
    }

    @Test("choices take turns, and each ends behind its last token")
    func choices() throws {
        let model = ModelScript(answers: [AnswerRule(reply: .texts(["a b", "c"]))])
        let list = try events(model, .chat, Self.hi + #","n":2"#).map { $0.0["choices"]?[0] }
        let outline = list.map {
            "\($0?["index"]?.int ?? -1)"
                + ($0?["finish_reason"]?.string ?? $0?["delta"]?["role"]?.string ?? $0?["delta"]?["content"]?.string
                    ?? "?")
        }
        #expect(outline == ["0assistant", "1assistant", "0a", "1c", "0 b", "1stop", "0stop"])
    }

    @Test("a tool call begins with id and name, and its arguments follow in parts")
    func tools() throws {
        let call = ScriptedToolCall(name: "find", arguments: #"{"a":1}"#)
        let model = ModelScript(answers: [AnswerRule(reply: .toolCalls([call, call]))])
        let tools = #","tools":[{"type":"function","function":{"name":"find"}}]"#
        let list = try events(model, .chat, Self.hi + tools)
        #expect(delta(list[0])?["content"]?.isNull == true)
        let calls = list.compactMap { delta($0)?["tool_calls"]?[0] }
        for index in 0..<2 {
            let parts = calls.filter { $0["index"]?.int == index }
            #expect(parts.map { $0["id"]?.string != nil } == [true, false, false, false, false, false, false, false])
            #expect(parts[0]["function"]?["name"]?.string == "find" && parts[0]["type"]?.string == "function")
            #expect(parts.compactMap { $0["function"]?["arguments"]?.string }.joined() == call.arguments)
        }
        #expect(Set(calls.compactMap { $0["id"]?.string }).count == 2)
        #expect(list.last?.0["choices"]?[0]?["finish_reason"]?.string == "tool_calls")
        #expect(list.reduce(0) { $0 + $1.1 } == 2 * (2 + 7))
    }

    @Test("a refusal has its own member, in delta and log-probabilities")
    func refusal() throws {
        let model = ModelScript(answers: [AnswerRule(reply: .refusal("I will not"))])
        let list = try events(model, .chat, Self.hi + #","logprobs":true"#)
        #expect(list.compactMap { delta($0)?["refusal"]?.string }.joined() == "I will not")
        #expect(list[1].0["choices"]?[0]?["logprobs"]?["refusal"]?.array?.count == 1)
        #expect(list[1].0["choices"]?[0]?["logprobs"]?["content"]?.isNull == true)
    }

    @Test("an echoed prompt takes the model no time, and is offset from its own beginning")
    func echo() throws {
        let list = try events(ModelScript(says: " b"), .completions, #""prompt":"a é","echo":true,"logprobs":0"#)
        #expect(list.map { $0.0["choices"]?[0]?["text"]?.string } == ["a", " ", "é", " b", ""])
        #expect(list.map(\.1) == [0, 0, 0, 1, 0])
        let logprobs = list.map { $0.0["choices"]?[0]?["logprobs"] }
        #expect(logprobs.map { $0?["text_offset"]?[0]?.int } == [0, 1, 2, 3, nil])
        #expect(logprobs.map { $0?["token_logprobs"]?[0]?.double } == [nil, -2, -2, -0.05, nil])
    }

    @Test("single tokens may be unsure, null, or left out", arguments: [Dialect.chat, .completions])
    func places(dialect: Dialect) throws {
        let scores = LogprobScript(
            base: .fixed(-0.1),
            places: [
                .init(token: 2, score: .value(-9)), .init(token: 3, score: .null), .init(token: 4, score: .missing),
                .init(token: 99, score: .null),
            ]
        )
        let model = ModelScript(answers: [AnswerRule(reply: .texts(["a b c d e"]))], logprobs: scores)
        let members = dialect == .chat ? Self.hi + #","logprobs":true"# : #""prompt":"hi","logprobs":1"#
        let list = try events(model, dialect, members).map { $0.0["choices"]?[0]?["logprobs"] }
        let values = list.map { $0?["content"]?[0]?["logprob"] ?? $0?["token_logprobs"]?[0] }
        #expect(values.map { $0?.double } == (dialect == .chat ? [nil] : []) + [-0.1, -9, nil, nil, -0.1, nil])
        let isNull = values.map { $0?.isNull == true }
        #expect(isNull == (dialect == .chat ? [false] : []) + [false, false, true, false, false, false])
    }

    @Test("an answer turns bad at one token and keeps its length")
    func defect() throws {
        let rule = AnswerRule(reply: .texts([#"{"a": 1}"#]), defect: TokenDefect(token: 4, text: "\u{1}]"))
        let list = try events(ModelScript(answers: [rule]), .chat, Self.hi)
        #expect(
            list.compactMap { delta($0)?["content"]?.string } == ["", "{", "\"", "a", "\u{1}]", ":", " ", "1", "}"]
        )
        #expect(list.reduce(0) { $0 + $1.1 } == 8)
    }
}
