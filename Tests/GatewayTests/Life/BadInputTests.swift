import JSON
import Simulation
import Testing

extension SystemTests {
    /// Requests that are none, from both dialects: an error in OpenAI's shape, and a gateway that goes on.
    struct BadInputTests {
        private static let messages = #""messages":[{"role":"user","content":"hello"}]"#

        /// Bodies for chat, and the parameter that the error names; nil: none.
        static let bodies: [(body: String, param: String?)] = [
            ("", nil), ("{", nil), ("nonsense", nil), ("[]", nil), ("null", nil), ("\"text\"", nil), ("{}x", nil),
            (#"{"model":"main",\#(messages)"#, nil), (#"{"model":"main",\#(messages),}"#, nil),
            (#"{'model':'main'}"#, nil), (#"{"model":"main",\#(messages),"a":01}"#, nil),
            (#"{"model":"main",\#(messages),"a":NaN}"#, nil), (#"{"model":"main",\#(messages),"a":"\#u{1}"}"#, nil),
            (#"{"model":"main",\#(messages),"a":"\ud800"}"#, nil),
            (#"{"model":"main","model":"main",\#(messages)}"#, "model"),
            (#"{"model":"main",\#(messages),"x":1,"x":2}"#, "x"),
            (#"{"model":"main","messages":[{"role":"user","content":"a","content":"b"}]}"#, "messages[0].content"),
            (#"{"model":"main",\#(messages),"seed":18446744073709551616}"#, nil),
            (#"{"model":"main",\#(messages),"x":-9223372036854775809}"#, nil),
            (#"{"model":"main",\#(messages),"temperature":1e999}"#, nil),
            (#"{\#(messages)}"#, "model"), (#"{"model":7,\#(messages)}"#, "model"),
            (#"{"model":"main"}"#, "messages"), (#"{"model":"main","messages":[]}"#, "messages"),
            (#"{"model":"main","messages":"hello"}"#, "messages"), (#"{"model":"main","messages":[7]}"#, "messages[0]"),
            (#"{"model":"main","messages":[{"content":"x"}]}"#, "messages[0].role"),
            (#"{"model":"main","messages":[{"role":"king","content":"x"}]}"#, "messages[0].role"),
            (#"{"model":"main","messages":[{"role":"user","content":7}]}"#, "messages[0].content"),
            (#"{"model":"main",\#(messages),"n":"two"}"#, "n"), (#"{"model":"main",\#(messages),"n":0}"#, "n"),
            (#"{"model":"main",\#(messages),"n":1.5}"#, "n"),
            (#"{"model":"main",\#(messages),"temperature":"hot"}"#, "temperature"),
            (#"{"model":"main",\#(messages),"temperature":3}"#, "temperature"),
            (#"{"model":"main",\#(messages),"top_p":2}"#, "top_p"),
            (#"{"model":"main",\#(messages),"max_tokens":-1}"#, "max_tokens"),
            (#"{"model":"main",\#(messages),"stop":7}"#, "stop"),
            (#"{"model":"main",\#(messages),"stop":["a",7]}"#, "stop[1]"),
            (#"{"model":"main",\#(messages),"logprobs":2}"#, "logprobs"),
            (#"{"model":"main",\#(messages),"top_logprobs":2}"#, "top_logprobs"),
            (#"{"model":"main",\#(messages),"logprobs":true,"top_logprobs":21}"#, "top_logprobs"),
            (#"{"model":"main",\#(messages),"stream":"yes"}"#, "stream"),
            (#"{"model":"main",\#(messages),"tools":{}}"#, "tools"),
            (#"{"model":"main",\#(messages),"response_format":"json"}"#, "response_format"),
            (#"{"model":"main",\#(messages),"logit_bias":{"5":101}}"#, "logit_bias.5"),
            (#"{"model":"main",\#(messages),"user":7}"#, "user"),
            (#"{"model":"main",\#(messages),"store":"no"}"#, "store"),
            (#"{"model":"main",\#(messages),"metadata":{"a":1}}"#, "metadata.a"),
        ]

        private func expectInvalid(_ answer: Answer, _ what: String, param: String?) {
            #expect(answer.status == 400, "\(what): \(answer.text)")
            let error = answer.error
            #expect(error?["type"]?.string == "invalid_request_error", "\(what)")
            #expect(error?["message"]?.string?.isEmpty == false)
            #expect(error?.object?.map(\.name) == ["message", "type", "param", "code"])
            if let param { #expect(error?["param"]?.string == param, "\(what): \(answer.text)") }
            #expect(answer["x-request-id"] != nil)
            for word in ["fatal", "swift", "Swift", "Sources/", "0x"] { #expect(!answer.text.contains(word)) }
        }

        @Test func `every malformed request is one 400 that names the parameter, and the connection goes on`()
            async throws
        {
            let simulator = try await Simulator.with()
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL))
            let client = try gateway.client()
            for (body, param) in Self.bodies {
                expectInvalid(try client.post("/v1/chat/completions", body), body, param: param)
            }
            for (body, param) in [
                (#"{"model":"main"}"#, "prompt"), (#"{"model":"main","prompt":7}"#, "prompt"),
                (#"{"model":"main","prompt":[]}"#, "prompt"), (#"{"model":"main","prompt":["a",1]}"#, "prompt[1]"),
                (#"{"model":"main","prompt":"a","best_of":1,"n":2}"#, "best_of"),
                (#"{"model":"main","prompt":"a","logprobs":9}"#, "logprobs"),
                (#"{"model":"main","prompt":"a","echo":1}"#, "echo"),
            ] {
                expectInvalid(try client.post("/v1/completions", body), body, param: param)
            }
            #expect(simulator.calls.total == 0)
            #expect(try client.chat("hello").status == 200)
            await simulator.stop()
        }

        @Test func `deep nesting, bad UTF-8 and great bodies are refused by their limits`() async throws {
            let simulator = try await Simulator.with()
            var settings = TestSettings(at: simulator.baseURL)
            settings.server = ["limits: { body: 256KiB, headers: 8KiB }"]
            let gateway = try RunningGateway(settings)
            let client = try gateway.client()
            func nested(_ depth: Int) -> String {
                #"{"model":"main",\#(Self.messages),"x":\#(String(repeating: "[", count: depth))\#(String(repeating: "]", count: depth))}"#
            }
            #expect(try client.post("/v1/chat/completions", nested(60)).status == 200)
            for depth in [65, 1_000, 100_000] {
                expectInvalid(try client.post("/v1/chat/completions", nested(depth)), "depth \(depth)", param: nil)
            }
            for bytes: [UInt8] in [
                [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82],
            ] {
                let body =
                    Array(#"{"model":"main","messages":[{"role":"user","content":""#.utf8) + bytes
                    + Array(#""}]}"#.utf8)
                try client.send("POST", "/v1/chat/completions", body)
                expectInvalid(try client.read(), "\(bytes)", param: nil)
            }
            let great = try gateway.client().chat(String(repeating: "a", count: 300_000))
            #expect((great.status, great.error?["type"]?.string) == (413, "invalid_request_error"))
            let heads = try gateway.client().chat("hello", headers: ["x-long": String(repeating: "a", count: 10_000)])
            #expect(heads.status == 431)
            let unknown = try client.chat("hello", route: "nowhere")
            #expect((unknown.status, unknown.error?["code"]?.string) == (404, "model_not_found"))
            #expect(unknown.error?["param"]?.string == "model")
            #expect(gateway.process.isRunning)
            #expect(try client.chat("hello").status == 200)
            await simulator.stop()
        }

        /// What no provider should answer, and what no server should: whole bodies with status 200.
        static let nonsense = [
            "", " ", "null", "7", "[]", "{}", "\"text\"", "{\"choices\":null}", #"{"choices":{}}"#, #"{"choices":[7]}"#,
            #"{"choices":[{}]}"#, #"{"choices":[{"message":null}]}"#, #"{"choices":[{"message":{"content":7}}]}"#,
            #"{"choices":[{"message":{"content":"x"},"index":-1}]}"#,
            #"{"choices":[{"message":{"content":"x"},"finish_reason":7}]}"#,
            #"{"choices":[{"message":{"content":"x"},"logprobs":[]}]}"#,
            #"{"choices":[{"message":{"content":"x"},"logprobs":{"content":[{"token":7}]}}]}"#,
            #"{"error":{"message":"overloaded"}}"#, "{\"choices\":[{\"message\":{\"content\":\"\\ud800\"}}]}",
            String(repeating: "[", count: 100_000), "\u{FEFF}{}",
        ]

        @Test func `a model that answers nonsense is a fallback, or 502 where it was the last`() async throws {
            let scripts = Dictionary(
                uniqueKeysWithValues: Self.nonsense.enumerated().map { ("m\($0)", ModelScript.broken(.body($1))) }
            )
            let simulator = try await Simulator.with(small: ModelScript(says: "from small"), scripts)
            var settings = TestSettings()
            settings.model("large", at: simulator.baseURL)
            for index in Self.nonsense.indices {
                settings.model("m\(index)", at: simulator.baseURL)
                settings.route("small-\(index)", small: "m\(index)")
                settings.route("large-\(index)", small: nil, large: "m\(index)")
            }
            let gateway = try RunningGateway(settings)
            let client = try gateway.client()
            for (index, body) in Self.nonsense.enumerated() {
                let rescued = try client.chat("hello", route: "small-\(index)")
                #expect((rescued.status, rescued.verdict) == (200, "small_error.malformed"), "\(body.prefix(60))")
                let failed = try client.chat("hello", route: "large-\(index)")
                #expect(
                    (failed.status, failed.error?["code"]?.string) == (502, "upstream_failed"),
                    "\(body.prefix(60))"
                )
            }
            #expect(gateway.process.isRunning)
            await simulator.stop()
        }

        @Test func `bytes that are no HTTP are one 400 and a closed connection`() async throws {
            let simulator = try await Simulator.with()
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL))
            for bytes in [
                "\u{16}\u{3}\u{1}\u{2}\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
                "POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n{}",
            ] {
                let client = try gateway.client()
                try client.send(Array(bytes.utf8))
                #expect(try client.read().status == 400)
                #expect(client.isClosedByPeer)
            }
            #expect(try gateway.chat("hello").status == 200)
            await simulator.stop()
        }
    }
}
