import JSON
import Testing

@testable import Completions

@Suite("Reading requests") struct CompletionRequestReadTests {
    @Test("a chat request's members are read") func chat() throws {
        let request = try Make.chat(
            #"""
            {"model":"code-search","messages":[{"role":"system","content":"Be brief."},
             {"role":"user","content":[{"type":"text","text":"gr\u00fc\u00df"},{"type":"text","text":"e 😀"}]}],
             "n":2,"stream":true,"stream_options":{"include_usage":true},"logprobs":true,"top_logprobs":3,
             "max_tokens":9,"max_completion_tokens":7,"store":false,"metadata":{"tenant":"a\"b"},"user":"u-1",
             "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}},{"type":"web"}],
             "response_format":{"type":"json_object"},"x":1.50}
            """#
        )
        #expect(text(request.route) == "code-search")
        #expect(request.n == 2 && request.stream && request.includeUsage)
        #expect(request.wantsLogprobs && request.topLogprobs == 3)
        #expect(request.maxTokens == 7)
        #expect(request.store == false)
        #expect(request.metadata == [MetadataPair(key: Array("tenant".utf8), value: Array(#"a"b"#.utf8))])
        #expect(request.user.map(text) == #""u-1""#)
        #expect(request.tools.map { text($0.name) } == ["f"])
        #expect(request.tools.first?.parameters.map(text) == #"{"type":"object"}"#)
        #expect(request.hasTools && request.hasResponseFormat)
        #expect(request.messages.map(\.role) == [.system, .user])
        #expect(text(request.text(of: request.messages[1])) == "grüße 😀")
        #expect(text(request.body[request.messages[0].rawRange]) == #"{"role":"system","content":"Be brief."}"#)
        #expect(request.inputCharacters == 9 + 7)
    }

    @Test("a completions request's members are read") func completions() throws {
        let request = try Make.completions(
            #"{"model":"r","prompt":"a\nb","logprobs":0,"best_of":3,"n":2,"echo":true,"max_tokens":0,"stop":["x"]}"#
        )
        #expect(request.promptKind == .text && request.promptText.map(text) == "a\nb")
        #expect(request.wantsLogprobs && request.topLogprobs == 0)
        #expect(request.bestOf == 3 && request.echo && request.maxTokens == 0)
        #expect(request.inputCharacters == 3)
    }

    @Test("prompts are one text, texts, or tokens") func prompts() throws {
        func kind(_ prompt: String) throws -> PromptKind? {
            try Make.completions(#"{"model":"r","prompt":\#(prompt)}"#).promptKind
        }
        #expect(try kind(#""a""#) == .text)
        #expect(try kind(#"["a"]"#) == .text)
        #expect(try kind(#"["a","b"]"#) == .texts(2))
        #expect(try kind("[1,2]") == .tokens)
        #expect(try kind("[[1],[2,3]]") == .tokens)
        let request = try Make.completions(#"{"model":"r","prompt":["añ","\u00e9"]}"#)
        #expect(request.inputCharacters == 3 && request.promptText == nil)
        #expect(try Make.completions(#"{"model":"r","prompt":["a\u0041"]}"#).promptText.map(text) == "aA")
    }

    @Test("null is absent") func nulls() throws {
        let request = try Make.chat(
            Make.chatBody(
                #""n":null,"stream":null,"stream_options":null,"logprobs":null,"top_logprobs":null,"tools":null,"#
                    + #""tool_choice":null,"stop":null,"metadata":null,"store":null,"max_tokens":null,"user":null"#
            )
        )
        #expect(request.n == 1 && !request.stream && !request.wantsLogprobs && request.maxTokens == nil)
        #expect(request.store == nil && request.user == nil && request.metadata.isEmpty)
    }

    @Test("images, tool calls and results are told apart from text") func kinds() throws {
        let request = try Make.chat(
            #"""
            {"model":"r","messages":[
             {"role":"user","content":[{"type":"image_url","image_url":{"url":"data:"}},{"type":"text","text":"?"}]},
             {"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function",
              "function":{"name":"f","arguments":"{}"}}]},
             {"role":"tool","tool_call_id":"1","content":"42"},
             {"role":"developer","content":"x"}]}
            """#
        )
        #expect(request.messages.map(\.hasNonText) == [true, false, false, false])
        #expect(request.messages.map(\.concernsTools) == [false, true, true, false])
        #expect(text(request.text(of: request.messages[0])) == "?")
        #expect(request.text(of: request.messages[1]).isEmpty)
    }

    @Test("scalars are counted without decoding, escapes and surrogate pairs included") func characters() throws {
        for content in [
            "", "plain", "ä", "😀", #"\ud83d\ude00"#, #"\n\"\\"#, #"a\u00e9b"#, #"\uD83D\uDE00\uDBFF\uDFFF"#,
        ] {
            let request = try Make.chat(#"{"model":"r","messages":[{"role":"user","content":"\#(content)"}]}"#)
            let decoded = text(request.text(of: request.messages[0]))
            #expect(request.inputCharacters == decoded.unicodeScalars.count, "\(content)")
        }
    }

    @Test("names written with escapes are the names they stand for") func escapedNames() throws {
        let request = try Make.chat(#"{"mod\u0065l":"r","m\u0065ssages":[{"rol\u0065":"us\u0065r","content":"x"}]}"#)
        #expect(text(request.route) == "r" && request.messages.map(\.role) == [.user])
    }
}
