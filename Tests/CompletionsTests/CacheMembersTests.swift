import JSON
import Testing

@testable import Completions

@Suite("The request's share of the cache key") struct CacheMembersTests {
    private func key(_ body: String, _ dialect: Dialect = .chat, _ parameters: [RouteParameter] = []) throws -> String {
        let request = try CompletionRequest.read(Array(body.utf8), dialect: dialect, parser: JSONParser())
        var fed: [UInt8] = []
        request.cacheMembers(parameters: parameters) { fed.append(contentsOf: $0) }
        return text(fed)
    }

    @Test("members are sorted by name, values as sent without white space") func canonical() throws {
        #expect(
            try key(
                #"{ "x" : { "b" : 1.50 , "a" : [ 1 , "a b" ] }, "model":"r","messages":[ {"role":"user","content":"h i"} ],"n":1 }"#
            )
                == #"{"messages":[{"role":"user","content":"h i"}],"model":"r","n":1,"x":{"b":1.50,"a":[1,"a b"]}}"#
        )
    }

    @Test("members that change nothing of the answer are left out") func excluded() throws {
        let plain = try key(Make.chatBody())
        #expect(
            try key(
                Make.chatBody(
                    #""stream":true,"stream_options":{"include_usage":true},"user":"u","metadata":{"a":"b"},"#
                        + #""store":false,"logprobs":true,"top_logprobs":4"#
                )
            ) == plain
        )
        #expect(try key(Make.chatBody(#""unknown":1"#)) != plain)
        #expect(try key(Make.chatBody(#""seed":1"#)) != key(Make.chatBody(#""seed":2"#)))
        #expect(
            try key(Make.completionsBody(#""logprobs":3"#), .completions) == key(Make.completionsBody(), .completions)
        )
    }

    @Test("order and white space at the top level make no difference") func order() throws {
        let a = try key(#"{"model":"r","n":1,"messages":[{"role":"user","content":"x"}],"a":0}"#)
        let b = try key(
            "{\n\"a\":0, \"messages\": [{\"role\": \"user\",\n \"content\": \"x\"}],\"n\":1,\"model\":\"r\"}"
        )
        #expect(a == b)
        #expect(try key(#"{"mod\u0065l":"r","n":1,"messages":[{"role":"user","content":"x"}],"a":0}"#) == a)
    }

    @Test("the route's parameters are applied first") func parameters() throws {
        let parameters = Make.parameters(["temperature": "0", "max_tokens": "64", "zeta": "{ \"a\" : 1 }"])
        let plain = try key(Make.chatBody(), .chat, parameters)
        #expect(plain.contains(#""max_tokens":64"#) && plain.hasSuffix(#""temperature":0,"zeta":{"a":1}}"#))
        #expect(try key(Make.chatBody(#""temperature":1,"zeta":2,"max_tokens":99"#), .chat, parameters) == plain)
        #expect(try key(Make.chatBody(#""max_completion_tokens":99"#), .chat, parameters) == plain)
        #expect(try key(Make.chatBody(#""max_tokens":9"#), .chat, parameters) != plain)
    }

    @Test("a name cannot be made to look like two members") func names() throws {
        #expect(try key(Make.chatBody(#""a\":1,\"b":2"#)) != key(Make.chatBody(#""a":1,"b":2"#)))
    }
}
