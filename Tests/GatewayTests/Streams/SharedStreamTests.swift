import Foundation
import Glibc
import JSON
import Loop
import Simulation
import Testing

extension SystemTests {
    /// Several clients of one stream.
    struct SharedStreamTests {
        /// Large alone, which stalls behind its second token.
        private func stalled() async throws -> (Simulator, RunningGateway) {
            let simulator = try await Simulator.with(
                large: .broken(.stream(.stall(after: 3, for: nil)), says: "a b c d")
            )
            var settings = TestSettings(at: simulator.baseURL)
            settings.route("alone", small: nil)
            return (simulator, try RunningGateway(settings))
        }

        private func ask(_ gateway: RunningGateway, _ extra: String = "") throws -> Client {
            let client = try gateway.client()
            try client.send("POST", "/v1/chat/completions", Array(chatBody("hello", route: "alone", extra).utf8))
            return client
        }

        @Test(arguments: [1, 2])
        func `a thousand identical misses over two workers are one call, and all get all of it`(streamers: Int)
            async throws
        {
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            limit.rlim_cur = min(limit.rlim_max, max(limit.rlim_cur, 8192))
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            let (simulator, gateway) = try await stalled()
            // One in `streamers` does stream, the first too: large streams if that one does.
            var clients = [try ask(gateway, #""stream":true"#)]
            #expect(await simulator.wait { $0["large"].inFlight == 1 })
            clients += try (1..<1000).map { try ask(gateway, $0 % streamers == 0 ? #""stream":true"# : "") }
            #expect(try gateway.hasBegunEverything())
            await simulator.release()
            var misses = 0
            for (number, client) in clients.enumerated() {
                if number % streamers == 0 {
                    let reader = EventClient(client)
                    if try reader.readHead().cache == "miss" { misses += 1 }
                    let answer = try reader.readAll()
                    #expect((answer.says(), answer.isDone, answer.isWhole) == ("a b c d", true, true))
                } else {
                    let answer = try client.read()
                    if answer.cache == "miss" { misses += 1 }
                    #expect((answer.status, answer.says()) == (200, "a b c d"))
                }
            }
            #expect(misses == 1)
            #expect(simulator.calls["large"].calls == 1)
            #expect(try gateway.candidates(atLeast: 1).count == 1)
            await simulator.stop()
        }

        @Test func `who comes while a stream is under way gets all of it, in its own form`() async throws {
            let (simulator, gateway) = try await stalled()
            let first = try gateway.streamChat("hello", route: "alone")
            try {
                _ = try first.readHead(); try first.read(events: 3)
            }()
            let late = try (1...6).map { _ in try gateway.streamChat("hello", route: "alone") }
            let whole = try (1...6).map { _ in try ask(gateway) }
            for reader in late {
                let head = try reader.readHead()
                #expect((head.cache, head.answeredBy) == ("shared", "large"))
                try reader.read(events: 3)
            }
            #expect(try gateway.hasBegunEverything())
            await simulator.release()
            for reader in [first] + late {
                let answer = try reader.readAll()
                #expect((answer.says(), answer.finishReason(), answer.isDone) == ("a b c d", "stop", true))
            }
            for client in whole {
                let answer = try client.read()
                #expect((answer.says(), answer.cache, answer.answeredBy) == ("a b c d", "shared", "large"))
            }
            #expect(simulator.calls["large"].calls == 1)
            await simulator.stop()
        }

        @Test func `who began it leaves, and the others have it to its end`() async throws {
            let (simulator, gateway) = try await stalled()
            let first = try gateway.streamChat("hello", route: "alone")
            try {
                _ = try first.readHead(); try first.read(events: 3)
            }()
            let others = try (1...4).map { _ in try gateway.streamChat("hello", route: "alone") }
            for reader in others { _ = try reader.readHead() }
            first.client.leave()
            #expect(becomes { gateway.accessLog.contains(#""status":499"#) })
            #expect(simulator.calls["large"].inFlight == 1)
            await simulator.release()
            for reader in others {
                let answer = try reader.readAll()
                #expect((answer.says(), answer.isDone) == ("a b c d", true))
            }
            #expect(try gateway.candidates(atLeast: 1).first?["status"]?.string == "new")
            #expect(try gateway.metric(#"understudy_verdicts_total{route="alone",reason="no_small"}"#) == 1)
            await simulator.stop()
        }

        @Test func `who began it leaves, and who waits for the whole gets it`() async throws {
            let (simulator, gateway) = try await stalled()
            let first = try gateway.streamChat("hello", route: "alone")
            try {
                _ = try first.readHead(); try first.read(events: 3)
            }()
            let whole = try ask(gateway)
            #expect(try gateway.hasBegunEverything())
            first.client.leave()
            #expect(becomes { gateway.accessLog.contains(#""status":499"#) })
            #expect(simulator.calls["large"].inFlight == 1)
            await simulator.release()
            #expect(try whole.read().says() == "a b c d")
            await simulator.stop()
        }

        @Test func `when the last one leaves, the call is cancelled, and its candidate stays incomplete`() async throws
        {
            let (simulator, gateway) = try await stalled()
            var fastest = Duration.seconds(60)
            for number in 1...10 {
                let readers = try (1...2).map { _ in try gateway.streamChat("question \(number)", route: "alone") }
                for reader in readers {
                    try {
                        _ = try reader.readHead(); try reader.read(events: 3)
                    }()
                }
                readers[0].client.leave()
                let left = MonotonicTime.now()
                readers[1].client.leave()
                #expect(await simulator.wait { $0["large"].cancelled == number })
                fastest = min(fastest, MonotonicTime.now() - left)
            }
            // The promise is 50 ms; the best of several rounds, so that a busy machine does not speak for the gateway.
            #expect(fastest < .milliseconds(50))
            let broken = try gateway.incomplete(atLeast: 10, saying: "a b")
            #expect(broken.count == 10)
            for candidate in broken {
                #expect(candidate["large"]?["cut"]?.bool == true)
                #expect(candidate["large"]?["cut_at"]?.int == 2)
                #expect(candidate["large"]?["choices"]?[0]?["message"]?["content"]?.string == "a b")
            }
            #expect(try gateway.candidates().isEmpty, "what broke off is not shown")
            #expect(try becomes { try gateway.metric("understudy_in_flight") == 0 })
            await simulator.stop()
        }

        @Test func `who leaves while small is judged as it streams cancels it`() async throws {
            let simulator = try await Simulator.with(
                small: .broken(.stream(.stall(after: 3, for: nil)), says: "a b c d")
            )
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL, "early_abort: true"))
            var fastest = Duration.seconds(60)
            for number in 1...10 {
                let client = try gateway.client()
                try client.send("POST", "/v1/chat/completions", Array(chatBody("question \(number)").utf8))
                #expect(await simulator.wait { $0["small"].tokens >= 2 * number })
                let left = MonotonicTime.now()
                client.leave()
                #expect(await simulator.wait { $0["small"].cancelled == number })
                fastest = min(fastest, MonotonicTime.now() - left)
            }
            #expect(fastest < .milliseconds(50))
            #expect(simulator.calls["large"].calls == 0)
            await simulator.stop()
        }

        @Test func `clients that leave their streams at any moment leave nothing behind`() async throws {
            var large = ModelScript(says: "a b c d e f g h i j k l")
            large.perToken = .milliseconds(2)
            let simulator = try await Simulator.with(large: large)
            var settings = TestSettings(at: simulator.baseURL, "early_abort: true", "checks: [{ min_chars: 12 }]")
            settings.server = ["limits: { idle_time: 1s }"]
            let gateway = try RunningGateway(settings)
            // What is opened once: logs, records, the store.
            #expect(try gateway.streamedChat("hello").says() == "a b c d e f g h i j k l")
            let descriptors = gateway.descriptors
            for round in 1...10 {
                let readers = try (1...50).map { try gateway.streamChat("question \(round) \($0 / 2)") }
                for (number, reader) in readers.enumerated() {
                    let events = (number * 7 + round) % 11
                    // Who came after the other's answer was whole has it in fewer events, and has read it all.
                    if events > 0, try reader.readHead().status == 200 { try? reader.read(events: events) }
                    reader.client.leave()
                }
            }
            #expect(await simulator.wait { $0.inFlight == 0 })
            #expect(try becomes { try gateway.metric("understudy_in_flight") == 0 })
            // Connections to the models stay warm for a while.
            #expect(becomes { gateway.descriptors <= descriptors + 60 })
            #expect(gateway.process.isRunning)
            #expect(try gateway.streamedChat("at last").isDone)
            await simulator.stop()
        }

        @Test func `who forbids harvest after the candidate was begun gets a stream without one`() async throws {
            let (simulator, gateway) = try await stalled()
            let first = try gateway.streamChat("hello", route: "alone")
            try {
                _ = try first.readHead(); try first.read(events: 3)
            }()
            let quiet = try gateway.streamChat("hello", route: "alone", #""store":false"#)
            let head = try quiet.readHead()
            #expect(head.cache == "miss")
            #expect(await simulator.wait { $0["large"].inFlight == 2 })
            await simulator.release()
            #expect(try first.readAll().isDone)
            #expect(try quiet.readAll().says() == "a b c d")
            let kept = try gateway.candidates(atLeast: 1)
            #expect(kept.compactMap { $0["request_id"]?.string } == [first.answer.head["x-request-id"]])
            await simulator.stop()
        }

        @Test func `streams that want no cache are asked for alone`() async throws {
            let (simulator, gateway) = try await stalled()
            let readers = try (1...3).map { _ in
                try gateway.streamChat("hello", route: "alone", headers: ["cache-control": "no-cache"])
            }
            for reader in readers { #expect(try reader.readHead().cache == "bypass") }
            #expect(await simulator.wait { $0["large"].inFlight == 3 })
            readers[0].client.leave()
            #expect(await simulator.wait { $0["large"].cancelled == 1 })
            await simulator.release()
            for reader in readers[1...] { #expect(try reader.readAll().says() == "a b c d") }
            await simulator.stop()
        }
    }
}

extension RunningGateway {
    /// Open ones of the process, from proc(5).
    var descriptors: Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.pid)/fd").count) ?? 0
    }

    /// Candidates whose answer broke off, as soon as there are so many.
    func incomplete(atLeast count: Int, saying text: String? = nil) throws -> [JSONTree] {
        var found: [JSONTree] = []
        _ = try becomes {
            found = try admin().get("/admin/v1/candidates?limit=1000&status=incomplete").json["data"]?.array ?? []
            return found.count { text == nil || $0["large"]?["choices"]?[0]?["message"]?["content"]?.string == text }
                >= count
        }
        return found
    }
}
