import Foundation
import Harvest
import JSON
import Simulation
import Testing

extension SystemTests {
    /// A version on trial: with a share of the traffic, beside a control of equal size, until it is decided.
    struct CanaryTests {
        private static func settings(_ simulator: Simulator, share: String) -> TestSettings {
            TestSettings(at: simulator.baseURL, "canary: { share: \(share), within: 1h }", "audit: 10%")
        }

        /// Small has answered, and the store knows it: nobody is promoted without a trial.
        private static func atWork(_ gateway: RunningGateway, _ shelf: VersionShelf) async throws {
            #expect(try gateway.chat("before everything").answeredBy == "small")
            var known: WallTime?
            for _ in 0..<400 where known == nil {
                known = try await shelf.store.smallAnswered(route: "main", environment: "production")
                usleep(100_000)
            }
            #expect(known != nil)
        }

        private static func trial(_ gateway: RunningGateway) throws -> JSONTree? {
            let promotion = try gateway.admin().get("/admin/v1/routes").json["data"]?[0]?["promotion"]
            return promotion?["last_trial"].flatMap { $0.isNull ? nil : $0 }
        }

        @Test func `a good version takes over, and a bad one is rolled back, by themselves`() async throws {
            let simulator = try await Simulator.with(
                small: ModelScript(says: "the same"),
                large: ModelScript(says: "the same"),
                ["good": ModelScript(says: "the same"), "bad": ModelScript(says: "something else")]
            )
            let gateway = try RunningGateway(Self.settings(simulator, share: "50%"))
            let shelf = try VersionShelf("sqlite:" + gateway.directory.path + "/understudy.db")
            let contract = try gateway.contract()
            try await shelf.add("good", contract: contract)
            try await Self.atWork(gateway, shelf)
            let port = gateway.port
            for (model, outcome) in [("good", "promoted"), ("bad", "rolled_back")] {
                try await shelf.add(model, contract: contract)
                let started = try gateway.command("promote", "main", "--model", model)
                #expect(started.code == 0 && started.output.contains("on trial"), "\(started.output)")
                let load = Load(threads: 6) { thread, number, client in
                    if client == nil { client = try Client(port) }
                    return try client!.chat("question \(model) \(thread) \(number)")
                }
                #expect(try becomes(within: 240) { try Self.trial(gateway)?["model"]?.string == model })
                load.stop()
                #expect(load.failures.isEmpty)
                #expect(load.answers.allSatisfy { $0.status == 200 })
                print("\(model): decided after \(load.count) requests")
                #expect(try Self.trial(gateway)?["outcome"]?.string == outcome)
                #expect(try gateway.answerer("afterwards \(model)") == "good")
            }
            let events = try await shelf.store.events(limit: 10).map(\.what)
            #expect(events == ["canary rolled back", "canary", "canary promoted", "canary"])
            await shelf.store.close()
            await simulator.stop()
        }

        @Test func `arms are drawn by the input, equal in size, alike on every gateway, and have caches of their own`()
            async throws
        {
            let simulator = try await Simulator.with(
                small: ModelScript(says: "the same"),
                large: ModelScript(says: "the same"),
                ["next": ModelScript(says: "the same")]
            )
            let gateway = try RunningGateway(Self.settings(simulator, share: "25%"))
            var settings = Self.settings(simulator, share: "25%")
            settings.store = gateway.directory.path + "/understudy.db"
            let second = try RunningGateway(settings)
            let shelf = try VersionShelf("sqlite:" + settings.store)
            try await shelf.add("next", contract: try gateway.contract())
            for number in 0..<60 { #expect(try gateway.answerer("question \(number)") == "small") }
            try await Self.atWork(gateway, shelf)
            #expect(try gateway.command("promote", "main").code == 0)
            for gateway in [gateway, second] {
                #expect(
                    try becomes {
                        try gateway.admin().get("/admin/v1/routes").json["data"]?[0]?["canary"]?.isNull == false
                    }
                )
            }
            var challenger = 0
            var control = 0
            for number in 0..<60 {
                let answer = try gateway.chat("question \(number)")
                #expect(try second.answerer("question \(number)") == answer["x-understudy-model"])
                if answer["x-understudy-model"] == "next" { challenger += 1 }
                // Answered before by the same model: what is asked again is the control.
                if answer["x-understudy-model"] == "small", answer.cache == "miss" { control += 1 }
            }
            #expect((4...30).contains(challenger), "\(challenger)")
            #expect((4...30).contains(control), "\(control)")
            // A way back ends the trial; what was in service stays.
            #expect(try second.command("rollback", "main").code == 0)
            #expect(
                try becomes {
                    try gateway.chat("question \(UUID())").answeredBy == "small" && Self.trial(gateway) != nil
                }
            )
            #expect(try Self.trial(gateway)?["outcome"]?.string == "rolled_back")
            for number in 0..<60 { #expect(try gateway.answerer("question \(number)") == "small") }
            await shelf.store.close()
            await simulator.stop()
        }

        @Test func `a trial goes on where it was when the gateway is started again`() async throws {
            let simulator = try await Simulator.with(
                small: ModelScript(says: "the same"),
                large: ModelScript(says: "the same"),
                ["next": ModelScript(says: "the same")]
            )
            let gateway = try RunningGateway(Self.settings(simulator, share: "50%"))
            let shelf = try VersionShelf("sqlite:" + gateway.directory.path + "/understudy.db")
            try await shelf.add("next", contract: try gateway.contract())
            try await Self.atWork(gateway, shelf)
            #expect(try gateway.command("promote", "main").code == 0)
            func canary() throws -> JSONTree? {
                try gateway.admin().get("/admin/v1/routes").json["data"]?[0]?["canary"]
            }
            #expect(try becomes { try canary()?["id"]?.string != nil })
            let id = try canary()?["id"]?.string ?? ""
            #expect(try gateway.metric(#"understudy_trial_share{route="main"}"#) > 0)
            for number in 0..<40 { _ = try gateway.chat("question \(number)") }
            func counted() async throws -> Int {
                try await shelf.store.sums(of: id, route: "main").reduce(0) { sum, entry in
                    let tree = try JSONTree.parse(entry.json)
                    return sum + (tree["challenger"]?["asked"]?.int ?? 0) + (tree["control"]?["asked"]?.int ?? 0)
                }
            }
            for _ in 0..<50 where try await counted() < 40 { usleep(100_000) }
            #expect(try await counted() == 40)
            gateway.process.kill()
            try gateway.restart()
            #expect(try canary()?["id"]?.string == id)
            for number in 40..<60 { _ = try gateway.chat("question \(number)") }
            for _ in 0..<50 where try await counted() < 60 { usleep(100_000) }
            #expect(try await counted() == 60)
            await shelf.store.close()
            await simulator.stop()
        }
    }
}
