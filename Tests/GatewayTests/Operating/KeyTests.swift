import JSON
import Simulation
import Testing

extension SystemTests {
    /// Who may ask, how much, and through which names.
    struct KeyTests {
        @Test
        func `no key or a wrong one is 401, a route that is not the key's is 403, and no secret is ever repeated`()
            async throws
        {
            let simulator = try await Simulator.with()
            var settings = TestSettings(at: simulator.baseURL)
            settings.route("other")
            settings.server = ["keys: keys.yaml"]
            let keys = TestKeys(("all", ""), ("one", "routes: [other]"))
            let gateway = try RunningGateway(settings, files: ["keys.yaml": keys.yaml])
            let missing = try gateway.chat("hello")
            #expect((missing.status, missing.error?["code"]?.string) == (401, "missing_api_key"))
            for wrong in ["Bearer wrong-secret", "Bearer ", "Basic wrong-secret", "wrong-secret"] {
                let answer = try gateway.chat("hello", headers: ["authorization": wrong])
                #expect((answer.status, answer.error?["code"]?.string) == (401, "invalid_api_key"), "\(wrong)")
                #expect(!answer.text.contains("wrong-secret"))
            }
            #expect(try gateway.chat("hello", headers: keys["all"]).status == 200)
            let forbidden = try gateway.chat("hello", headers: keys["one"])
            #expect((forbidden.status, forbidden.error?["param"]?.string) == (403, "model"))
            #expect(try gateway.chat("hello", route: "other", headers: keys["one"]).status == 200)
            #expect(try gateway.client().get("/v1/models").status == 401)
            let list = try gateway.client().get("/v1/models", keys["one"]).json["data"]?.array
            #expect(list?.compactMap { $0["id"]?.string } == ["other"])
            #expect(becomes { gateway.accessLog.contains(#""key":"one""#) })
            for text in [gateway.accessLog, gateway.log] {
                #expect(!text.contains("us-test-key") && !text.contains("wrong-secret"))
            }
            await simulator.stop()
        }

        @Test func `a key's rate and its exchanges at once are limited with 429 and retry-after`() async throws {
            let simulator = try await Simulator.with(small: .broken(.hold))
            var settings = TestSettings(at: simulator.baseURL)
            settings.server = ["keys: keys.yaml"]
            let keys = TestKeys(("slow", "limit: { rps: 0.01 }"), ("narrow", "limit: { in_flight: 1 }"))
            let gateway = try RunningGateway(settings, files: ["keys.yaml": keys.yaml])
            let first = try gateway.client()
            try first.send("POST", "/v1/chat/completions", Array(chatBody("a").utf8), keys["narrow"])
            #expect(await simulator.wait { $0["small"].inFlight == 1 })
            let second = try gateway.chat("b", headers: keys["narrow"])
            #expect((second.status, second.error?["code"]?.string) == (429, "rate_limit_exceeded"))
            #expect(second["retry-after"] == "1")
            await simulator.release()
            #expect(try first.read().status == 200)
            #expect(try gateway.chat("a", headers: keys["narrow"]).cache == "hit", "its place is free again")
            #expect(try gateway.chat("a", headers: keys["narrow"]).cache == "hit")

            let slow = try gateway.client()
            try slow.send("POST", "/v1/chat/completions", Array(chatBody("c").utf8), keys["slow"])
            #expect(await simulator.wait { $0["small"].inFlight == 1 })
            await simulator.release()
            #expect(try slow.read().status == 200)
            let refused = try slow.chat("c", headers: keys["slow"])
            #expect(refused.status == 429)
            #expect(refused["retry-after"].flatMap { Int($0) }.map { (90...100).contains($0) } == true)
            await simulator.stop()
        }

        @Test func `the admin port wants its token, and health does not`() async throws {
            let simulator = try await Simulator.with()
            var settings = TestSettings(at: simulator.baseURL)
            settings.server = ["admin_token: ${ADMIN_TOKEN}"]
            let gateway = try RunningGateway(settings, environment: ["ADMIN_TOKEN": "the-admin-token"])
            let admin = try gateway.admin()
            #expect(try admin.get("/health/ready").status == 200)
            for path in ["/metrics", "/admin/v1/config", "/admin/v1/candidates", "/"] {
                #expect(try admin.get(path).status == 401)
                #expect(try admin.get(path, ["authorization": "Bearer the-admin-tokem"]).status == 401)
                #expect(try admin.get(path, ["authorization": "Bearer the-admin-token"]).status == 200)
            }
            #expect(try admin.post("/admin/v1/reload", "").status == 401)
            await simulator.stop()
        }

        @Test func `both ports refuse hosts that are not theirs, and the endpoint other content types`() async throws {
            let simulator = try await Simulator.with()
            var settings = TestSettings(at: simulator.baseURL)
            settings.server = ["hosts: [gateway.example.com]"]
            let gateway = try RunningGateway(settings)
            for client in [try gateway.client(), try gateway.admin()] {
                for host in ["evil.example.com", "127.0.0.1.evil.com", "localhost.evil.com", "1.2.3", "[::1"] {
                    #expect(try client.get("/health/live", ["host": host]).status == 421, "\(host)")
                }
                for host in [
                    "localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]:80", "gateway.example.com", "10.1.2.3",
                ] {
                    #expect(try client.get("/health/live", ["host": host]).status == 200, "\(host)")
                }
            }
            let client = try gateway.client()
            for type in ["text/plain", "application/jsonp", "application/x-www-form-urlencoded", ""] {
                #expect(try client.chat("hello", headers: ["content-type": type]).status == 415, "\(type)")
            }
            for type in ["application/json; charset=utf-8", "Application/JSON"] {
                #expect(try client.chat("hello", headers: ["content-type": type]).status == 200, "\(type)")
            }
            await simulator.stop()
        }
    }
}
