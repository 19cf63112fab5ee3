import Glibc
import Simulation
import Testing

extension SystemTests {
    /// Identical requests at the same time: one call of a model, answers for all.
    struct SharedFlightTests {
        @Test func `who comes while the answer is on its way waits for it and says shared`() async throws {
            let simulator = try await Simulator.with(small: .broken(.hold))
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL))
            let clients = try (1...8).map { _ in try gateway.client() }
            try clients[0].send("POST", "/v1/chat/completions", Array(chatBody("hello").utf8))
            #expect(await simulator.wait { $0["small"].inFlight == 1 })
            for client in clients[1...] {
                try client.send("POST", "/v1/chat/completions", Array(chatBody("hello").utf8))
            }
            #expect(try gateway.hasBegunEverything())
            await simulator.release()
            let answers = try clients.map { try $0.read() }
            #expect(answers[0].cache == "miss")
            #expect(answers.allSatisfy { $0.status == 200 && $0.text == answers[0].text })
            for answer in answers[1...] where answer.cache != "hit" {
                #expect((answer.cache, answer.answeredBy) == ("shared", "small"))
            }
            #expect(answers.contains { $0.cache == "shared" })
            #expect(simulator.calls.total == 1)
            await simulator.stop()
        }

        @Test func `a thousand identical misses over two workers are one call, and one candidate`() async throws {
            // A thousand connections on either side.
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            limit.rlim_cur = min(limit.rlim_max, max(limit.rlim_cur, 8192))
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            let simulator = try await Simulator.with(small: .broken(.hold), large: .broken(.hold))
            let settings = TestSettings(at: simulator.baseURL, "checks: [json]")
            let gateway = try RunningGateway(settings)
            let clients = try (1...1000).map { _ in try gateway.client() }
            for client in clients { try client.send("POST", "/v1/chat/completions", Array(chatBody("hello").utf8)) }
            #expect(try gateway.hasBegunEverything())
            #expect(await simulator.wait { $0["small"].inFlight == 1 })
            await simulator.release()
            #expect(await simulator.wait { $0["large"].inFlight == 1 })
            await simulator.release()
            let answers = try clients.map { try $0.read() }
            #expect(answers.allSatisfy { $0.status == 200 && $0.text == answers[0].text })
            #expect(answers.count { $0.cache == "miss" } == 1)
            #expect(answers.count { $0.cache == "shared" } == 999, "the answer fails its check, so nothing was stored")
            #expect((simulator.calls["small"].calls, simulator.calls["large"].calls) == (1, 1))
            #expect(try gateway.candidates(atLeast: 1).count == 1)
            await simulator.stop()
        }

        @Test func `an error is shared too, and the next request asks again`() async throws {
            let simulator = try await Simulator.with(
                small: .broken(.status(500)),
                large: ModelScript(says: "", faults: [.init(.hold), .init(.status(500))])
            )
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL))
            let clients = try (1...20).map { _ in try gateway.client() }
            for client in clients { try client.send("POST", "/v1/chat/completions", Array(chatBody("hello").utf8)) }
            #expect(await simulator.wait { $0["large"].inFlight == 1 })
            #expect(try gateway.hasBegunEverything())
            await simulator.release()
            // Those who came after the flight had ended started another.
            while await !simulator.wait(within: .milliseconds(200), until: { $0["large"].inFlight == 0 }) {
                await simulator.release()
            }
            let answers = try clients.map { try $0.read() }
            #expect(answers.allSatisfy { $0.status == 502 })
            #expect(simulator.calls["large"].calls < 20)
            let calls = simulator.calls["large"].calls
            let next = try gateway.client()
            try next.send("POST", "/v1/chat/completions", Array(chatBody("hello").utf8))
            #expect(await simulator.wait { $0["large"].calls == calls + 1 })
            await simulator.release()
            #expect(try next.read().status == 502)
            await simulator.stop()
        }
    }
}
