import Glibc
import JSON
import Loop
import Simulation
import Testing

extension SystemTests {
    /// Clients that leave before their answer.
    struct LeavingTests {
        private func ask(_ text: String, _ gateway: RunningGateway) throws -> Client {
            let client = try gateway.client()
            try client.send("POST", "/v1/chat/completions", Array(chatBody(text).utf8))
            return client
        }

        @Test(arguments: ["small", "large"])
        func `who leaves alone cancels what was being done`(model: String) async throws {
            let simulator = try await Simulator.with(
                small: model == "small" ? .broken(.hold) : ModelScript(says: "{"),
                large: .broken(.hold)
            )
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL, "checks: [json]"))
            let fastest = try await leaveOften(gateway, simulator, model)
            // The promise is 50 ms; the best of several rounds, so that a busy machine does not speak for the gateway.
            #expect(fastest < .milliseconds(50))
            #expect(try gateway.candidates().isEmpty)
            #expect(try becomes { try gateway.metric(#"understudy_in_flight{model="\#(model)"}"#) == 0 })
            #expect(becomes { gateway.accessLog.contains(#""status":499"#) })
            #expect(simulator.calls[model].answered == 0)
            await simulator.stop()
        }

        private func leaveOften(_ gateway: RunningGateway, _ simulator: Simulator, _ model: String) async throws
            -> Duration
        {
            var fastest = Duration.seconds(60)
            for number in 1...10 {
                let client = try ask("question \(number)", gateway)
                #expect(await simulator.wait { $0[model].inFlight == 1 })
                let left = MonotonicTime.now()
                client.leave()
                #expect(await simulator.wait { $0[model].cancelled == number })
                fastest = min(fastest, MonotonicTime.now() - left)
            }
            return fastest
        }

        @Test func `who leaves while others wait cancels nothing, also where it came first`() async throws {
            let simulator = try await Simulator.with(small: .broken(.hold))
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL))
            let first = try ask("hello", gateway)
            #expect(await simulator.wait { $0["small"].inFlight == 1 })
            let others = try (1...4).map { _ in try ask("hello", gateway) }
            #expect(try gateway.hasBegunEverything())
            first.leave()
            others[0].leave()
            #expect(becomes { gateway.accessLog.split(separator: "\n").count { $0.contains(#""status":499"#) } == 2 })
            #expect((simulator.calls["small"].cancelled, simulator.calls["small"].inFlight) == (0, 1))
            await simulator.release()
            for other in others[1...] { #expect(try other.read().answeredBy == "small") }
            #expect(simulator.calls["small"].calls == 1)
            await simulator.stop()
        }

        @Test func `when the last of several leaves, the call is cancelled, and the next one asks anew`() async throws {
            let simulator = try await Simulator.with(small: .broken(.hold))
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL))
            let first = try ask("hello", gateway)
            #expect(await simulator.wait { $0["small"].inFlight == 1 })
            let others = try (1...4).map { _ in try ask("hello", gateway) }
            #expect(try gateway.hasBegunEverything())
            for client in [first] + others { client.leave() }
            #expect(await simulator.wait { $0["small"].cancelled == 1 })
            let next = try ask("hello", gateway)
            #expect(await simulator.wait { $0["small"].calls == 2 })
            await simulator.release()
            #expect(try next.read().cache == "miss")
            await simulator.stop()
        }

        @Test func `who asked for no cache waits alone and cancels alone`() async throws {
            let simulator = try await Simulator.with(small: .broken(.hold))
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL))
            let sharing = try ask("hello", gateway)
            #expect(await simulator.wait { $0["small"].inFlight == 1 })
            let alone = try gateway.client()
            let body = Array(chatBody("hello").utf8)
            try alone.send("POST", "/v1/chat/completions", body, ["cache-control": "no-cache"])
            #expect(await simulator.wait { $0["small"].inFlight == 2 })
            alone.leave()
            #expect(await simulator.wait { $0["small"].cancelled == 1 })
            await simulator.release()
            #expect(try sharing.read().status == 200)
            await simulator.stop()
        }

        @Test func `clients that come and go under load leave nothing behind`() async throws {
            let simulator = try await Simulator.with(
                small: ModelScript(says: "{", latency: .milliseconds(5)),
                large: ModelScript(says: "[1]", latency: .milliseconds(5))
            )
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL, "checks: [json]"))
            for round in 1...20 {
                let clients = try (1...20).map { try ask("question \(round) \($0 / 3)", gateway) }
                for (index, client) in clients.enumerated() where index % 2 == round % 2 { client.leave() }
                for (index, client) in clients.enumerated() where index % 2 != round % 2 {
                    #expect(try client.read().answeredBy == "large")
                }
            }
            #expect(await simulator.wait { $0.inFlight == 0 })
            #expect(try becomes { try gateway.metric("understudy_in_flight") == 0 })
            #expect(gateway.process.isRunning)
            await simulator.stop()
        }
    }
}
