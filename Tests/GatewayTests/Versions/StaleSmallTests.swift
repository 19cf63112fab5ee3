import Harvest
import JSON
import Simulation
import Testing

extension SystemTests {
    /// A small model in service that was trained for another contract than the route has now.
    struct StaleSmallTests {
        private func settings(_ simulator: Simulator, _ extra: String...) -> TestSettings {
            var settings = TestSettings()
            settings.model("small", at: simulator.baseURL)
            settings.model("large", at: simulator.baseURL)
            settings.routes.append("main: { small: small, large: large, \(extra.joined(separator: ", ")) }")
            return settings
        }

        private func stale(_ gateway: RunningGateway) throws -> Double {
            try gateway.metric(#"understudy_stale_small{route="main"}"#)
        }

        @Test(arguments: ["keep", "large"])
        func `reload, check and a metric say so, and the route's settings decide who answers`(
            policy: String
        ) async throws {
            let simulator = try await Simulator.with(["next": ModelScript(says: "from next")])
            let before = "on_stale_small: \(policy)"
            let gateway = try RunningGateway(settings(simulator, before))
            let shelf = try VersionShelf("sqlite:\(gateway.directory.path)/understudy.db")
            try await shelf.add("next", contract: try gateway.contract())
            #expect(try gateway.command("promote", "main", "--model", "next", "--now").code == 0)
            #expect(try becomes { try gateway.answerer("one") == "next" })
            #expect(try stale(gateway) == 0)

            #expect(try gateway.reload(settings(simulator, before, "compare: label")).status == 200)
            #expect(try stale(gateway) == 1)
            #expect(becomes { gateway.log.contains("was trained for another contract") })
            let answer = try gateway.chat("two")
            #expect(answer["x-understudy-model"] == (policy == "keep" ? "next" : "large"))
            #expect(answer.verdict == (policy == "keep" ? "accept" : "no_small"))
            let check = try gateway.command("check")
            #expect(check.code == 0)
            #expect(check.output.contains("routes.main: 'next' was trained for another contract"), "\(check.output)")
            #expect(try gateway.admin().get("/admin/v1/routes").json["data"]?[0]?["stale"]?.bool == true)

            #expect(try gateway.reload(settings(simulator, before)).status == 200)
            #expect(try stale(gateway) == 0)
            #expect(try gateway.answerer("three") == "next")
            await shelf.store.close()
            await simulator.stop()
        }
    }
}
