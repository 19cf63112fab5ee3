import JSON
import Testing

@testable import Completions

@Suite("Requests for models") struct CompletionRequestEncodeTests {
    private func encode(_ request: CompletionRequest, _ target: UpstreamTarget) throws -> String {
        text(try request.encode(for: target))
    }

    @Test("unknown members and numbers reach a model of the same dialect byte for byte") func passThrough() throws {
        let kept = #""x" : { "a" : [1.50, 1E+2,0.1e-7 , 12345678901234567] } , "temperature":0.70, "y":"\u00e9\/""#
        let request = try Make.chat(
            #"{ "model" : "r" , "messages":[ {"role":"user","content":"a\u0062"} ], "# + kept + " }"
        )
        #expect(
            try encode(request, UpstreamTarget(dialect: .chat, modelName: "big\"one"))
                == #"{"model":"big\"one","messages":[ {"role":"user","content":"a\u0062"} ], "# + kept + "}"
        )
    }

    @Test("what is ours is not forwarded, what is asked for is added") func ours() throws {
        let request = try Make.chat(
            Make.chatBody(
                #""store":true,"metadata":{"a":"b"},"stream":true,"stream_options":{"include_usage":false},"#
                    + #""logprobs":true,"top_logprobs":2,"user":"u""#
            )
        )
        let messages = #""messages":[{"role":"user","content":"hi"}]"#
        var target = UpstreamTarget(dialect: .chat, modelName: "m")
        #expect(try encode(request, target) == #"{"model":"m",\#(messages),"user":"u"}"#)
        target.logprobs = .top(0)
        #expect(try encode(request, target) == #"{"model":"m",\#(messages),"user":"u","logprobs":true}"#)
        target.logprobs = .top(30)
        target.stream = true
        #expect(
            try encode(request, target)
                == #"{"model":"m",\#(messages),"user":"u","logprobs":true,"top_logprobs":20,"stream":true,"#
                + #""stream_options":{"include_usage":true}}"#
        )
        let completions = try Make.completions(Make.completionsBody(#""logprobs":1,"stream":false"#))
        let legacy = UpstreamTarget(dialect: .completions, modelName: "m", logprobs: .top(9))
        #expect(try encode(completions, legacy) == #"{"model":"m","prompt":"hi","logprobs":5}"#)
    }

    @Test("the route's parameters win, and of limits on tokens the smaller one") func parameters() throws {
        let parameters = Make.parameters([
            "temperature": "0", "max_tokens": "64", "stop": #"["\n"]"#, "top_k": "1", "stream": "true",
        ])
        let target = UpstreamTarget(dialect: .chat, modelName: "m", parameters: parameters)
        func result(_ members: String) throws -> JSONTree {
            try tree(try Make.chat(Make.chatBody(members)).encode(for: target))
        }
        let over = try result(#""temperature":1,"top_k":50,"stop":"x","max_tokens":100,"seed":7"#)
        #expect(over["temperature"] == .number([0x30]) && over["top_k"]?.int == 1 && over["seed"]?.int == 7)
        #expect(over["stop"]?[0]?.string == "\n" && over["max_tokens"]?.int == 64 && over["stream"] == nil)
        #expect(over.object?.count == 7)
        #expect(try result(#""max_tokens":10"#)["max_tokens"]?.int == 10)
        #expect(try result(#""max_completion_tokens":10"#)["max_tokens"]?.int == 10)
        #expect(try result(#""max_completion_tokens":10"#)["max_completion_tokens"] == nil)
        #expect(try result("")["max_tokens"]?.int == 64)
        #expect(try result(#""t\u006fp_k":50"#)["top_k"]?.int == 1)
        #expect(try result(#""t\u006fp_k":50"#).object?.filter { $0.name == "top_k" }.count == 1)
    }

    @Test("without a parameter of the route the client's limit stays as it was written") func ownLimit() throws {
        let request = try Make.chat(Make.chatBody(#""max_completion_tokens": 10"#))
        let body = try encode(request, UpstreamTarget(dialect: .chat, modelName: "m"))
        #expect(body.hasSuffix(#","max_completion_tokens": 10}"#))
    }

    @Test("a template phrases the input anew, in either dialect") func templates() throws {
        let template = try PromptTemplate("Q: {{input}}\nA:", name: "t")
        let chat = try Make.chat(Make.chatBody(#""n":2"#))
        let completions = try Make.completions(Make.completionsBody(#""n":2"#))
        for request in [chat, completions] {
            let prompt = UpstreamTarget(dialect: .completions, modelName: "m", prompt: template)
            #expect(try encode(request, prompt) == #"{"model":"m","n":2,"prompt":"Q: hi\nA:"}"#)
            let message = UpstreamTarget(dialect: .chat, modelName: "m", prompt: template)
            #expect(
                try encode(request, message)
                    == #"{"model":"m","n":2,"messages":[{"role":"user","content":"Q: hi\nA:"}]}"#
            )
        }
    }

    @Test("a prompt becomes one user message as it was written") func promptToMessage() throws {
        let target = UpstreamTarget(dialect: .chat, modelName: "m")
        let request = try Make.completions(
            #"{"prompt":["a\u00e9\n"],"model":"r","max_tokens":5,"echo":false,"suffix":null}"#
        )
        #expect(
            try encode(request, target)
                == #"{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"a\u00e9\n"}]}"#
        )
    }

    @Test("messages without a template have no way to a completions model") func needsTemplate() throws {
        let error = try #require(throws: InvalidRequest.self) {
            try Make.chat(Make.chatBody()).encode(for: UpstreamTarget(dialect: .completions, modelName: "m"))
        }
        #expect(error.param == "messages" && error.message.contains("prompt template"))
    }

    @Test("members whose meaning does not carry over are refused by name")
    func refused() throws {
        let template = try PromptTemplate("{{input}}", name: "t")
        let prompt = UpstreamTarget(dialect: .completions, modelName: "m", prompt: template)
        let tools = #""tools":[{"type":"function","function":{"name":"f"}}]"#
        let chat: [(String, String)] = [
            (tools, "tools"), (#""response_format":{"type":"json_object"}"#, "response_format"),
            (#""reasoning_effort":"low""#, "reasoning_effort"), (#""verbosity":"low""#, "verbosity"),
            (#""modalities":["audio"]"#, "modalities"), (#""audio":{}"#, "audio"), (#""echo":true"#, "echo"),
            (#""service_tier":"priority""#, "service_tier"), (#""web_search_options":{}"#, "web_search_options"),
            (#""logprobs":true,"top_logprobs":6"#, "top_logprobs"), (#""suffix":"x""#, "suffix"),
        ]
        for (members, param) in chat {
            let error = try #require(throws: InvalidRequest.self, "\(members)") {
                try Make.chat(Make.chatBody(members)).encode(for: prompt)
            }
            #expect(error.param == param)
        }
        let message = UpstreamTarget(dialect: .chat, modelName: "m")
        let completions: [(String, String)] = [
            (#""suffix":"x""#, "suffix"), (#""echo":true"#, "echo"), (#""best_of":2"#, "best_of"),
            (#""messages":[]"#, "messages"), (#""tools":[]"#, "tools"),
        ]
        for (members, param) in completions {
            let error = try #require(throws: InvalidRequest.self, "\(members)") {
                try Make.completions(Make.completionsBody(members)).encode(for: message)
            }
            #expect(error.param == param)
        }
        for prompt in [#"["a","b"]"#, "[1,2]"] {
            let error = try #require(throws: InvalidRequest.self) {
                try Make.completions(#"{"model":"r","prompt":\#(prompt)}"#).encode(for: message)
            }
            #expect(error.param == "prompt")
        }
    }

    @Test("members that ask for nothing are left out of the other dialect, shared and unknown ones stay")
    func carried() throws {
        let template = try PromptTemplate("{{input}}", name: "t")
        let prompt = UpstreamTarget(dialect: .completions, modelName: "m", prompt: template, logprobs: .top(2))
        let request = try Make.chat(
            Make.chatBody(
                #""response_format":{"type":"text"},"tools":[],"tool_choice":null,"modalities":[ "text" ],"#
                    + #""service_tier":"auto","prediction":{},"parallel_tool_calls":true,"max_completion_tokens":7,"#
                    + #""max_tokens":9,"temperature":0.5,"seed":3,"stop":["a"],"logit_bias":{"1":5},"top_k":4,"#
                    + #""n":2,"user":"u","logprobs":true,"top_logprobs":2"#
            )
        )
        #expect(
            try encode(request, prompt)
                == #"{"model":"m","temperature":0.5,"seed":3,"stop":["a"],"logit_bias":{"1":5},"top_k":4,"n":2,"user":"u","#
                + #""prompt":"hi","max_tokens":7,"logprobs":2}"#
        )
        let completions = try Make.completions(Make.completionsBody(#""best_of":2,"n":2,"top_p":1,"best":1"#))
        #expect(
            try encode(completions, UpstreamTarget(dialect: .chat, modelName: "m"))
                == #"{"model":"m","n":2,"top_p":1,"best":1,"messages":[{"role":"user","content":"hi"}]}"#
        )
    }

    @Test("a template takes text only") func textOnly() throws {
        let template = try PromptTemplate("{{input}}", name: "t")
        let target = UpstreamTarget(dialect: .chat, modelName: "m", prompt: template)
        let image = #"[{"role":"user","content":[{"type":"image_url","image_url":{"url":"x"}}]}]"#
        let tool = #"[{"role":"user","content":"x"},{"role":"tool","tool_call_id":"1","content":"x"}]"#
        for (messages, param) in [(image, "messages[0].content"), (tool, "messages[1]")] {
            let request = try Make.chat(#"{"model":"r","messages":\#(messages)}"#)
            #expect(throws: Never.self) { try request.encode(for: UpstreamTarget(dialect: .chat, modelName: "m")) }
            let error = try #require(throws: InvalidRequest.self) { try request.encode(for: target) }
            #expect(error.param == param)
        }
    }

    /// Random bodies: what is encoded is JSON without names that occur twice, reads again, and says the same twice.
    @Test("encode(read(x)) reads again and is a fixed point", arguments: 0..<200) func property(seed: Int) throws {
        var random = Seeded(state: UInt64(seed))
        var members = [
            #""model":"r""#, #""messages" : [{"role":"user","content":"a\n"} ]"#, #""x":[1, {"y":2.50}]"#,
            #""n": 2"#, #""logprobs":true"#, #""stream":false"#, #""store":true"#, #""seed":9007199254740993"#,
            #""max_tokens":5"#, #""z":"\u00e9""#, #""metadata":{}"#, #""user":"u""#, #""stop":null"#,
        ]
        members = [members[0], members[1]] + members[2...].filter { _ in Bool.random(using: &random) }
        members.shuffle(using: &random)
        let space = ["", " ", "\n\t"].randomElement(using: &random)!
        let body = "{" + space + members.joined(separator: space + "," + space) + space + "}"
        let target = UpstreamTarget(
            dialect: .chat,
            modelName: "r",
            parameters: Bool.random(using: &random) ? Make.parameters(["n": "1", "max_tokens": "9", "w": "[]"]) : [],
            logprobs: Bool.random(using: &random) ? .top(3) : .none
        )
        let once = try Make.chat(body).encode(for: target)
        #expect(JSONReader.check(once, refusingDuplicateNames: true) == nil, "\(body)")
        let again = try CompletionRequest.read(once, dialect: .chat, parser: JSONParser())
        // Members that are said anew move to the end, once; their set stays.
        let twice = try again.encode(for: target)
        #expect(try Set(tree(once).object!.map(\.name)) == Set(tree(twice).object!.map(\.name)))
        for member in try tree(body).object! where !target.parameters.map(\.name).contains(member.name) {
            let sent = try tree(once)[member.name]
            switch member.name {
            case "stream", "store", "metadata", "logprobs": #expect(sent == nil || target.logprobs != .none)
            default: #expect(sent == member.value, "\(member.name)")
            }
        }
    }
}
