import Completions
import Testing

@testable import Judgment

@Suite struct PrefixJudgeTests {
    /// Feeds tokens one by one: at how many the answer was refuted, and how.
    private func refuted(
        _ judge: Judge,
        _ tokens: [(text: String, logprob: Double)],
        margins: [Double] = [],
        context: JudgingContext = JudgingContext(),
        dialect: Dialect = .chat,
        maxTokens: Int? = nil
    ) -> (tokens: Int, refutation: Refutation)? {
        var arrival = Arrival(judge, context: context, dialect: dialect, maxTokens: maxTokens)
        for (position, token) in tokens.enumerated() {
            let margin = margins.isEmpty ? [] : [margins[position]]
            let tokens = TokenLogprobs([token], margins: margin)
            arrival.take(Arrival.Piece(text: Array(token.text.utf8), tokens: tokens))
        }
        guard let tokens = arrival.refutedAt, let refutation = arrival.refutation else { return nil }
        return (tokens, refutation)
    }

    @Test func `the token that refutes ends it`() throws {
        let json = Judge(checks: [try check("json")])
        #expect(refuted(json, [("{", 0), ("\"a\"", 0), ("1", 0), ("}", 0)])?.tokens == 3)
        #expect(refuted(json, [("{", 0), ("\"a\"", 0), (":1", 0), ("}", 0)]) == nil)
        let short = Judge(checks: [try check("finished"), try check("max_chars", .number("2"))])
        let found = refuted(short, [("ab", 0), ("c", 0), ("d", 0)])
        #expect(found?.tokens == 2)
        #expect(found?.refutation.reason.rawValue == "format.max_chars")
        #expect(found?.refutation.detail == "more than 2 characters")
        #expect(found?.refutation.consequence == .fallback)
    }

    @Test func `exact scores end it at their token`() {
        let tokens = [("a", -0.5), ("b", -3.0), ("c", -0.1)]
        func at(_ score: ScoreName, _ threshold: Double, _ margins: [Double] = []) -> Int? {
            refuted(Judge(confidence: ConfidenceRule(score: score, threshold: threshold)), tokens, margins: margins)?
                .tokens
        }
        #expect(at(.min, -1) == 2)
        #expect(at(.min, -4) == nil)
        #expect(at(.firstToken, -0.4) == 1)
        #expect(at(.firstToken, -1) == nil)
        #expect(at(.margin, 1, [2, 2, 0.5]) == 3)
    }

    @Test func `over values it is the token in a value that counts, before the value has ended`() {
        let tokens = [("{\"", -0.1), ("a", -3.0), ("\":", -0.1), ("\"x", -2.0), ("y", 0.0), ("\"}", -0.1)]
        let values = Judge(confidence: ConfidenceRule(score: .min, threshold: -1, over: .values))
        #expect(refuted(values, tokens)?.tokens == 4)
        let surer = tokens.map { ($0.0, $0.0 == "\"x" ? -0.5 : $0.1) }
        #expect(refuted(values, surer) == nil)
        // What is no JSON counts all its tokens.
        #expect(refuted(values, [("{\"", -0.1), ("a", -3.0), ("\"}", -0.1)])?.tokens == 3)
    }

    @Test func `a mean is hopeless when even zeros cannot save it`() {
        let tokens = [("a", -2.0), ("b", -2.0), ("c", -2.0)]
        let mean = Judge(confidence: ConfidenceRule(score: .mean, threshold: -1))
        // Of at most 4 tokens, 4 × -1 must not be undercut: at the third token it is.
        #expect(refuted(mean, tokens, maxTokens: 4)?.tokens == 3)
        #expect(refuted(mean, tokens, maxTokens: 6) == nil)
        #expect(refuted(mean, tokens) == nil)
        let median = Judge(confidence: ConfidenceRule(score: .quantile, threshold: -1, quantile: 0.5))
        #expect(refuted(median, tokens, maxTokens: 5)?.tokens == 3)
        #expect(refuted(median, tokens, maxTokens: 7) == nil)
    }

    @Test func `a limit that was not kept says nothing`() {
        let tokens = [("a", -2.0), ("b", -2.0), ("c", -2.0)]
        let mean = Judge(confidence: ConfidenceRule(score: .mean, threshold: -2.5))
        #expect(refuted(mean, tokens, maxTokens: 2) == nil)
    }

    @Test func `what missing numbers would accept is left to the whole`() {
        let tokens = [("a", -5.0), ("b", Double.nan)]
        func judge(_ missing: WhenMissing) -> Judge {
            Judge(confidence: ConfidenceRule(score: .min, threshold: -1, whenMissing: missing))
        }
        let accepting = judge(WhenMissing(text: .accept))
        #expect(refuted(accepting, tokens) == nil)
        #expect(accepting.judge(answer(choice("ab", tokens: tokens)), context: JudgingContext()).accepted)
        // A call may follow, and then the policy for calls holds; not where no tool was offered.
        let forCalls = judge(WhenMissing(text: .fallback, tools: .accept))
        #expect(refuted(forCalls, tokens) == nil)
        #expect(refuted(forCalls, tokens, context: JudgingContext(offersTools: false))?.tokens == 1)
    }

    @Test func `a null is said at once, with what follows from it`() {
        let tokens = [("a", -0.5), ("b", Double.nan), ("c", -0.1)]
        for (policy, consequence) in [(MissingPolicy.fallback, Verdict.Consequence.fallback), (.fail, .error)] {
            let missing = WhenMissing(text: policy, tools: policy)
            let judge = Judge(confidence: ConfidenceRule(score: .min, threshold: -1, whenMissing: missing))
            let found = refuted(judge, tokens)
            #expect(found?.tokens == 2)
            #expect(found?.refutation.reason == .noLogprobs)
            #expect(found?.refutation.consequence == consequence)
        }
    }

    @Test func `a leading space is taken off here too`() throws {
        let labels = CheckOptions.mapping([.init("values", .list([.string("yes")])), .init("trim", .bool(false))])
        let judge = Judge(checks: [try check("one_of", labels)])
        let tokens = [(" ye", 0.0), ("s", 0.0)]
        let chat = JudgingContext(clientSpeaksChat: true)
        #expect(refuted(judge, tokens, context: chat, dialect: .completions) == nil)
        #expect(refuted(judge, tokens, context: chat, dialect: .chat)?.tokens == 1)
    }

    @Test func `an echoed prompt is not judged`() throws {
        let judge = Judge(
            checks: [try check("one_of", .list([.string("yes")]))],
            confidence: ConfidenceRule(score: .min, threshold: -1)
        )
        let context = JudgingContext(echoedPromptCharacters: 2)
        let prompt = [("é", Double.nan), ("?", -9.0)]
        #expect(refuted(judge, prompt + [("yes", -0.5)], context: context, dialect: .completions) == nil)
        let other = refuted(judge, prompt + [("no", -0.5)], context: context, dialect: .completions)
        #expect(other?.tokens == 3)
        let unsure = refuted(judge, prompt + [("ye", -0.5), ("s", -2)], context: context, dialect: .completions)
        #expect(unsure?.tokens == 4)
        #expect(unsure?.refutation.reason == .lowConfidence)
    }

    @Test func `arguments that cannot become an object end it`() {
        var broken = Arrival(Judge())
        broken.take(arguments: "{\"a\"".utf8)
        #expect(broken.refutation == nil)
        broken.take(arguments: " 1}".utf8)
        #expect(broken.refutation?.reason.rawValue == "format.json")
        #expect(broken.refutation?.detail?.hasPrefix("search: ") == true)
        var list = Arrival(Judge())
        list.take(arguments: "{}".utf8)
        list.take(arguments: " [".utf8, of: 1)
        #expect(list.refutation?.detail == #"search: arguments are an object, found " [""#)
    }

    private static let search = #"{"properties":{"lines":{"type":"integer"}},"additionalProperties":false}"#

    private func arrival(offering tools: [(name: String, schema: String?)]) -> Arrival {
        let tools = tools.map {
            ToolDefinition(name: Array($0.name.utf8), parameters: $0.schema.map { Array($0.utf8)[...] })
        }
        return Arrival(Judge(), context: JudgingContext(tools: tools))
    }

    @Test func `arguments that break the tool's schema end it at once`() {
        for (arguments, rest, detail) in [
            (#"{"lines": "#, "\"", "integer"), (#"{"lines": 12"#, #", "mo"#, "further member"),
            (#"{"lines": 1"#, ".5,", "integer"),
        ] {
            var arrival = arrival(offering: [("search", Self.search), ("other", nil)])
            arrival.take(arguments: arguments.utf8)
            #expect(arrival.refutation == nil, "\(arguments)")
            arrival.take(arguments: rest.utf8)
            #expect(arrival.refutation?.reason.rawValue == "format.json_schema", "\(arguments)\(rest)")
            #expect(arrival.refutation?.detail?.hasPrefix("search: ") == true)
            #expect(arrival.refutation?.detail?.contains(detail) == true, "\(arrival.refutation?.detail ?? "")")
        }
        var good = arrival(offering: [("search", Self.search)])
        for byte in #"{"lines": 12}"#.utf8 { good.take(arguments: [byte]) }
        #expect(good.refutation == nil)
        #expect(good.verdict(ending: .toolCalls).accepted)
    }

    @Test func `a schema waits until the call's name can be no other tool's`() {
        var open = arrival(offering: [("search", Self.search), ("search_all", nil)])
        open.take(arguments: #"{"lines": "#.utf8)
        open.take(arguments: #""many"}"#.utf8)
        #expect(open.refutation == nil)
        open.take(arguments: " ".utf8, named: "search_all")
        #expect(open.refutation == nil)
        #expect(open.verdict(ending: .toolCalls).accepted)

        var late = arrival(offering: [("all", nil), ("search", Self.search), ("search_all", Self.search)])
        late.take(arguments: #"{"lines": "many","#.utf8, named: "search_")
        #expect(late.refutation == nil)
        late.take(arguments: " ".utf8, named: "search_all")
        #expect(late.refutation?.reason.rawValue == "format.json_schema")

        var unknown = arrival(offering: [("search", Self.search)])
        unknown.take(arguments: "{".utf8, named: "searches")
        #expect(unknown.refutation?.detail == "searches: no such tool was offered")
    }

    @Test func `choices are watched apart, and once refuted it stays so`() throws {
        let judge = Judge(checks: [try check("one_of", .list([.string("yes")]))])
        let scratch = JudgingScratch()
        var watch = PrefixJudge(judge, context: JudgingContext(), dialect: .chat, maxTokens: nil)
        var growing = answer(choice("y", finish: nil), choice("ye", finish: nil))
        #expect(watch.refutation(of: growing, choice: 1, scratch: scratch) == nil)
        #expect(watch.refutation(of: growing, choice: 0, scratch: scratch) == nil)
        growing.choices[1].text = Array("yet".utf8)
        #expect(watch.refutation(of: growing, choice: 0, scratch: scratch) == nil)
        let found = watch.refutation(of: growing, choice: 1, scratch: scratch)
        #expect(found?.choice == 1)
        #expect(watch.refutation(of: growing, choice: 0, scratch: scratch) == found)
    }

    @Test func `a spent budget refutes nothing, and the whole answer has its own`() throws {
        let judge = Judge(checks: [try check("json")])
        var arrival = Arrival(judge)
        let long = [UInt8](repeating: 0x20, count: 2 * StepBudget.steps + 2)
        arrival.take(Arrival.Piece(text: long, tokens: nil))
        arrival.take(Arrival.Piece(text: Array("nonsense".utf8), tokens: nil))
        #expect(arrival.refutation == nil)
        #expect(arrival.verdict().reason.rawValue == "format.json_limit")
        // Many answers are watched with one scratch: one that spends all leaves the others theirs.
        let scratch = JudgingScratch()
        var spender = PrefixJudge(judge, context: JudgingContext(), dialect: .chat, maxTokens: nil)
        var other = spender
        _ = spender.refutation(of: answer(Choice(text: long)), choice: 0, scratch: scratch)
        #expect(other.refutation(of: answer(choice("nonsense")), choice: 0, scratch: scratch) != nil)
    }
}
