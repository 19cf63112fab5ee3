import Completions
import Testing

@testable import Judgment

@Suite struct ToolCallJudgeTests {
    private let schema = #"{"type":"object","properties":{"lines":{"type":"integer"}},"required":["lines"]}"#

    private func judged(_ name: String, _ arguments: String, schema: String?, offered: Bool = true) -> Verdict {
        let call = ToolCall(id: Array("1".utf8), name: Array(name.utf8), arguments: Array(arguments.utf8))
        let tool = ToolDefinition(name: Array("search".utf8), parameters: schema.map { Array($0.utf8)[...] })
        return Judge().judge(
            answer(Choice(text: nil, toolCalls: [call], finishReason: .toolCalls)),
            context: JudgingContext(tools: offered ? [tool] : nil)
        )
    }

    @Test func argumentsMustSatisfyTheToolsSchema() {
        #expect(judged("search", #"{"lines":1}"#, schema: schema).accepted)
        let wrong = judged("search", #"{"lines":"1"}"#, schema: schema)
        #expect(wrong.reason.rawValue == "format.json_schema")
        #expect(wrong.detail == "search: /lines at byte 9: type: expected integer, found string")
    }

    @Test func argumentsMustBeAJSONObject() {
        #expect(judged("search", "{", schema: schema).reason.rawValue == "format.json")
        #expect(judged("search", "", schema: nil).reason.rawValue == "format.json")
        #expect(judged("search", "[1]", schema: nil).reason.rawValue == "format.json")
        #expect(judged("search", #"{"a":1,"a":2}"#, schema: nil).reason.rawValue == "format.json")
        #expect(judged("search", "{}", schema: nil).accepted)
    }

    @Test func aToolThatWasNotOfferedFailsUnlessNobodyKnows() {
        #expect(judged("delete", #"{"lines":1}"#, schema: schema).detail == "delete: no such tool was offered")
        #expect(judged("delete", #"{"lines":1}"#, schema: schema, offered: false).accepted)
        #expect(judged("delete", "nonsense", schema: schema, offered: false).reason.rawValue == "format.json")
    }

    @Test func aSchemaThatCannotBeJudgedDoesNotPass() {
        let remote = judged("search", "{}", schema: #"{"$ref":"https://example.com/a.json"}"#)
        #expect(remote.reason.rawValue == "format.json_schema")
        #expect(remote.detail?.contains("remote references are not supported") == true)
        let names = (1...33).map { #""p\#($0)":{"pattern":"^a{\#($0)}$"}"# }.joined(separator: ",")
        let patterns = judged("search", "{}", schema: "{\"properties\":{\(names)}}")
        #expect(patterns.detail?.contains("more patterns than are compiled for one request") == true)
        let large = #"{"description":"\#(String(repeating: "a", count: 70_000))"}"#
        #expect(judged("search", "{}", schema: large).detail?.contains("larger than") == true)
    }

    @Test func textChecksDoNotReadAnAnswerThatIsCallsAlone() throws {
        let call = ToolCall(id: [], name: Array("f".utf8), arguments: Array("{}".utf8))
        let judge = Judge(checks: [try check("finished"), try check("min_chars", .number("1"))])
        let calls = Choice(text: nil, toolCalls: [call], finishReason: .toolCalls)
        let verdict = judge.judge(answer(calls), context: JudgingContext())
        #expect(verdict.accepted)
        #expect(Array(verdict.checks) == [.pass, .notRun])
        // A call that was cut off is blamed on that.
        var cut = calls
        cut.finishReason = .length
        cut.toolCalls[0].arguments = Array("{".utf8)
        #expect(judge.judge(answer(cut), context: JudgingContext()).reason.rawValue == "format.finished")
    }

    @Test func missingLogprobsOfCallsHaveAPolicyOfTheirOwn() {
        let call = ToolCall(id: [], name: Array("f".utf8), arguments: Array("{}".utf8))
        let calls = Choice(text: nil, toolCalls: [call], finishReason: .toolCalls)
        let rule = ConfidenceRule(score: .min, threshold: -1, whenMissing: WhenMissing(text: .fallback, tools: .accept))
        #expect(Judge(confidence: rule).judge(answer(calls), context: JudgingContext()).accepted)
        #expect(Judge(confidence: rule).judge(answer(choice("a")), context: JudgingContext()).reason == .noLogprobs)
    }
}
