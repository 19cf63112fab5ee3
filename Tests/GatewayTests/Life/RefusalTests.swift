import JSON
import Simulation
import Testing

extension SystemTests {
    /// What the HTTP server turns away before there is an exchange: the operator finds it in the log by its id all the
    /// same, and the metrics have it.
    struct RefusalTests {
        private struct Case {
            let what: String
            let status: Int
            /// nil: the head was not read, so nobody knows.
            let path: String?
            let sent: String

            init(_ what: String, _ status: Int, path: String? = nil, _ sent: String) {
                (self.what, self.status, self.path, self.sent) = (what, status, path, sent)
            }
        }

        private static let post = "POST /v1/completions HTTP/1.1\r\nhost: a\r\nx-request-id: mine-1\r\n"

        private static let cases = [
            Case("bytes that are no HTTP", 400, "\u{16}\u{3}\u{1}\u{2}\r\n\r\n"),
            Case("no host", 400, "GET /health/live HTTP/1.1\r\n\r\n"),
            Case("an unknown method", 405, "BREW /pot HTTP/1.1\r\nhost: a\r\n\r\n"),
            Case("an expectation", 417, "POST / HTTP/1.1\r\nhost: a\r\nexpect: miracles\r\ncontent-length: 1\r\n\r\n"),
            Case("a great head", 431, "GET / HTTP/1.1\r\nx: \(String(repeating: "x", count: 20_000))\r\n\r\n"),
            Case("a slow head", 408, "GET / HTTP/1.1\r\nhost:"),
            Case("a great body", 413, path: "/v1/completions", post + "content-length: 99999999\r\n\r\n"),
            Case("a slow body", 408, path: "/v1/completions", post + "content-length: 10\r\n\r\nhalf"),
            Case("a bad chunk", 400, path: "/v1/completions", post + "transfer-encoding: chunked\r\n\r\n0x5\r\nhello"),
        ]

        @Test func `every refusal of the HTTP server has a request id, one line in the access log, and its count`()
            async throws
        {
            let simulator = try await Simulator.with()
            var settings = TestSettings(at: simulator.baseURL)
            settings.server = ["limits: { header_time: 100ms, body_time: 100ms }"]
            let gateway = try RunningGateway(settings)
            for refused in Self.cases {
                let count = #"understudy_requests_total{route="(none)",answered_by="none",status="\#(refused.status)"}"#
                let before = try gateway.metric(count)
                let client = try gateway.client()
                try client.send(Array(refused.sent.utf8))
                let answer = try client.read()
                #expect(answer.status == refused.status, "\(refused.what)")
                #expect(answer.error?.object?.map(\.name) == ["message", "type", "param", "code"])
                let id = try #require(answer["x-request-id"], "\(refused.what)")
                if refused.path != nil { #expect(id == "mine-1", "\(refused.what)") }
                #expect(try gateway.metric(count) == before + 1, "\(refused.what)")
                var lines: [JSONTree] = []
                #expect(
                    becomes {
                        lines = gateway.accessLines.filter {
                            $0["request_id"]?.string == id && $0["status"]?.int == refused.status
                        }
                        return !lines.isEmpty
                    },
                    "\(refused.what)"
                )
                #expect(lines.allSatisfy { $0["path"]?.string == refused.path }, "\(refused.what)")
                #expect(lines.count == 1, "\(refused.what)")
            }
            #expect(gateway.accessLines.filter { $0["request_id"]?.string == "mine-1" }.count == 3)
            await simulator.stop()
        }

        @Test func `one connection too many is told so, with an id that the log knows`() async throws {
            let simulator = try await Simulator.with()
            var settings = TestSettings(at: simulator.baseURL)
            settings.workers = 1
            settings.server = ["limits: { connections: 1 }"]
            let gateway = try RunningGateway(settings)
            var first: Client?
            // The one that asked whether the gateway is up may not have left yet.
            #expect(
                try becomes {
                    first?.leave()
                    first = try gateway.client()
                    return try first?.get("/health/live").status == 200
                }
            )
            let second = try gateway.client()
            let answer = try second.read()
            #expect((answer.status, answer["retry-after"]) == (503, "1"))
            let id = try #require(answer["x-request-id"])
            #expect(becomes { gateway.accessLines.contains { $0["request_id"]?.string == id } })
            await simulator.stop()
        }
    }
}
