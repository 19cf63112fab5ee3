import JSON

@testable import Completions

/// A random answer, said twice: whole, as `CompletionAnswer.read` takes it, and as the events of a stream that says the
/// same. Texts are made of their tokens; a token may be a part of a character.
struct GeneratedAnswer {
    struct Token {
        /// As written between quotes.
        var written: String
        var logprob: String
        var bytes: [UInt8]?
        var alternatives: [(String, String)]?
    }

    var dialect: Dialect
    var whole: String
    var events: [String]

    static let words = [
        "a", " the", "grün", "\\u00fc", "\\\"", "😀", "\\ud83d\\ude00", "\\n", "  ", " ", "\\u0020x", "{", "日本", "\\/",
        "",
    ]
    static let numbers = ["-0.25", "-1e-3", "-12", "0", "-0.000001234", "-3.5e1", "null", "-1.00"]

    init(_ dialect: Dialect, using random: inout Seeded) {
        self.dialect = dialect
        let count = Int.random(in: 1...3, using: &random)
        let hasLogprobs = Bool.random(using: &random)
        let hasTop = Bool.random(using: &random)
        var choices: [String] = []
        var streams: [[String]] = []
        for index in 0..<count {
            let kind = dialect == .chat ? Int.random(in: 0..<4, using: &random) : 0
            // A refusal that says nothing is none.
            var tokens = kind == 1 || kind == 2 ? [Token(written: "x", logprob: "-1")] : []
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                tokens.append(Self.token(hasTop, using: &random))
            }
            let finish = [#""stop""#, #""length""#, #""content_filter""#, #""odd""#].randomElement(using: &random)!
            let shown = hasLogprobs ? Self.logprobs(tokens, 0, dialect, hasTop) : "null"
            let text = "\"\(tokens.map(\.written).joined())\""
            let content =
                switch kind {
                case 1: #""message":{"role":"assistant","content":null,"refusal":\#(text)}"#
                case 2: #""message":{"role":"assistant","content":null,"tool_calls":[\#(Self.calls(text))]}"#
                case _ where dialect == .chat: #""message":{"role":"assistant","content":\#(text)}"#
                default: #""text":\#(text)"#
                }
            choices.append(#"{"index":\#(index),\#(content),"logprobs":\#(shown),"finish_reason":\#(finish)}"#)
            streams.append(
                Self.deltas(tokens, index, dialect, kind, hasLogprobs, hasTop, finish, using: &random)
            )
        }
        let head =
            #""id":"x\#(Int.random(in: 0..<9, using: &random))","created":17,"model":"m","system_fingerprint":"f""#
        let usage = #"{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7,"z":[1.0]}"#
        whole = #"{\#(head),"choices":[\#(choices.joined(separator: ","))],"usage":\#(usage)}"#
        events = []
        // The first word of each in turn, since choices stand in the order in which they speak; then as it comes.
        for index in streams.indices { events.append(#"{\#(head),"choices":[\#(streams[index].removeFirst())]}"#) }
        while let index = streams.indices.filter({ !streams[$0].isEmpty }).randomElement(using: &random) {
            events.append(#"{\#(head),"choices":[\#(streams[index].removeFirst())]}"#)
        }
        events.append(#"{\#(head),"choices":[],"usage":\#(usage)}"#)
    }

    private static func token(_ hasTop: Bool, using random: inout Seeded) -> Token {
        var token = Token(
            written: words.randomElement(using: &random)!,
            logprob: numbers.randomElement(using: &random)!
        )
        if Bool.random(using: &random) { token.bytes = [UInt8.random(in: 0...255, using: &random)] }
        if hasTop, Int.random(in: 0..<5, using: &random) > 0 {
            token.alternatives = (0..<Int.random(in: 0...3, using: &random)).map {
                ("w\($0)", numbers.randomElement(using: &random)!)
            }
        }
        return token
    }

    private static func calls(_ arguments: String) -> String {
        #"{"id":"c0","type":"function","function":{"name":"f","arguments":\#(arguments)}},"#
            + #"{"id":"c1","type":"function","function":{"name":"g","arguments":\#(arguments)}}"#
    }

    private static func logprobs(_ tokens: [Token], _ before: Int, _ dialect: Dialect, _ hasTop: Bool) -> String {
        if dialect == .chat {
            let objects = tokens.map { token in
                let bytes = token.bytes.map { "\($0)" } ?? "null"
                let top = token.alternatives.map { alternatives in
                    let list = alternatives.map { #"{"token":"\#($0.0)","logprob":\#($0.1),"bytes":null}"# }
                    return #","top_logprobs":[\#(list.joined(separator: ","))]"#
                }
                return #"{"token":"\#(token.written)","logprob":\#(token.logprob),"bytes":\#(bytes)\#(top ?? "")}"#
            }
            return #"{"content":[\#(objects.joined(separator: " , "))],"refusal":null}"#
        }
        let list = { (values: [String]) in "[" + values.joined(separator: ",") + "]" }
        let top = tokens.map { token in
            token.alternatives.map { "{" + $0.map { #""\#($0.0)":\#($0.1)"# }.joined(separator: ",") + "}" } ?? "null"
        }
        let columns = [
            #""tokens":\#(list(tokens.map { "\"\($0.written)\"" }))"#,
            #""token_logprobs":\#(list(tokens.map(\.logprob)))"#,
            #""top_logprobs":\#(hasTop ? list(top) : "null")"#,
            #""text_offset":\#(list(tokens.indices.map { "\(before + $0)" }))"#,
        ]
        return "{\(columns.joined(separator: ","))}"
    }

    /// What each event says of one choice: the tokens in groups; the finish beside the last, or alone.
    private static func deltas(
        _ tokens: [Token],
        _ index: Int,
        _ dialect: Dialect,
        _ kind: Int,
        _ hasLogprobs: Bool,
        _ hasTop: Bool,
        _ finish: String,
        using random: inout Seeded
    ) -> [String] {
        func choice(_ content: String, _ logprobs: String = "null", _ finish: String = "null") -> String {
            let name = dialect == .chat ? "delta" : "text"
            return #"{"index":\#(index),"\#(name)":\#(content),"logprobs":\#(logprobs),"finish_reason":\#(finish)}"#
        }
        var deltas: [String] = []
        if dialect == .chat {
            deltas.append(choice([#"{"role":"assistant","content":""}"#, "{}"].randomElement(using: &random)!))
        }
        let ends = Bool.random(using: &random)
        var place = 0
        while place < tokens.count {
            let group = Array(tokens[place...].prefix(Int.random(in: 1...3, using: &random)))
            let text = "\"\(group.map(\.written).joined())\""
            let logprobs = hasLogprobs ? Self.logprobs(group, place, dialect, hasTop) : "null"
            let finish = ends && place + group.count == tokens.count ? finish : "null"
            func call(_ index: Int, _ name: String) -> String {
                place > 0
                    ? #"{"index":\#(index),"function":{"arguments":\#(text)}}"#
                    : #"{"index":\#(index),"id":"c\#(index)","type":"function","#
                        + #""function":{"name":"\#(name)","arguments":\#(text)}}"#
            }
            let content =
                switch kind {
                case 1: #"{"refusal":\#(text)}"#
                case 2: #"{"tool_calls":[\#(call(0, "f")),\#(call(1, "g"))]}"#
                case _ where dialect == .chat: #"{"content":\#(text)}"#
                default: text
                }
            deltas.append(choice(content, logprobs, finish))
            place += group.count
        }
        if !ends { deltas.append(choice(dialect == .chat ? "{}" : #""""#, "null", finish)) }
        return deltas
    }
}
