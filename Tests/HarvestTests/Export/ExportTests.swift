import Completions
import JSON
import Testing

@testable import Harvest

@Suite("The export")
struct ExportTests {
    private func export(
        _ format: ExportFormat,
        _ candidates: [Candidate],
        _ change: (inout ExportOptions) -> Void = { _ in }
    ) -> Export {
        var options = ExportOptions(format: format)
        change(&options)
        var export = Export(options)
        for candidate in candidates { export.add(candidate) }
        export.finish()
        return export
    }

    private func lines(_ export: Export) throws -> [JSONTree] { try export.lines().map { try JSONTree.parse($0) } }

    // MARK: Completions

    @Test("writes prompt and completion: the prompt as small was sent it, a space, the answer, the stop")
    func completions() throws {
        let export = export(.completions, [.sample(input: "q", large: "functions")])
        #expect(export.violations.isEmpty)
        #expect(
            String(decoding: export.encode(), as: UTF8.self)
                == #"{"prompt":"q\n\n###\n\n","completion":" functions\n"}"# + "\n"
        )
    }

    @Test("adds neither a second space nor a second stop, and knows three places for the stop")
    func stop() throws {
        func completion(_ large: String, _ stop: String?, request: String = "{}", route: String? = nil) throws
            -> String?
        {
            var candidate = Candidate.sample(large: large)
            candidate.stop = stop
            candidate.request = Array(request.utf8)
            let prompt = route.map { Self.prompt(.completions, stop: #"["\#($0)","?"]"#) }
            let export = export(.completions, [candidate]) { $0.prompts["code-search"] = prompt }
            return try lines(export).first?["completion"]?.string
        }
        #expect(try completion(" a", " END") == " a END")
        #expect(try completion("a END", " END") == " a END")
        #expect(try completion("a", nil) == " a")
        #expect(try completion("a", nil, request: #"{"stop":"."}"#) == " a.")
        #expect(try completion("a", nil, request: #"{"stop":["!","."]}"#) == " a!")
        #expect(try completion("a", nil, request: #"{"stop":"."}"#, route: ";") == " a;")
        // What stops small now, before what stopped it then.
        #expect(try completion("a", "\n", request: #"{"stop":"."}"#, route: ";") == " a;")
    }

    @Test("names each record that breaks a rule of the format, and then writes nothing")
    func violations() throws {
        func rule(_ change: (inout Candidate) -> Void) -> String? {
            var candidate = Candidate.sample()
            change(&candidate)
            let export = export(.completions, [.sample(input: "fine", large: "other"), candidate])
            #expect(export.violations.allSatisfy { $0.id == candidate.id })
            #expect(export.encode().isEmpty == !export.violations.isEmpty)
            return export.violations.first?.rule
        }
        #expect(rule { _ in } == nil)
        #expect(rule { $0.prompt.small = nil } == "missing_prompt")
        #expect(rule { $0.prompt.small = Array(#"[{"role":"user","content":"q"}]"#.utf8) } == "missing_prompt")
        #expect(rule { $0.prompt.small = Array(#""""#.utf8) } == "missing_prompt")
        #expect(rule { $0.completion = "  " } == "empty_completion")
        #expect(rule { $0.completion = String(repeating: "a", count: 10_000) } == "too_long")
        #expect(rule { $0.completion = "a<|fim_suffix|>" } == "invalid_token")
        #expect(rule { $0.large?.choices = Self.toolCall } == "missing_completion")
    }

    @Test("leaves out what breaks a rule when told so")
    func leavesOut() {
        var bad = Candidate.sample()
        bad.prompt.small = nil
        let export = export(.completions, [bad, .sample()]) { $0.leavesOutInvalid = true }
        #expect(export.count == 1)
        #expect(export.leftOut == [.invalid: 1])
        #expect(export.violations.map(\.id) == [bad.id])
        #expect(!export.encode().isEmpty)
    }

    @Test("leaves out what small cannot be asked, also where a reviewer has answered it")
    func uncovered() {
        for format in [ExportFormat.completions, .chat] {
            var bad = Candidate.sample(input: "with a system message")
            bad.prompt.small = nil
            bad.untrainable = "uncovered"
            var long = Candidate.sample(input: "too long")
            long.untrainable = "too_long"
            long.status = .edited
            long.completion = "an answer"
            let export = export(format, [bad, long, .sample()])
            #expect(export.violations.isEmpty)
            #expect(export.leftOut == [.uncovered: 2])
            #expect(Export.Part.allCases.reduce(0) { $0 + export.count($1) } == 1)
        }
    }

    @Test("advises where the provider would: few examples, no separator, no stop, a beginning that all share, capitals")
    func notes() {
        let few = export(.completions, [.sample(large: "a"), .sample(input: "other", large: "b")])
        #expect(few.notes == ["the file has 2 example(s): a fine-tuning job must have at least 10"])
        let loose = (0..<120).map { number in
            var candidate = Candidate.sample(input: "q\(number)", large: "a\(number)")
            candidate.prompt.small = Array("\"FIND ME MY FUNCTIONS q\(number)\"".utf8)
            candidate.stop = nil
            return candidate
        }
        let notes = export(.completions, loose).notes
        #expect(notes.count == 4)
        for word in ["separator", "stop sequence", "begin with 'FIND ME MY FUNCTIONS q'", "capitals"] {
            #expect(notes.contains { $0.contains(word) }, "\(word)")
        }
        #expect(notes[0].contains(loose[1].id.description))
        for format in ExportFormat.allCases {
            let alike = export(format, [.sample(), .sample(input: "other")])
            #expect(alike.isValid)
            #expect(alike.notes.contains { $0.contains("all completions are the same") })
        }
    }

    // MARK: Chat

    @Test("writes messages: those small was sent, or else the client's, then the answer")
    func chat() throws {
        var chat = Candidate.sample(large: "functions")
        chat.prompt.small = Array(
            #"[{"role":"developer","content":"DSL"},{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]"#
                .utf8
        )
        var client = Candidate.sample(large: "functions")
        client.request = Array(
            #"{"messages":[{"role":"user","content":"x","name":"n","audio":null},{"role":"assistant","content":"y","refusal":null},{"role":"user","content":"z"}]}"#
                .utf8
        )
        var text = Candidate.sample(large: "functions")
        text.request = Array(#"{"prompt":"find"}"#.utf8)
        let export = export(.chat, [chat, client, text])
        #expect(export.violations.isEmpty)
        #expect(
            export.lines().map { String(decoding: $0, as: UTF8.self) } == [
                #"{"messages":[{"role":"system","content":"DSL"},{"role":"user","content":"ab"},{"role":"assistant","content":"functions"}]}"#,
                #"{"messages":[{"role":"user","content":"x","name":"n"},{"role":"assistant","content":"y","weight":0},{"role":"user","content":"z"},{"role":"assistant","content":"functions"}]}"#,
                #"{"messages":[{"role":"user","content":"find"},{"role":"assistant","content":"functions"}]}"#,
            ]
        )
    }

    @Test("keeps tools and tool calls")
    func tools() throws {
        var candidate = Candidate.sample()
        candidate.request = Array(
            #"{"messages":[{"role":"user","content":"x"}],"tools":[{"type":"function"}],"parallel_tool_calls":false}"#
                .utf8
        )
        candidate.large?.choices = Self.toolCall
        let export = export(.chat, [candidate])
        let line = try #require(try lines(export).first)
        #expect(line["tools"]?.array?.count == 1)
        #expect(line["parallel_tool_calls"] == .bool(false))
        #expect(line["messages"]?[1]?["content"] == .null)
        #expect(line["messages"]?[1]?["tool_calls"]?[0]?["function"]?["arguments"]?.string == "{}")
    }

    @Test(
        "names the rule that a message breaks",
        arguments: [
            (#"[]"#, "missing_messages_list"), (#"["x"]"#, "data_type"),
            (#"[{"content":"x"}]"#, "message_missing_key"), (#"[{"role":"robot","content":"x"}]"#, "unrecognized_role"),
            (#"[{"role":"user"}]"#, "missing_content"), (#"[{"role":"user","content":null}]"#, "missing_content"),
            (#"[{"role":"user","content":7}]"#, "missing_content"),
            (#"[{"role":"user","content":[{"type":"image_url"}]}]"#, "missing_content"),
            (#"[{"role":"user","content":"x","odd":1}]"#, "message_unrecognized_key"),
            (#"[{"role":"tool","content":"x"}]"#, "message_missing_key"),
            (#"[{"role":"user","content":"<|endoftext|>"}]"#, "invalid_token"),
        ]
    )
    func messageRules(_ messages: String, _ rule: String) {
        var candidate = Candidate.sample()
        candidate.prompt.small = Array(messages.utf8)
        #expect(export(.chat, [candidate]).violations.map(\.rule) == [rule])
    }

    // MARK: Which candidates

    @Test("takes the reviewed completion, else large's answer")
    func completionWins() throws {
        var edited = Candidate.sample(status: .edited)
        edited.completion = "reviewed"
        edited.untrainable = "format.json"
        #expect(try lines(export(.chat, [edited]))[0]["messages"]?.array?.last?["content"]?.string == "reviewed")
    }

    @Test("leaves out, and counts, what must not be trained on")
    func never() {
        func reason(_ change: (inout Candidate) -> Void) -> Export.LeftOut? {
            var candidate = Candidate.sample()
            change(&candidate)
            let export = export(.chat, [candidate])
            #expect(export.count + export.leftOut.values.reduce(0, +) == 1)
            return export.leftOut.keys.first
        }
        #expect(reason { _ in } == nil)
        #expect(reason { $0.status = .rejected } == .notExportable)
        #expect(reason { $0.status = .skipped } == .notExportable)
        #expect(reason { $0.status = .incomplete } == .notExportable)
        #expect(reason { $0.untrainable = "format.json" } == .untrainable)
        for word in ["rule", "client", "too_long"] { #expect(reason { $0.reason = word } == .untaught) }
        #expect(reason { ($0.reason, $0.status) = ("rule", .accepted) } == nil)
        #expect(reason { $0.large = nil } == .noAnswer)
        #expect(reason { $0.large?.cut = true } == .unfinished)
        #expect(reason { $0.large?.choices = Self.choice(#""finish_reason":"length""#) } == .unfinished)
        #expect(reason { $0.large?.choices = Self.choice(#""finish_reason":null"#) } == .unfinished)
        #expect(reason { $0.large?.choices = Array("[]".utf8) } == .noAnswer)
        let refusal = #"[{"message":{"content":null,"refusal":"no"},"finish_reason":"stop"}]"#
        #expect(reason { $0.large?.choices = Array(refusal.utf8) } == .refusal)
    }

    @Test("drops doubles, and unreviewed records where a reviewer answered the same prompt")
    func doubles() {
        var reviewed = Candidate.sample(status: .edited)
        reviewed.completion = "better"
        let export = export(.chat, [.sample(), reviewed, .sample(), reviewed, .sample(input: "other")])
        #expect(export.count == 2)
        #expect(export.leftOut == [.overruled: 2, .duplicate: 1])
        let unreviewed = self.export(.chat, [.sample(), .sample(large: "otherwise"), .sample(large: "otherwise")])
        #expect(unreviewed.count == 1)
        #expect(String(decoding: unreviewed.encode(), as: UTF8.self).contains("otherwise"))
        #expect(unreviewed.leftOut == [.duplicate: 1, .older: 1])
    }

    // MARK: From the store, to the disk

    @Test("gathers all of a route from the store, in the statuses asked for")
    func gather() async throws {
        let directory = TemporaryDirectory()
        let store = try SQLStore.sqlite(path: directory.path + "/a.db")
        let candidates = (0..<601).map { Candidate.sample(input: "q\($0)", large: "a\($0)") }
        _ = try await store.keep(candidates + [.sample(route: "other")])
        _ = try await store.decide(Decision(.accept), on: candidates[3].id)
        _ = try await store.decide(Decision(.reject), on: candidates[4].id)
        var options = ExportOptions(format: .completions, route: "code-search")
        #expect(try await Export.plan(from: store, options).count == 600)
        options.statuses = [.accepted]
        #expect(try await Export.plan(from: store, options).count == 1)
        options.statuses = [.accepted, .rejected]
        await #expect(throws: StoreError.refused("status: candidates that are rejected are never exported")) {
            _ = try await Export.plan(from: store, options)
        }
        await store.close()
    }

    @Test("writes a file that only its owner can read, whole or not at all")
    func file() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/train.jsonl"
        let good = export(.completions, [.sample()])
        try good.write(to: path)
        try good.write(to: path)
        #expect(mode(of: path) == 0o600)
        #expect(try HarvestFile.open(path).readAll() == good.encode())
        var bad = Candidate.sample()
        bad.prompt.small = nil
        #expect(throws: ExportViolation.self) { try export(.completions, [bad]).write(to: path) }
        #expect(throws: FileError.self) { try good.write(to: directory.path + "/missing/train.jsonl") }
        #expect(try HarvestFile.open(path).readAll() == good.encode())
        #expect(directory.names() == ["train.jsonl", "train.manifest.json"])
    }

    private static func prompt(_ dialect: Dialect, stop: String) -> SmallPrompt {
        SmallPrompt(
            UpstreamTarget(
                dialect: dialect,
                modelName: "small",
                prompt: nil,
                parameters: [RouteParameter(name: "stop", value: Array(stop.utf8))]
            )
        )
    }

    private static func choice(_ member: String) -> [UInt8] {
        Array(#"[{"index":0,"message":{"role":"assistant","content":"a"},\#(member)}]"#.utf8)
    }

    private static let toolCall = Array(
        #"[{"message":{"content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}]"#
            .utf8
    )
}
