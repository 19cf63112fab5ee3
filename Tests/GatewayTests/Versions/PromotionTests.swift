import Foundation
import Glibc
import Harvest
import JSON
import Simulation
import Testing

extension SystemTests {
    /// Versions in service: from a command to every gateway on the store.
    struct PromotionTests {
        private static func models() async throws -> Simulator {
            try await Simulator.with(["next": ModelScript(says: "from next"), "third": ModelScript(says: "from third")])
        }

        @Test
        func `promote and rollback reach two gateways on one PostgreSQL within seconds, without a gateway's help`()
            async throws
        {
            let simulator = try await Self.models()
            let server = try RealPostgres()
            var settings = TestSettings(at: simulator.baseURL)
            settings.store = server.url(try server.database())
            let gateways = [try RunningGateway(settings), try RunningGateway(settings)]
            let shelf = try VersionShelf(settings.store)
            let day = WallTime(rfc3339: "2031-02-03T00:00:00Z")
            try await shelf.add("next", contract: try gateways[0].contract(), shutdown: day)
            for gateway in gateways { #expect(try gateway.answerer("the same") == "small") }
            let shutdown = #"understudy_model_shutdown_timestamp_seconds{route="main"}"#
            #expect(try gateways[1].metric(shutdown) == 0)
            for gateway in gateways { #expect(try gateway.chat("the same").cache == "hit") }

            let done = try gateways[0].command("promote", "main", "--model", "next", "--now")
            #expect(done.code == 0, "\(done.output)")
            let promoted = Date()
            for gateway in gateways {
                #expect(try becomes { try gateway.answerer("the same") == "next" })
                #expect(try gateway.chat("the same").cache == "hit")
            }
            print("promoted: both gateways after \(Date().timeIntervalSince(promoted)) s")
            let version = try gateways[1].admin().get("/admin/v1/routes").json["data"]?[0]
            #expect(version?["version"]?["model"]?.string == "next")
            #expect(version?["file_model"]?.string == "small")
            #expect(version?["stale"]?.bool == false)
            #expect(try becomes { try gateways[1].metric(shutdown) == 1_927_843_200 })

            let back = try gateways[1].command("rollback", "main", "--reason", "too slow")
            #expect(back.code == 0, "\(back.output)")
            let rolledBack = Date()
            // The answers of before are in the cache still: their key is that of the version.
            for gateway in gateways {
                #expect(try becomes { try gateway.answerer("the same") == "small" })
                #expect(try gateway.chat("the same").cache == "hit")
            }
            print("rolled back: both gateways after \(Date().timeIntervalSince(rolledBack)) s")
            #expect(try gateways[0].command("rollback", "main").code == 1)
            #expect(try await shelf.store.events(limit: 10).map(\.what) == ["rollback", "promote"])
            await shelf.store.close()
            await simulator.stop()
        }

        @Test func `an entry without a model gets its name from the promotion, and its threshold where that is auto`()
            async throws
        {
            let simulator = try await Self.models()
            var settings = TestSettings()
            settings.models.append("small: { base_url: '\(simulator.baseURL)', api: chat }")
            settings.model("large", at: simulator.baseURL)
            settings.route("main", "confidence: { score: mean_logprob, threshold: auto }")
            let gateway = try RunningGateway(settings)
            #expect(try gateway.chat("a").verdict == "no_small")
            let shelf = try VersionShelf("sqlite:" + gateway.directory.path + "/understudy.db")
            let contract = try gateway.contract()
            try await shelf.add("next", contract: contract, threshold: -1)
            #expect(try gateway.command("promote", "main").code == 0)
            #expect(try becomes { try gateway.answerer("b \(UUID())") == "next" })
            // The same model with a threshold that nothing reaches.
            try await shelf.add("next", contract: contract, threshold: 0)
            #expect(try gateway.command("promote", "main").code == 0)
            #expect(try becomes { try gateway.chat("c \(UUID())").verdict == "low_confidence" })
            // And without one.
            try await shelf.add("next", contract: contract)
            #expect(try gateway.command("promote", "main").code == 0)
            #expect(try becomes { try gateway.chat("d \(UUID())").verdict == "low_confidence" })
            await shelf.store.close()
            await simulator.stop()
        }

        @Test func `a gateway that starts while the store is away serves what was promoted last`() async throws {
            let simulator = try await Self.models()
            let server = try RealPostgres()
            var settings = TestSettings(at: simulator.baseURL)
            settings.store = server.url(try server.database())
            let gateway = try RunningGateway(settings)
            let shelf = try VersionShelf(settings.store)
            try await shelf.add("next", contract: try gateway.contract())
            #expect(try gateway.command("promote", "main", "--now").code == 0)
            #expect(try becomes { try gateway.answerer("x \(UUID())") == "next" })
            #expect(becomes { gateway.directory.read("spool-promotions.json").contains("next") })
            await shelf.store.close()
            gateway.process.kill()
            server.kill()
            try gateway.restart()
            #expect(try gateway.answerer("first") == "next")
            #expect(gateway.log.contains("a promoted version is in service"))
            await simulator.stop()
        }

        @Test func `the settings file wins once its model changes after the promotion, and the log says so`()
            async throws
        {
            let simulator = try await Self.models()
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL))
            let shelf = try VersionShelf("sqlite:" + gateway.directory.path + "/understudy.db")
            try await shelf.add("next", contract: try gateway.contract())
            #expect(try gateway.command("promote", "main", "--now").code == 0)
            #expect(try becomes { try gateway.answerer("x \(UUID())") == "next" })
            var other = TestSettings()
            other.models.append("small: { base_url: '\(simulator.baseURL)', api: chat, model: third }")
            other.model("large", at: simulator.baseURL)
            other.route("main")
            #expect(try gateway.reload(other).status == 200)
            #expect(try gateway.answerer("y") == "third")
            #expect(becomes { gateway.log.contains("the file wins") })
            #expect(try gateway.admin().get("/admin/v1/routes").json["data"]?[0]?["file_wins"]?.bool == true)
            // A new promotion is made over the new file.
            #expect(try gateway.command("promote", "main", "--now").code == 0)
            #expect(try becomes { try gateway.answerer("z \(UUID())") == "next" })
            #expect(try gateway.command("rollback", "main").code == 0)
            #expect(try becomes { try gateway.answerer("w \(UUID())") == "third" })
            await shelf.store.close()
            await simulator.stop()
        }

        @Test func `exchanges under load fail nothing while versions come and go`() async throws {
            let simulator = try await Self.models()
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL))
            let shelf = try VersionShelf("sqlite:" + gateway.directory.path + "/understudy.db")
            let contract = try gateway.contract()
            try await shelf.add("next", contract: contract)
            try await shelf.add("third", contract: contract)
            let port = gateway.port
            let load = Load(threads: 3) { thread, number, client in
                if client == nil { client = try Client(port) }
                return try client!.chat("question \(thread) \(number)")
            }
            for model in ["next", "third", "next"] {
                #expect(load.more(40))
                #expect(try gateway.command("promote", "main", "--model", model, "--now").code == 0)
                #expect(becomes { load.answers.suffix(3).allSatisfy { $0["x-understudy-model"] == model } })
            }
            #expect(try gateway.command("rollback", "main").code == 0)
            #expect(becomes { load.answers.suffix(3).allSatisfy { $0["x-understudy-model"] == "third" } })
            load.stop()
            #expect(load.failures.isEmpty)
            #expect(load.answers.allSatisfy { $0.status == 200 })
            await shelf.store.close()
            await simulator.stop()
        }

        @Test func `what does not meet the bar is not promoted, unless somebody says why`() async throws {
            let simulator = try await Self.models()
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL))
            let shelf = try VersionShelf("sqlite:" + gateway.directory.path + "/understudy.db")
            let contract = try gateway.contract()
            try await shelf.add("next", contract: contract, bar: false)
            let unmet = try gateway.command("promote", "main", "--now")
            #expect(unmet.code == 1)
            #expect(unmet.output.contains("accepted agreement is 71 %"), "\(unmet.output)")
            try await shelf.add("third", contract: "another", bar: nil)
            let neither = try gateway.command("promote", "main", "--model", "third")
            #expect(neither.code == 1)
            #expect(neither.output.contains("another contract") && neither.output.contains("not evaluated"))
            #expect(try gateway.command("promote", "main", "--model", "none").code == 1)
            #expect(try gateway.command("promote", "nowhere").code == 2)
            #expect(try gateway.command("promote", "main", "--now", "--canary", "5%").code == 2)
            let admin = try gateway.admin()
            let refused = try admin.post("/admin/v1/routes/main/promote", #"{"model":"next","now":true}"#)
            #expect(refused.status == 409)
            #expect(refused.json["reasons"]?[0]?.string == "accepted agreement is 71 %")
            #expect(try gateway.answerer("x") == "small")
            let body = #"{"model":"next","now":true,"force":"a demo","by":"ann"}"#
            #expect(try admin.post("/admin/v1/routes/main/promote", body).status == 200)
            #expect(try gateway.answerer("y") == "next")
            let event = try await shelf.store.events(limit: 1).first
            #expect(event?.who == "ann" && event?.what == "promote")
            let detail = String(decoding: event?.detail ?? [], as: UTF8.self)
            #expect(detail.contains(#""forced":true"#) && detail.contains("a demo") && detail.contains("71 %"))
            #expect(try admin.post("/admin/v1/routes/main/rollback", "").status == 200)
            #expect(try gateway.answerer("z") == "small")
            #expect(try admin.post("/admin/v1/routes/main/rollback", "").status == 409)
            await shelf.store.close()
            await simulator.stop()
        }

        @Test func `a version goes from one environment to the next with its evaluation and threshold`() async throws {
            let simulator = try await Self.models()
            let first = try RunningGateway(TestSettings(at: simulator.baseURL))
            var settings = TestSettings(at: simulator.baseURL)
            settings.server = ["environment: staging"]
            let second = try RunningGateway(settings)
            let shelf = try VersionShelf("sqlite:" + first.directory.path + "/understudy.db")
            try await shelf.add("next", contract: try first.contract(), threshold: -0.5)
            try await shelf.add("third", contract: "another")
            let file = first.directory.path + "/next.json"
            #expect(try first.command("versions", "export", "main", "next", "-o", file).code == 0)
            var facts = stat()
            #expect(stat(file, &facts) == 0 && facts.st_mode & 0o777 == 0o600)
            #expect(try second.command("promote", "main", "--now").code == 1)
            #expect(try second.command("versions", "import", file).code == 0)
            #expect(try second.command("promote", "main", "--now").code == 0)
            #expect(try becomes { try second.answerer("x \(UUID())") == "next" })
            let listed = try second.command("versions", "list")
            #expect(listed.output.contains("in service") && listed.output.contains("staging"), "\(listed.output)")
            let json = try second.command("versions", "list", "--json").output
            #expect(ModelVersion(json: Array(json.utf8))?.threshold == -0.5)
            let other = first.directory.path + "/third.json"
            #expect(try first.command("versions", "export", "main", "third", "-o", other).code == 0)
            #expect(try second.command("versions", "import", other).code == 1)
            #expect(try second.command("versions", "import", other, "--force", "the same task").code == 0)
            #expect(try second.command("versions", "import", first.directory.path + "/understudy.yaml").code == 2)
            #expect(try first.command("versions", "export", "main", "none").code == 1)
            await shelf.store.close()
            await simulator.stop()
        }
    }
}
