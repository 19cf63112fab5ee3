import Testing

@testable import Completions

@Suite("Lengths and contexts") struct ContextLimitTests {
    private func target(
        _ tokens: Int,
        _ dialect: Dialect = .completions,
        template: String? = nil,
        ignore: Set<PromptPart> = [],
        bytesPerToken: Double = 4,
        parameters: KeyValuePairs<String, String> = [:]
    ) throws -> UpstreamTarget {
        UpstreamTarget(
            dialect: dialect,
            modelName: "m",
            prompt: try template.map { try PromptTemplate($0, name: "t") },
            ignored: ignore,
            parameters: Make.parameters(parameters),
            context: ContextLimit(tokens: tokens, bytesPerToken: bytesPerToken)
        )
    }

    private func prompt(_ text: String, _ more: String = "") throws -> CompletionRequest {
        try Make.completions(#"{"model":"r","prompt":"\#(text)"\#(more)}"#)
    }

    private func fits(_ request: CompletionRequest, _ target: UpstreamTarget) -> Bool {
        let obstacle = request.obstacle(to: target)
        #expect(obstacle == nil || obstacle?.kind == .tooLong)
        return obstacle == nil
    }

    @Test("an input is too long where its estimated tokens and the answer's have no room")
    func limit() throws {
        let input = try prompt(String(repeating: "a", count: 400))
        #expect(try fits(input, target(101)))
        #expect(try !fits(input, target(100)), "an answer has one token at least")
        #expect(try !fits(input, target(101, parameters: ["max_tokens": "2"])))
        #expect(try fits(input, target(164, parameters: ["max_tokens": "64"])))
        #expect(
            try fits(
                prompt(String(repeating: "a", count: 400), #","max_tokens":1"#),
                target(101, parameters: ["max_tokens": "64"])
            )
        )
        #expect(try fits(input, target(81, bytesPerToken: 5)))
        #expect(try !fits(input, target(101, bytesPerToken: 3)))
    }

    @Test("an input of no more bytes than there are tokens left always fits")
    func certain() throws {
        var generator = Seeded(state: 4)
        let letters = ["a", "é", "漢", "😀", "\\n", "\\u00e9", " "]
        for _ in 0..<300 {
            let text = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
                letters.randomElement(using: &generator)!
            }
            let request = try prompt(text.joined())
            let bytes = request.promptText!.count
            // Whatever the estimate.
            #expect(try fits(request, target(bytes + 1, bytesPerToken: 1)))
            #expect(try fits(request, target(bytes + 1)))
            if bytes > 0 { #expect(try !fits(request, target(bytes, bytesPerToken: 1))) }
        }
    }

    @Test("the quick look never says less than the input has")
    func quick() throws {
        let request = try Make.chat(
            #"{"model":"r","metadata":{"a":"xyz"},"messages":[{"role":"system","content":"s"},"#
                + #"{"role":"user","content":"question"},{"role":"assistant","content":"b"},{"role":"user","content":"q"}]}"#
        )
        for template in [
            "", "{{input}}", "{{input}}{{input}} {{system}}", String(repeating: "long ", count: 50) + "{{input}}",
            "{{#messages}}{{role}}: {{content}} {{input}}{{system}} and so on\n{{/messages}}{{metadata.a}}",
            "{{#messages}}{{#messages}}{{content}}{{/messages}}{{/messages}}",
        ] {
            for dialect in Dialect.allCases {
                let bytes = request.inputLength(for: try target(1, dialect, template: template)).bytes
                guard bytes > 0 else { continue }
                // Too small by one token, if every byte is one.
                let target = try target(
                    bytes,
                    dialect,
                    template: template,
                    ignore: Set(PromptPart.allCases),
                    bytesPerToken: 1
                )
                #expect(!fits(request, target), "\(template)")
            }
        }
    }

    @Test("lengths are those of what the model reads, in its dialect")
    func lengths() throws {
        let chat = try Make.chat(
            #"{"model":"r","messages":[{"role":"system","content":"\u00e9"},"#
                + #"{"role":"user","content":[{"type":"text","text":"ab\n"},{"type":"image_url","image_url":{"url":"xxxx"}}]}],"#
                + #""tools":[{"type":"function","function":{"name":"f"}}]}"#
        )
        let tools = #"[{"type":"function","function":{"name":"f"}}]"#.utf8.count
        #expect(chat.inputLength(for: try target(1, .chat)) == InputLength(bytes: 5 + tools, marks: 8))
        #expect(chat.inputLength(for: try target(1, template: "Q {{input}}")) == InputLength(bytes: 5, marks: 0))
        #expect(chat.inputLength(for: try target(1, .chat, template: "Q {{input}}")) == InputLength(bytes: 5, marks: 4))
        #expect(try prompt("abc").inputLength(for: target(1)) == InputLength(bytes: 3, marks: 0))
        #expect(try prompt("abc").inputLength(for: target(1, .chat)) == InputLength(bytes: 3, marks: 4))
        #expect(InputLength(bytes: 9, marks: 4).tokens(bytesPerToken: 4) == 7)
    }

    @Test("a prompt of tokens is counted, and of several the longest decides")
    func tokens() throws {
        let rows: [(prompt: String, tokens: Int)] = [
            ("[1,2,3]", 3), ("[7]", 1), ("[ 10 , 20 ]", 2), ("[[1,2],[3,4,5],[6]]", 3), ("[ [1] , [2, 3] ]", 2),
        ]
        for row in rows {
            let request = try Make.completions(#"{"model":"r","prompt":\#(row.prompt)}"#)
            #expect(
                request.inputLength(for: try target(1)) == InputLength(bytes: 0, marks: row.tokens),
                "\(row.prompt)"
            )
        }
        let texts = try Make.completions(#"{"model":"r","prompt":["a","bcd\n","ef"]}"#)
        #expect(texts.inputLength(for: try target(1)) == InputLength(bytes: 4, marks: 0))
        let long = try Make.completions(
            #"{"model":"r","prompt":[\#([Int](repeating: 7, count: 50).map(String.init).joined(separator: ","))]}"#
        )
        #expect(try !fits(long, target(50)))
        #expect(try fits(long, target(51)))
    }

    @Test("the error is OpenAI's, with the member that is too long")
    func error() throws {
        let long = String(repeating: "a", count: 80)
        let prompt = try #require(prompt(long).obstacle(to: target(10, parameters: ["max_tokens": "2"])))
        #expect(prompt.error.code == "context_length_exceeded" && prompt.error.param == "prompt")
        #expect(prompt.error.message.hasPrefix("This model's maximum context length is 10 tokens."))
        #expect(prompt.error.message.contains("about 22 tokens (about 20 in the prompt, 2 in the completion)"))
        let chat = try Make.chat(#"{"model":"r","messages":[{"role":"user","content":"\#(long)"}]}"#)
        #expect(chat.obstacle(to: try target(10, .chat))?.error.param == "messages")
        #expect(throws: InvalidRequest.self) { try chat.encode(for: target(10, .chat)) }
    }

    @Test("what has no place is said before what is too long, and without a context everything fits")
    func order() throws {
        let body =
            #"{"model":"r","messages":[{"role":"system","content":"s"},{"role":"user","content":"\#(String(repeating: "a", count: 99))"}]}"#
        #expect(try Make.chat(body).obstacle(to: target(2, template: "{{input}}"))?.kind == .uncovered)
        let free = UpstreamTarget(dialect: .chat, modelName: "m")
        #expect(try Make.chat(body).obstacle(to: free) == nil)
    }
}
