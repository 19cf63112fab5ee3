import Foundation
import JSON
import Simulation
import Testing

extension SystemTests {
    /// The admin port: metrics, candidates and their review, settings without secrets.
    struct AdminTests {
        @Test func `promtool finds nothing to say about the metrics of a gateway that has done everything`()
            async throws
        {
            let promtool = try program("promtool", package: "prometheus")
            let simulator = try await Simulator.with(small: ModelScript(says: "{"), large: ModelScript(says: "[1]"))
            let redis = try RealRedis()
            var settings = TestSettings(at: simulator.baseURL, "checks: [json]")
            settings.cache = ["redis: '\(redis.url)'"]
            let gateway = try RunningGateway(settings)
            let client = try gateway.client()
            for _ in 1...2 { #expect(try client.chat("hello").status == 200) }
            #expect(try client.chat("hello", route: "nowhere").status == 404)
            #expect(try client.post("/v1/chat/completions", "{").status == 400)
            _ = try gateway.candidates(atLeast: 1)
            let answer = try gateway.admin().get("/metrics")
            #expect(answer["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
            let file = gateway.directory.path + "/metrics.txt"
            try gateway.directory.write(answer.text, to: "metrics.txt")
            let check = try run(promtool, "check", "metrics", input: file)
            #expect((check.code, check.output) == (0, ""))
            for line in [
                #"understudy_requests_total{route="main",answered_by="large",status="200"} 1"#,
                #"understudy_requests_total{route="main",answered_by="cache",status="200"} 1"#,
                #"understudy_verdicts_total{route="main",reason="format.json"} 1"#,
                #"understudy_candidates_total{route="main",reason="format.json"} 1"#,
                #"understudy_cache_total{tier="memory",result="hit"} 1"#,
                #"understudy_upstream_seconds_count{model="small",role="small"} 1"#,
                #"understudy_upstream_seconds_count{model="large",role="large"} 1"#,
                #"understudy_in_flight{model="small"} 0"#, #"understudy_breaker_open{target="redis"} 0"#,
            ] {
                #expect(answer.text.contains(line), "\(line)")
            }
            for name in [
                "phase_seconds_bucket", "overhead_seconds_bucket", "tokens_total", "cost_usd_total", "queue_depth",
                "dropped_total", "harvest_errors_total", "config_info",
            ] {
                #expect(answer.text.contains("\nunderstudy_\(name){"), "\(name)")
            }
            #expect(answer.text.contains("\nprocess_resident_memory_bytes "))
            #expect(!answer.text.contains("nowhere"), "labels never come from clients")
            await simulator.stop()
        }

        @Test func `candidates are listed in pages, by route, status and reason`() async throws {
            let simulator = try await Simulator.with(
                small: .table(
                    [(when: "form", says: .texts(["{"])), (when: "", says: .texts(["1"]))],
                    logprobs: .init(base: .fixed(-3))
                )
            )
            let rule = "confidence: { score: min_logprob, threshold: -1 }, checks: [json]"
            var settings = TestSettings(at: simulator.baseURL, rule)
            settings.route("other", rule)
            let gateway = try RunningGateway(settings)
            for number in 1...5 { _ = try gateway.chat("form \(number)") }
            for number in 1...3 { _ = try gateway.chat("sure \(number)", route: "other") }
            #expect(try gateway.candidates(atLeast: 8).count == 8)
            let admin = try gateway.admin()
            func list(_ query: String) throws -> JSONTree { try admin.get("/admin/v1/candidates?\(query)").json }
            #expect(try list("route=other")["data"]?.array?.count == 3)
            #expect(try list("reason=format.json")["data"]?.array?.count == 5)
            #expect(try list("status=new&route=main")["data"]?.array?.count == 5)
            #expect(try list("status=accepted")["data"]?.array?.isEmpty == true)
            var seen: [String] = []
            var after = ""
            var pages = 0
            repeat {
                let page = try list("limit=3&after=\(after)")
                seen += page["data"]?.array?.compactMap { $0["id"]?.string } ?? []
                after = page["next"]?.string ?? ""
                pages += 1
            } while !after.isEmpty && pages < 10
            #expect((seen.count, Set(seen).count) == (8, 8))
            for bad in ["limit=0", "limit=x", "status=odd", "colour=red", "after=nonsense"] {
                #expect(try admin.get("/admin/v1/candidates?\(bad)").status == 400, "\(bad)")
            }
            let one = try admin.get("/admin/v1/candidates/\(seen[0])")
            #expect((one.status, one.json["id"]?.string) == (200, seen[0]))
            #expect(try admin.get("/admin/v1/candidates/nonsense").status == 404)
            await simulator.stop()
        }

        @Test func `a reviewer accepts, edits, rejects and skips, and a rejected answer leaves the caches`()
            async throws
        {
            let simulator = try await Simulator.with(small: ModelScript(says: "{"), large: ModelScript(says: "[1]"))
            let redis = try RealRedis()
            var settings = TestSettings(at: simulator.baseURL, "checks: [json]")
            settings.cache = ["redis: '\(redis.url)'"]
            let gateway = try RunningGateway(settings)
            let names = ["accept", "edit", "reject", "skip"]
            for name in names { #expect(try gateway.chat(name).answeredBy == "large") }
            #expect(becomes { redis.command("DBSIZE") == ":4\r\n" })
            let kept = try gateway.candidates(atLeast: 4)
            let admin = try gateway.admin()
            func decide(_ name: String, _ body: String) throws -> Answer {
                let candidate = kept.first { $0["request"]?["messages"]?[0]?["content"]?.string == name }
                return try admin.post("/admin/v1/candidates/\(candidate?["id"]?.string ?? "")", body)
            }
            let accepted = try decide("accept", #"{"decision":"accept","reviewer":"ann"}"#)
            #expect((accepted.status, accepted.json["status"]?.string) == (200, "accepted"), "\(accepted.text)")
            let edited = try decide("edit", #"{"decision":"edit","completion":"[2]"}"#)
            #expect((edited.json["status"]?.string, edited.json["completion"]?.string) == ("edited", "[2]"))
            #expect(try decide("reject", #"{"decision":"reject"}"#).json["status"]?.string == "rejected")
            #expect(try decide("skip", #"{"decision":"skip"}"#).json["status"]?.string == "skipped")
            for bad in [
                "", "{}", #"{"decision":"burn"}"#, #"{"decision":"accept","choice":"none"}"#, #"{"decision":"edit"}"#,
            ] {
                #expect(try decide("skip", bad).status == 400, "\(bad)")
            }
            #expect(try admin.get("/admin/v1/candidates?status=rejected").json["data"]?.array?.count == 1)
            // Small's answers were wrong here, so only rejecting and editing contradict what is cached.
            let states = try names.map { try gateway.chat($0).cache }
            #expect(states == ["hit", "miss", "miss", "hit"])
            #expect(simulator.calls["large"].calls == 6)
            await simulator.stop()
        }

        @Test func `settings and routes are shown without secrets`() async throws {
            let simulator = try await Simulator.with()
            var settings = TestSettings()
            settings.model("small", at: simulator.baseURL, "api_key: '${SECRET}'")
            settings.model("large", at: simulator.baseURL, "api_key: '${SECRET}'")
            settings.route("main", "confidence: { score: min_logprob, threshold: -1 }", "checks: [finished, json]")
            let gateway = try RunningGateway(settings, environment: ["SECRET": "hush-hush"])
            let admin = try gateway.admin()
            let config = try admin.get("/admin/v1/config")
            #expect(config.json["version"]?.string?.isEmpty == false)
            #expect(config.json["loaded"]?.string?.hasSuffix("Z") == true)
            #expect(config.json["errors"]?.array?.isEmpty == true)
            #expect(try gateway.chat("1")["x-understudy-config"] == config.json["version"]?.string)
            let route = try admin.get("/admin/v1/routes").json["data"]?[0]
            #expect((route?["route"]?.string, route?["small"]?["model"]?.string) == ("main", "small"))
            #expect(route?["checks"]?.array?.compactMap(\.string) == ["finished", "json"])
            #expect(route?["confidence"]?["threshold"]?.double == -1)
            for path in ["/admin/v1/config", "/admin/v1/routes", "/metrics", "/", "/admin/v1/candidates"] {
                let answer = try admin.get(path)
                #expect((answer.status, answer.text.contains("hush-hush")) == (200, false), "\(path)")
                #expect(try admin.post(path, "").status == 405, "\(path)")
            }
            #expect(try admin.get("/admin/v1/reload").status == 405)
            #expect(try admin.get("/admin/v1/nothing").status == 404)
            #expect(!gateway.log.contains("hush-hush") && !gateway.accessLog.contains("hush-hush"))
            await simulator.stop()
        }
    }
}
