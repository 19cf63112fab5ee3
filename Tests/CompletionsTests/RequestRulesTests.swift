import JSON
import Testing

@testable import Completions

/// The whole table of request validation: what is refused, which member is named, with which code.
@Suite("What requests are refused for") struct RequestRulesTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let body: String
        let param: String?
        let code: String?
        var dialect = Dialect.chat

        init(_ body: String, _ param: String?, _ code: String? = nil, _ dialect: Dialect = .chat) {
            (self.body, self.param, self.code, self.dialect) = (body, param, code, dialect)
        }

        static func chat(_ members: String, _ param: String, _ code: String) -> Case {
            Case(Make.chatBody(members), param, code)
        }

        static func completions(_ members: String, _ param: String, _ code: String) -> Case {
            Case(Make.completionsBody(members), param, code, .completions)
        }

        static func messages(_ messages: String, _ param: String, _ code: String) -> Case {
            Case(#"{"model":"r","messages":\#(messages)}"#, param, code)
        }

        var testDescription: String { String(body.prefix(120)) }
    }

    static let type = "invalid_type"
    static let missing = "missing_required_parameter"
    static let integerLow = "integer_below_min_value"
    static let integerHigh = "integer_above_max_value"
    static let decimalLow = "decimal_below_min_value"
    static let decimalHigh = "decimal_above_max_value"

    static let wholes: [Case] = [
        Case("", nil), Case("   ", nil), Case("{", nil), Case("nul", nil), Case(#"{"model":"r"}}"#, nil),
        Case("[]", nil, type), Case("3", nil, type), Case("null", nil, type),
        Case(#"{"messages":[{"role":"user","content":"x"}]}"#, "model", missing),
        Case(#"{"model":null,"messages":[{"role":"user","content":"x"}]}"#, "model", missing),
        Case(#"{"model":3,"messages":[{"role":"user","content":"x"}]}"#, "model", type),
        Case(#"{"model":"","messages":[{"role":"user","content":"x"}]}"#, "model"),
        Case(#"{"model":"r"}"#, "messages", missing),
        Case(#"{"model":"r"}"#, "prompt", missing, .completions),
        Case(#"{"model":"r","model":"r","messages":[]}"#, "model", "duplicate_member"),
        Case(#"{"model":"r","mode\u006c":"r","messages":[]}"#, "model", "duplicate_member"),
        Case(#"{"model":"r","x":1,"y":2,"x":3}"#, "x", "duplicate_member"),
        Case(#"{"model":"r","seed":18446744073709551616}"#, nil),
        Case(#"{"model":"r","seed":-9223372036854775809}"#, nil),
        Case(#"{"model":"r","x":1e999}"#, nil),
        Case(#"{"model":"r","x":"\ud800"}"#, nil),
        Case(#"{"model":"r","x":"\udc00\ud800"}"#, nil),
        Case("{\"model\":\"r\",\"x\":\"\u{1}\"}", nil),
        Case(#"{"model":"r","x":"# + String(repeating: "[", count: 64) + String(repeating: "]", count: 64) + "}", nil),
    ]

    static let messages: [Case] = [
        .messages("[]", "messages", "empty_array"), .messages(#""x""#, "messages", type),
        .messages("{}", "messages", type), .messages("[1]", "messages[0]", type),
        .messages("[{}]", "messages[0].role", missing),
        .messages(#"[{"role":"user"}]"#, "messages[0].content", missing),
        .messages(#"[{"role":"user","content":null}]"#, "messages[0].content", type),
        .messages(#"[{"role":"user","content":3}]"#, "messages[0].content", type),
        .messages(#"[{"role":"user","content":{}}]"#, "messages[0].content", type),
        .messages(#"[{"role":"user","content":[]}]"#, "messages[0].content", "empty_array"),
        .messages(#"[{"role":"user","content":["x"]}]"#, "messages[0].content[0]", type),
        .messages(#"[{"role":"user","content":[{}]}]"#, "messages[0].content[0].type", missing),
        .messages(#"[{"role":"user","content":[{"type":1}]}]"#, "messages[0].content[0].type", type),
        .messages(#"[{"role":"user","content":[{"type":"text"}]}]"#, "messages[0].content[0].text", missing),
        .messages(#"[{"role":"user","content":[{"type":"text","text":1}]}]"#, "messages[0].content[0].text", type),
        .messages(#"[{"role":"poet","content":"x"}]"#, "messages[0].role", "invalid_value"),
        .messages(#"[{"role":1,"content":"x"}]"#, "messages[0].role", type),
        .messages(#"[{"role":"tool","content":"x"}]"#, "messages[0].tool_call_id", missing),
        .messages(#"[{"role":"tool","content":"x","tool_call_id":1}]"#, "messages[0].tool_call_id", type),
        .messages(#"[{"role":"user","content":"x","name":1}]"#, "messages[0].name", type),
        .messages(#"[{"role":"assistant","tool_calls":[]}]"#, "messages[0].tool_calls", "empty_array"),
        .messages(#"[{"role":"assistant","tool_calls":[{}]}]"#, "messages[0].tool_calls[0].id", missing),
        .messages(
            #"[{"role":"assistant","tool_calls":[{"id":"1","function":{"name":"f","arguments":{}}}]}]"#,
            "messages[0].tool_calls[0].function.arguments",
            type
        ),
        .messages(#"[{"role":"user","content":"x","content":"y"}]"#, "messages[0].content", "duplicate_member"),
        .messages(
            #"[{"role":"user","content":"x"},{"role":"user","content":"x","rol\u0065":"user"}]"#,
            "messages[1].role",
            "duplicate_member"
        ),
    ]

    static let chat: [Case] = [
        .chat(#""n":0"#, "n", integerLow), .chat(#""n":129"#, "n", integerHigh), .chat(#""n":1.0"#, "n", type),
        .chat(#""n":"1""#, "n", type), .chat(#""n":18446744073709551615"#, "n", integerHigh),
        .chat(#""temperature":2.1"#, "temperature", decimalHigh),
        .chat(#""temperature":-0.1"#, "temperature", decimalLow), .chat(#""temperature":"0""#, "temperature", type),
        .chat(#""top_p":1.5"#, "top_p", decimalHigh), .chat(#""presence_penalty":-3"#, "presence_penalty", decimalLow),
        .chat(#""frequency_penalty":2.5"#, "frequency_penalty", decimalHigh),
        .chat(#""seed":1.5"#, "seed", type), .chat(#""seed":9223372036854775808"#, "seed", integerHigh),
        .chat(#""max_tokens":0"#, "max_tokens", integerLow), .chat(#""max_tokens":true"#, "max_tokens", type),
        .chat(#""max_completion_tokens":-1"#, "max_completion_tokens", integerLow),
        .chat(#""stop":3"#, "stop", type), .chat(#""stop":[1]"#, "stop[0]", type),
        .chat(#""stop":["a","b","c","d","e"]"#, "stop", "array_above_max_length"),
        .chat(#""stream":"true""#, "stream", type), .chat(#""stream":1"#, "stream", type),
        .chat(#""stream":true,"stream_options":true"#, "stream_options", type),
        .chat(#""stream_options":{}"#, "stream_options", "invalid_parameter_combination"),
        .chat(#""stream":true,"stream_options":{"include_usage":1}"#, "stream_options.include_usage", type),
        .chat(#""logprobs":5"#, "logprobs", type),
        .chat(#""logprobs":true,"top_logprobs":21"#, "top_logprobs", integerHigh),
        .chat(#""logprobs":true,"top_logprobs":-1"#, "top_logprobs", integerLow),
        .chat(#""top_logprobs":2"#, "top_logprobs", "invalid_parameter_combination"),
        .chat(#""logprobs":false,"top_logprobs":2"#, "top_logprobs", "invalid_parameter_combination"),
        .chat(#""logit_bias":[]"#, "logit_bias", type), .chat(#""logit_bias":{"5":101}"#, "logit_bias.5", decimalHigh),
        .chat(#""logit_bias":{"5":"x"}"#, "logit_bias.5", type), .chat(#""user":1"#, "user", type),
        .chat(#""store":"yes""#, "store", type), .chat(#""metadata":[]"#, "metadata", type),
        .chat(#""metadata":{"k":1}"#, "metadata.k", type),
        .chat(
            #""metadata":{"k":""# + String(repeating: "x", count: 513) + #""}"#,
            "metadata.k",
            "string_above_max_length"
        ),
        .chat(
            #""metadata":{"# + (0..<17).map { #""k\#($0)":"""# }.joined(separator: ",") + "}",
            "metadata",
            "object_above_max_properties"
        ),
        .chat(#""tools":{}"#, "tools", type), .chat(#""tools":[{}]"#, "tools[0].type", missing),
        .chat(#""tools":[{"type":"function"}]"#, "tools[0].function", missing),
        .chat(#""tools":[{"type":"function","function":{}}]"#, "tools[0].function.name", missing),
        .chat(
            #""tools":[{"type":"function","function":{"name":"f","parameters":[]}}]"#,
            "tools[0].function.parameters",
            type
        ),
        .chat(#""tool_choice":"auto""#, "tool_choice", "invalid_parameter_combination"),
        .chat(#""tools":[{"type":"x"}],"tool_choice":"some""#, "tool_choice", "invalid_value"),
        .chat(#""tools":[{"type":"x"}],"tool_choice":1"#, "tool_choice", type),
        .chat(#""parallel_tool_calls":1"#, "parallel_tool_calls", type),
        .chat(#""response_format":"json""#, "response_format", type),
        .chat(#""response_format":{}"#, "response_format.type", missing),
        .chat(#""response_format":{"type":"json_schema"}"#, "response_format.json_schema", missing),
        .chat(
            #""response_format":{"type":"json_schema","json_schema":{}}"#,
            "response_format.json_schema.name",
            missing
        ),
        .chat(#""functions":{}"#, "functions", type), .chat(#""modalities":"text""#, "modalities", type),
        .chat(#""reasoning_effort":1"#, "reasoning_effort", type), .chat(#""service_tier":1"#, "service_tier", type),
    ]

    static let completions: [Case] = [
        .completions(#""logprobs":true"#, "logprobs", type), .completions(#""logprobs":6"#, "logprobs", integerHigh),
        .completions(#""logprobs":-1"#, "logprobs", integerLow), .completions(#""best_of":21"#, "best_of", integerHigh),
        .completions(#""n":3,"best_of":2"#, "best_of", "invalid_value"), .completions(#""echo":1"#, "echo", type),
        .completions(#""suffix":1"#, "suffix", type), .completions(#""max_tokens":-1"#, "max_tokens", integerLow),
        Case(#"{"model":"r","prompt":3}"#, "prompt", type, .completions),
        Case(#"{"model":"r","prompt":[]}"#, "prompt", "empty_array", .completions),
        Case(#"{"model":"r","prompt":["a",1]}"#, "prompt[1]", type, .completions),
        Case(#"{"model":"r","prompt":[-1]}"#, "prompt[0]", type, .completions),
        Case(#"{"model":"r","prompt":[["a"]]}"#, "prompt[0]", type, .completions),
    ]

    @Test("each mistake names its member", arguments: wholes + messages + chat + completions)
    func refused(_ mistake: Case) throws {
        let error = try #require(throws: InvalidRequest.self) {
            try CompletionRequest.read(Array(mistake.body.utf8), dialect: mistake.dialect, parser: JSONParser())
        }
        #expect(error.param == mistake.param, "\(error.message)")
        #expect(error.code == mistake.code, "\(error.message)")
        #expect(error.message.count > 10 && error.message.last == ".")
    }

    @Test("bytes that are not UTF-8 are refused") func utf8() {
        for bad: [UInt8] in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82]] {
            let body = Array(#"{"model":"r","messages":[{"role":"user","content":""#.utf8) + bad + Array(#""}]}"#.utf8)
            #expect(throws: InvalidRequest.self) {
                try CompletionRequest.read(body, dialect: .chat, parser: JSONParser())
            }
        }
    }

    @Test("64 levels are accepted, 65 are not") func depth() throws {
        func body(_ levels: Int) -> String {
            let inner = levels - 1
            return Make.chatBody(
                #""x":"# + String(repeating: "[", count: inner) + String(repeating: "]", count: inner)
            )
        }
        #expect(throws: Never.self) { try Make.chat(body(64)) }
        #expect(throws: InvalidRequest.self) { try Make.chat(body(65)) }
        #expect(throws: InvalidRequest.self) { try Make.chat(body(100_000)) }
    }

    @Test("messages of errors say what OpenAI's say") func words() throws {
        func message(_ body: String) throws -> String {
            try #require(throws: InvalidRequest.self) { try Make.chat(body) }.message
        }
        #expect(
            try message(Make.chatBody(#""n":0"#))
                == "Invalid 'n': integer below minimum value. Expected a value >= 1, but got 0 instead."
        )
        #expect(
            try message(Make.chatBody(#""temperature":3"#))
                == "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 3 instead."
        )
        #expect(
            try message(Make.chatBody(#""stream":"x""#))
                == "Invalid type for 'stream': expected a boolean, but got a string instead."
        )
        #expect(try message(#"{"model":"r"}"#) == "Missing required parameter: 'messages'.")
        #expect(try message(#"{"model":"r",}"#).contains("line 1, column 14"))
    }

    @Test("a hundred thousand unknown members are read in linear time, their duplicate found") func manyMembers() throws
    {
        let members = (0..<100_000).map { #""k\#($0)":0"# }.joined(separator: ",")
        #expect(throws: Never.self) { try Make.chat(Make.chatBody(members)) }
        let error = try #require(throws: InvalidRequest.self) { try Make.chat(Make.chatBody(members + #","k77":1"#)) }
        #expect(error.param == "k77")
    }
}
