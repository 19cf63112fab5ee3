import Testing

@testable import Completions

@Suite("Requests that a model cannot be asked") struct ObstacleTests {
    private static let tools = #""tools":[{"type":"function","function":{"name":"f"}}]"#
    private static let image = #"{"type":"image_url","image_url":{"url":"x"}}"#

    private func chat(_ messages: String, _ more: String = "") throws -> CompletionRequest {
        try Make.chat(#"{"model":"r","messages":["# + messages + "]" + (more.isEmpty ? "" : ",\(more)") + "}")
    }

    private func target(_ template: String?, _ dialect: Dialect = .completions, ignore: Set<PromptPart> = []) throws
        -> UpstreamTarget
    {
        UpstreamTarget(
            dialect: dialect,
            modelName: "m",
            prompt: try template.map { try PromptTemplate($0, name: "t") },
            ignored: ignore
        )
    }

    /// The member that is in the way; what routing is told and what encoding says are one.
    private func param(_ request: CompletionRequest, _ target: UpstreamTarget) throws -> String? {
        let obstacle = request.obstacle(to: target)
        do throws(InvalidRequest) {
            _ = try request.encode(for: target)
        } catch {
            #expect(obstacle?.error == error)
            return error.param ?? "?"
        }
        #expect(obstacle == nil)
        return nil
    }

    private let system = #"{"role":"system","content":"s"},"#
    private let earlier = #"{"role":"user","content":"a"},{"role":"assistant","content":"b"},"#
    private let user = #"{"role":"user","content":"q"}"#

    @Test("a template covers what it names, in either dialect of its model", arguments: [Dialect.chat, .completions])
    func covered(dialect: Dialect) throws {
        let rows: [(template: String, messages: String, param: String?)] = [
            ("{{input}}", user, nil),
            ("{{input}}", system + user, "messages[0]"),
            ("{{system}}{{input}}", system + user, nil),
            ("{{#system}}{{.}}{{/system}}{{input}}", system + user, nil),
            ("{{#messages}}{{role}}: {{content}}{{/messages}}", system + earlier + user, nil),
            ("{{system}}{{input}}", system + earlier + user, "messages[1]"),
            ("{{input}}", earlier + user, "messages[0]"),
            ("{{input}}", user + #",{"role":"assistant","content":"I"}"#, "messages[1]"),
            ("{{input}}", #"{"role":"assistant","content":"I"}"#, "messages[0]"),
            ("{{input}}", user.replacing("user", with: "developer"), "messages[0]"),
        ]
        for row in rows {
            let found = try param(chat(row.messages), target(row.template, dialect))
            #expect(found == row.param, "\(row.template) of \(row.messages)")
        }
    }

    @Test("what is not text has no place in any template")
    func texts() throws {
        let all = "{{#messages}}{{content}}{{/messages}}"
        let parts = #"{"role":"user","content":[{"type":"text","text":"q"},"# + Self.image + "]}"
        #expect(try param(chat(parts), target(all)) == "messages[0].content")
        #expect(try param(chat(user + #",{"role":"assistant","refusal":"no"}"#), target(all)) == "messages[1].content")
        #expect(
            try param(chat(user + #",{"role":"assistant","audio":{"id":"1"}}"#), target(all)) == "messages[1].content"
        )
        let call = #",{"role":"assistant","tool_calls":[{"id":"1","type":"function"}]}"#
        #expect(try param(chat(user + call), target(all)) == "messages[1]")
        #expect(try param(Make.completions(#"{"model":"r","prompt":[1]}"#), target("{{input}}")) == "prompt")
        #expect(try param(Make.completions(#"{"model":"r","prompt":["a","b"]}"#), target("{{input}}")) == "prompt")
        #expect(try param(Make.completions(Make.completionsBody()), target("{{input}}")) == nil)
    }

    @Test("offered functions have a place where the template names them and the model speaks chat")
    func tools() throws {
        for (member, name) in [(Self.tools, "tools"), (#""functions":[{"name":"f"}]"#, "functions")] {
            #expect(try param(chat(user, member), target("{{input}}", .chat)) == name)
            #expect(try param(chat(user, member), target("{{input}}", .completions)) == name)
            #expect(try param(chat(user, member), target("{{#tools}}Call! {{/tools}}{{input}}", .chat)) == nil)
            #expect(try param(chat(user, member), target("{{tools}}{{input}}", .completions)) == name)
            #expect(try param(chat(user, member), target(nil, .chat)) == nil)
        }
        #expect(try param(chat(user, #""tools":[]"#), target("{{input}}", .completions)) == nil)
        let own = UpstreamTarget(
            dialect: .chat,
            modelName: "m",
            prompt: try PromptTemplate("{{input}}", name: "t"),
            parameters: Make.parameters(["tools": "[]"])
        )
        #expect(try param(chat(user, Self.tools), own) == nil, "the route's own word counts")
    }

    @Test("members of completions that mean the prompt as it came have no place in a template")
    func promptMembers() throws {
        let phrased = try target("Q: {{input}}")
        for (members, name) in [(#""echo":true"#, "echo"), (#""suffix":"end""#, "suffix")] {
            #expect(try param(Make.completions(Make.completionsBody(members)), phrased) == name)
            #expect(try param(Make.completions(Make.completionsBody(members)), target(nil)) == nil)
        }
        for members in [#""echo":false,"suffix":"""#, #""echo":null,"suffix":null"#] {
            #expect(try param(Make.completions(Make.completionsBody(members)), phrased) == nil)
        }
    }

    @Test("what the settings say may be dropped is dropped, where there is no place for it")
    func ignored() throws {
        func sent(_ request: CompletionRequest, _ target: UpstreamTarget) throws -> String {
            text(try request.encode(for: target))
        }
        let rows: [(PromptPart, String, String, String)] = [
            (.system, system + user, "", #""prompt":"q""#),
            (.messages, earlier + user, "", #""prompt":"q""#),
            (.tools, user, Self.tools + #","tool_choice":"required","parallel_tool_calls":true"#, #""prompt":"q""#),
            (
                .content, #"{"role":"user","content":["# + Self.image + #",{"type":"text","text":"q"}]}"#, "",
                #""prompt":"q""#
            ),
            (.responseFormat, user, #""response_format":{"type":"json_object"}"#, #""prompt":"q""#),
        ]
        for (part, messages, more, prompt) in rows {
            let request = try chat(messages, more)
            #expect(request.obstacle(to: try target("{{input}}"))?.kind == .uncovered, "\(part)")
            for other in PromptPart.allCases where other != part {
                #expect(request.obstacle(to: try target("{{input}}", ignore: [other])) != nil, "\(part), \(other)")
            }
            #expect(try sent(request, target("{{input}}", ignore: [part])) == #"{"model":"m","# + prompt + "}")
        }
        let called = try chat(user, Self.tools + #","tool_choice":"auto""#)
        #expect(
            try sent(called, target("{{input}}", .chat, ignore: [.tools]))
                == #"{"model":"m","messages":[{"role":"user","content":"q"}]}"#
        )
        #expect(
            try sent(called, target("{{#tools}}{{/tools}}{{input}}", .chat, ignore: [.tools])).contains("tool_choice")
        )
        let format = try chat(user, #""response_format":{"type":"json_object"}"#)
        #expect(try sent(format, target("{{input}}", .chat, ignore: [.responseFormat])).contains("json_object"))
        #expect(try sent(chat(system + user), target("{{system}}{{input}}", ignore: [.system])).contains(#""sq""#))
    }

    @Test("dropping leaves a question: what stands alone, and turns after it, are not dropped")
    func notIgnored() throws {
        let all = Set(PromptPart.allCases)
        #expect(try param(chat(system.dropLast().description), target("{{input}}", ignore: all)) == "messages[0]")
        #expect(
            try param(chat(#"{"role":"user","content":["# + Self.image + "]}"), target("{{input}}", ignore: all))
                == "messages[0].content"
        )
        let result =
            #",{"role":"assistant","tool_calls":[{"id":"1","type":"function"}]},"#
            + #"{"role":"tool","tool_call_id":"1","content":"42"}"#
        #expect(try param(chat(user + result), target("{{input}}", ignore: all)) == "messages[1]")
        #expect(try param(chat(user + result + "," + user), target("{{input}}", ignore: [.messages])) == nil)
        #expect(
            try param(Make.completions(#"{"model":"r","prompt":[1]}"#), target("{{input}}", ignore: all)) == "prompt"
        )
    }

    @Test("metadata, names and bookkeeping are never in the way")
    func free() throws {
        let request = try chat(
            #"{"role":"user","name":"ann","content":"q"}"#,
            #""metadata":{"a":"b"},"user":"u","store":true,"seed":1,"n":2,"stop":"x","logprobs":true,"top_logprobs":5"#
        )
        #expect(try param(request, target("{{input}}")) == nil)
        let more = try chat(user, #""logprobs":true,"top_logprobs":6"#)
        #expect(try param(more, target("{{input}}")) == "top_logprobs")
        #expect(try param(more, target("{{input}}", .chat)) == nil)
    }
}
