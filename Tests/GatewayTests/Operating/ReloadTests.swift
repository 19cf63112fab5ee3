import Glibc
import JSON
import Simulation
import Testing

extension SystemTests {
    /// New settings while requests are under way.
    struct ReloadTests {
        private func settings(_ simulator: Simulator, threshold: Double = -1) -> TestSettings {
            TestSettings(at: simulator.baseURL, "confidence: { score: min_logprob, threshold: \(threshold) }")
        }

        @Test func `reloads under load fail no request, by signal and by the admin port`() async throws {
            let simulator = try await Simulator.with(small: ModelScript(says: "well", logprob: -0.5))
            let gateway = try RunningGateway(settings(simulator))
            let port = gateway.port
            let load = Load(threads: 4) { thread, number, client in
                if client == nil { client = try Client(port) }
                return try client!.chat("question \(thread) \(number)")
            }
            #expect(load.more(20))
            var versions: Set<String> = []
            for round in 1...10 {
                let next = settings(simulator, threshold: round % 2 == 0 ? -1 : -0.1)
                if round <= 5 {
                    let report = try gateway.reload(next)
                    #expect(report.status == 200, "\(report.text)")
                    versions.insert(report.json["version"]?.string ?? "")
                } else {
                    try gateway.directory.write(next.yaml, to: "understudy.yaml")
                    let before = try gateway.admin().get("/admin/v1/config").json["version"]?.string
                    gateway.process.signal(SIGHUP)
                    #expect(
                        try becomes { try gateway.admin().get("/admin/v1/config").json["version"]?.string != before }
                    )
                }
                #expect(load.more(20))
            }
            load.stop()
            #expect(load.failures.isEmpty, "\(load.failures.first ?? "")")
            #expect(load.answers.allSatisfy { $0.status == 200 })
            #expect(versions.count == 2)
            #expect(Set(load.answers.compactMap { $0["x-understudy-config"] }) == versions)
            #expect(Set(load.answers.compactMap(\.answeredBy)) == ["small", "large"])
            await simulator.stop()
        }

        @Test func `an exchange keeps the settings that it was received with`() async throws {
            let simulator = try await Simulator.with(small: ModelScript(says: "{", faults: [.init(.hold)]))
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL))
            let client = try gateway.client()
            try client.send("POST", "/v1/chat/completions", Array(chatBody("hello").utf8))
            #expect(await simulator.wait { $0["small"].inFlight == 1 })
            #expect(try gateway.reload(TestSettings(at: simulator.baseURL, "checks: [json]")).status == 200)
            await simulator.release()
            #expect(try client.read().answeredBy == "small")
            try client.send("POST", "/v1/chat/completions", Array(chatBody("hello again").utf8))
            #expect(await simulator.wait { $0["small"].inFlight == 1 })
            await simulator.release()
            #expect(try client.read().answeredBy == "large")
            await simulator.stop()
        }

        @Test func `a bad file changes nothing and says where it is bad`() async throws {
            let simulator = try await Simulator.with()
            let gateway = try RunningGateway(settings(simulator))
            let before = try gateway.admin().get("/admin/v1/config").json["version"]?.string
            let good = settings(simulator).yaml
            try gateway.directory.write(
                good.replacing("  workers: 2", with: "  workres: 2").replacing("large: large", with: "large: lagre"),
                to: "understudy.yaml"
            )
            let report = try gateway.admin().post("/admin/v1/reload", "")
            #expect(report.status == 422)
            #expect(report.json["version"]?.string == before)
            let errors = report.json["errors"]?.array ?? []
            #expect(errors.count == 2)
            let first = errors.first { $0["key"]?.string?.contains("workres") == true }
            #expect(first?["file"]?.string?.hasSuffix("/understudy.yaml") == true)
            #expect((first?["line"]?.int, first?["column"]?.int) == (4, 3))
            #expect(first?["message"]?.string?.contains("workers") == true, "it suggests the right word")
            #expect(try gateway.chat("hello").answeredBy == "small")
            #expect(try gateway.admin().get("/admin/v1/config").json["errors"]?.array?.count == 2)
            gateway.process.signal(SIGHUP)
            #expect(becomes { gateway.log.contains("settings not reloaded") })
            #expect(try gateway.chat("hello").cache == "hit", "nothing was thrown away")
            try gateway.directory.write("{ not: [yaml", to: "understudy.yaml")
            #expect(try gateway.admin().post("/admin/v1/reload", "").status == 422)
            try gateway.directory.write(good, to: "understudy.yaml")
            let mended = try gateway.admin().post("/admin/v1/reload", "")
            #expect((mended.status, mended.json["errors"]?.array?.count) == (200, 0))
            await simulator.stop()
        }

        @Test func `the report tells what changed and what waits for a restart`() async throws {
            let simulator = try await Simulator.with()
            let gateway = try RunningGateway(settings(simulator))
            var next = settings(simulator, threshold: -2)
            next.workers = 1
            next.server = ["deadline: 7s"]
            next.spool = "elsewhere"
            let report = try gateway.reload(next)
            #expect(report.status == 200)
            let changed = report.json["changed"]?.array?.compactMap(\.string) ?? []
            #expect(changed.contains("server.deadline"))
            #expect(changed.contains("routes.main.confidence.threshold"), "\(changed)")
            let waiting = report.json["restart_needed"]?.array?.compactMap(\.string) ?? []
            #expect(Set(waiting) == ["server.workers", "harvest.spool"])
            // Of what runs, not of the file that was read last.
            #expect(try gateway.reload(next).json["restart_needed"]?.array?.count == 2)
            #expect(try gateway.reload(settings(simulator)).json["restart_needed"]?.array?.isEmpty == true)
            #expect(try gateway.chat("hello").status == 200)
            await simulator.stop()
        }

        @Test func `the cache's memory and the place of the records are changed without a restart`() async throws {
            let simulator = try await Simulator.with()
            var settings = settings(simulator)
            let gateway = try RunningGateway(settings)
            #expect(try gateway.chat("hello").cache == "miss")
            #expect(try gateway.chat("hello").cache == "hit")
            settings.cache = ["memory: 0MiB"]
            settings.records = "elsewhere/records"
            settings.harvest = ["keep: { age: 1d, size: 1MiB }"]
            let report = try gateway.reload(settings)
            #expect((report.status, report.json["restart_needed"]?.array?.count) == (200, 0), "\(report.text)")
            #expect(
                report.json["changed"]?.array?.compactMap(\.string)
                    == ["cache.memory", "harvest.keep.age", "harvest.keep.size", "harvest.records"]
            )
            #expect(try gateway.chat("hello").cache == "miss")
            #expect(try gateway.chat("hello").cache == "miss")
            func count(_ directory: String) throws -> Int { try gateway.records(in: directory).count }
            #expect(try becomes { try count("elsewhere/records") == 2 })
            #expect(try count("records") == 2)
            settings.cache = []
            #expect(try gateway.reload(settings).status == 200)
            #expect(try gateway.chat("hello").cache == "miss")
            #expect(try gateway.chat("hello").cache == "hit")
            // A place that cannot be used changes nothing, not even what else is in the file.
            let before = try gateway.admin().get("/admin/v1/config").json["version"]?.string
            settings.records = "understudy.yaml"
            settings.cache = ["memory: 0MiB"]
            let refused = try gateway.reload(settings)
            #expect((refused.status, refused.json["version"]?.string) == (422, before))
            #expect(refused.json["errors"]?[0]?["message"]?.string?.contains("understudy.yaml") == true)
            #expect(try gateway.chat("hello").cache == "hit")
            await simulator.stop()
        }

        @Test func `a reload, good or bad, opens the access log's file again`() async throws {
            let simulator = try await Simulator.with()
            let gateway = try RunningGateway(
                TestSettings(at: simulator.baseURL),
                options: ["--access-log", "DIRECTORY/access.log"]
            )
            func lines(_ name: String) -> Int { gateway.directory.read(name).split(separator: "\n").count }
            #expect(try gateway.chat("one").status == 200)
            #expect(becomes { lines("access.log") == 1 })
            func turnOver(to name: String) throws {
                let path = gateway.directory.path
                #expect(rename("\(path)/access.log", "\(path)/\(name)") == 0)
            }
            try turnOver(to: "old")
            #expect(try gateway.chat("two").status == 200)
            #expect(becomes { lines("old") == 2 })
            gateway.process.signal(SIGHUP)
            #expect(becomes { access("\(gateway.directory.path)/access.log", F_OK) == 0 })
            #expect(try gateway.chat("three").status == 200)
            #expect(becomes { lines("access.log") == 1 })
            try turnOver(to: "older")
            try gateway.directory.write("nonsense", to: "understudy.yaml")
            #expect(try gateway.admin().post("/admin/v1/reload", "").status == 422)
            #expect(try gateway.chat("four").status == 200)
            #expect(becomes { lines("access.log") == 1 })
            #expect((lines("old"), lines("older")) == (2, 1))
            #expect(gateway.accessLog.isEmpty)
            await simulator.stop()
        }

        @Test func `a model's new place, limits and keys are in force at once`() async throws {
            let first = try await Simulator.with()
            let second = try await Simulator.with(small: ModelScript(says: "from the second"))
            let gateway = try RunningGateway(TestSettings(at: first.baseURL))
            let client = try gateway.client()
            #expect(try client.chat("hello").says() == "from small")
            #expect(try gateway.reload(TestSettings(at: second.baseURL)).status == 200)
            let moved = try client.chat("hello")
            #expect((moved.says(), moved.cache) == ("from the second", "miss"))
            await first.stop()
            await second.stop()
        }
    }
}
