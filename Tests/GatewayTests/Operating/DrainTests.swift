import Glibc
import JSON
import Simulation
import Synchronization
import Testing

extension SystemTests {
    /// The end of the process: orderly, or at once.
    struct DrainTests {
        @Test func `SIGTERM lets what was accepted finish, says so to load balancers, and ends with 0`() async throws {
            let simulator = try await Simulator.with(small: .broken(.hold))
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL))
            let waiting = try gateway.client()
            try waiting.send("POST", "/v1/chat/completions", Array(chatBody("hello").utf8))
            #expect(await simulator.wait { $0["small"].inFlight == 1 })
            let idle = try gateway.client()
            #expect(try idle.get("/health/ready").status == 200)
            let port = gateway.port
            gateway.process.signal(SIGTERM)
            #expect(becomes { gateway.log.contains("draining") })
            #expect(try becomes { try gateway.admin().get("/health/ready").status == 503 })
            #expect(becomes { (try? Client(port)) == nil }, "nobody new is taken")
            #expect(idle.isClosedByPeer)
            #expect(gateway.process.isRunning)
            await simulator.release()
            let answer = try waiting.read()
            #expect((answer.status, answer.answeredBy, answer["connection"]?.lowercased()) == (200, "small", "close"))
            #expect(gateway.process.waitForExit() == 0)
            #expect(gateway.log.contains("stopped"))
            await simulator.stop()
        }

        @Test func `a drain under load fails no request that was accepted`() async throws {
            let simulator = try await Simulator.with(
                small: ModelScript(says: "{", latency: .milliseconds(10)),
                large: ModelScript(says: "[1]", latency: .milliseconds(10))
            )
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL, "checks: [json]"))
            let port = gateway.port
            let load = Load(threads: 8) { thread, number, client in
                if client == nil { client = try Client(port, patience: 5) }
                return try client!.chat("question \(thread) \(number)")
            }
            #expect(load.more(50))
            gateway.process.signal(SIGTERM)
            #expect(gateway.process.waitForExit() == 0)
            load.stop()
            #expect(load.answers.allSatisfy { $0.status == 200 }, "\(Set(load.answers.map(\.status)))")
            // Refused connections, and keep-alive ones that were closed between two requests: never one with half an
            // answer.
            let known = [
                "no connection", "the connection was closed without an answer", "Connection reset", "broke while",
            ]
            #expect(load.failures.allSatisfy { failure in known.contains { failure.contains($0) } })
            try gateway.restart()
            let wanted = Set(load.answers.compactMap { $0["x-request-id"] })
            #expect(
                try becomes { wanted.isSubset(of: try gateway.candidates().compactMap { $0["request_id"]?.string }) }
            )
            await simulator.stop()
        }

        @Test func `a second signal ends it at once`() async throws {
            let simulator = try await Simulator.with(small: .broken(.hold))
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL))
            let waiting = try gateway.client()
            try waiting.send("POST", "/v1/chat/completions", Array(chatBody("hello").utf8))
            #expect(await simulator.wait { $0["small"].inFlight == 1 })
            gateway.process.signal(SIGTERM)
            #expect(becomes { gateway.log.contains("draining") })
            #expect(gateway.process.isRunning)
            gateway.process.signal(SIGINT)
            #expect(gateway.process.waitForExit() == 128 + SIGINT)
            await simulator.stop()
        }

        @Test func `a stream that outlasts the drain ends with an error event, who waits for a whole answer gets 503`()
            async throws
        {
            let simulator = try await Simulator.with(
                small: .broken(.hold),
                large: .broken(.stream(.stall(after: 3, for: nil)), says: "a b c d")
            )
            var settings = TestSettings(at: simulator.baseURL)
            settings.server = ["drain: 300ms", "stream_comment: 50ms"]
            settings.route("streamed", small: nil)
            let gateway = try RunningGateway(settings)
            let reader = try gateway.streamChat("hello", route: "streamed")
            #expect(try reader.readHead().answeredBy == "large")
            try reader.read(events: 3)
            let silent = try gateway.streamChat("hello")
            _ = try silent.readHead()
            let waiting = try gateway.client()
            try waiting.send("POST", "/v1/chat/completions", Array(chatBody("whole").utf8))
            #expect(await simulator.wait { $0["small"].inFlight == 2 })
            gateway.process.signal(SIGTERM)
            let answer = try reader.readAll()
            #expect((answer.says(), answer.isDone, answer.error?["code"]?.string) == ("a b", false, "draining"))
            #expect(answer.isWhole, "the body has its proper end")
            let unheard = try silent.readAll()
            #expect((unheard.isDone, unheard.error?["code"]?.string) == (false, "draining"))
            let refused = try waiting.read()
            #expect((refused.status, refused.error?["code"]?.string) == (503, "draining"))
            #expect(refused["retry-after"] == "1" && refused["connection"]?.lowercased() == "close")
            #expect(gateway.process.waitForExit() == 0)
            #expect(await simulator.wait { $0.inFlight == 0 })
            #expect(gateway.accessLines.count { $0["status"]?.int == 503 } == 3)
            try gateway.restart()
            #expect(try gateway.incomplete(atLeast: 1).first?["large"]?["cut"]?.bool == true)
            await simulator.stop()
        }

        @Test func `a drain that takes too long is cut off`() async throws {
            let simulator = try await Simulator.with(small: .broken(.hold))
            var settings = TestSettings(at: simulator.baseURL)
            settings.server = ["drain: 200ms"]
            let gateway = try RunningGateway(settings)
            let waiting = try gateway.client()
            try waiting.send("POST", "/v1/chat/completions", Array(chatBody("hello").utf8))
            #expect(await simulator.wait { $0["small"].inFlight == 1 })
            gateway.process.signal(SIGTERM)
            #expect(gateway.process.waitForExit() == 0)
            #expect(await simulator.wait { $0["small"].cancelled == 1 })
            await simulator.stop()
        }

        @Test func `a start that cannot succeed says why and which exit code`() async throws {
            let simulator = try await Simulator.with()
            let executable = try RunningGateway.executable
            let directory = try TestDirectory()
            let file = directory.path + "/understudy.yaml"
            #expect(try run(executable, "serve", "--config", file).code == 2)
            try directory.write("models: {}\nroutes: {}\nextra: 1\n", to: "understudy.yaml")
            let bad = try run(executable, "serve", "--config", file)
            #expect(bad.code == 2)
            #expect(bad.output.contains("understudy.yaml:3:1: extra"), "\(bad.output)")
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL))
            var settings = TestSettings(at: simulator.baseURL)
            settings.spool = gateway.directory.path + "/spool"
            try directory.write(settings.yaml, to: "understudy.yaml")
            let taken = try run(executable, "serve", "--config", file)
            #expect(taken.code == 1, "two gateways on one spool: \(taken.output)")
            #expect(try run(executable, "check", "--config", file).code == 0)
            await simulator.stop()
        }
    }
}
