import Glibc
import JSON
import Simulation
import Synchronization
import Testing

extension SystemTests {
    /// Streams while the process drains, reloads or dies; keys, caches and old clients.
    struct StreamLifeTests {
        private func stalled() async throws -> Simulator {
            try await Simulator.with(large: .broken(.stream(.stall(after: 3, for: nil)), says: "a b c d"))
        }

        private func alone(_ simulator: Simulator) -> TestSettings {
            var settings = TestSettings()
            settings.model("large", at: simulator.baseURL)
            settings.route("main", small: nil)
            return settings
        }

        @Test func `SIGTERM lets a stream come to its end`() async throws {
            let simulator = try await stalled()
            let gateway = try RunningGateway(alone(simulator))
            let reader = try gateway.streamChat("hello")
            try {
                _ = try reader.readHead(); try reader.read(events: 3)
            }()
            gateway.process.signal(SIGTERM)
            #expect(becomes { gateway.log.contains("draining") })
            #expect(gateway.process.isRunning)
            await simulator.release()
            let answer = try reader.readAll()
            #expect((answer.says(), answer.isDone, answer.isWhole) == ("a b c d", true, true))
            #expect(gateway.process.waitForExit() == 0)
            try gateway.restart()
            #expect(try gateway.candidates(atLeast: 1).first?["status"]?.string == "new")
            await simulator.stop()
        }

        @Test func `a reload leaves streams alone, and new ones have the new settings`() async throws {
            let simulator = try await stalled()
            var settings = alone(simulator)
            let gateway = try RunningGateway(settings)
            let reader = try gateway.streamChat("hello")
            try {
                _ = try reader.readHead(); try reader.read(events: 3)
            }()
            settings.models = []
            settings.model("large", at: simulator.baseURL, "max_answer: 2MiB")
            settings.model("small", at: simulator.baseURL)
            settings.routes = []
            settings.route("main")
            #expect(try gateway.reload(settings).status == 200)
            #expect(try gateway.streamedChat("hello").head.answeredBy == "small")
            await simulator.release()
            let answer = try reader.readAll()
            #expect((answer.says(), answer.isDone) == ("a b c d", true))
            await simulator.stop()
        }

        @Test func `a stream counts among its key's exchanges until its end`() async throws {
            let simulator = try await stalled()
            var settings = alone(simulator)
            settings.server = ["keys: keys.yaml"]
            let keys = TestKeys(("narrow", "limit: { in_flight: 1 }"))
            let gateway = try RunningGateway(settings, files: ["keys.yaml": keys.yaml])
            let reader = try gateway.streamChat("hello", headers: keys["narrow"])
            try {
                _ = try reader.readHead(); try reader.read(events: 3)
            }()
            #expect(try gateway.chat("other", headers: keys["narrow"]).status == 429)
            await simulator.release()
            #expect(try reader.readAll().isDone)
            #expect(try gateway.chat("hello", headers: keys["narrow"]).cache == "hit")
            await simulator.stop()
        }

        @Test func `a key's place is free when its stream breaks or is left`() async throws {
            let simulator = try await Simulator.with(
                large: ModelScript(
                    says: "a b c d",
                    faults: [
                        ScriptedFault(.stream(.reset(after: 3)), FaultTrigger(contains: "breaks")),
                        ScriptedFault(.stream(.stall(after: 3, for: nil)), FaultTrigger(contains: "left")),
                    ]
                )
            )
            var settings = alone(simulator)
            settings.server = ["keys: keys.yaml"]
            let keys = TestKeys(("narrow", "limit: { in_flight: 1 }"))
            let gateway = try RunningGateway(settings, files: ["keys.yaml": keys.yaml])
            for number in 1...3 {
                let broken = try gateway.streamChat("breaks \(number)", headers: keys["narrow"])
                _ = try broken.readHead()
                #expect(try !broken.readAll().isDone)
                let left = try gateway.streamChat("left \(number)", headers: keys["narrow"])
                #expect(try left.readHead().status == 200)
                left.client.leave()
                #expect(await simulator.wait { $0["large"].cancelled == number })
                #expect(try gateway.chat("fine \(number)", headers: keys["narrow"]).status == 200)
            }
            await simulator.stop()
        }

        @Test func `hits stream in the form that is asked for: usage, log-probabilities, dialect`() async throws {
            let simulator = try await Simulator.with(small: ModelScript(says: "a b c"))
            let gateway = try RunningGateway(
                TestSettings(at: simulator.baseURL, "confidence: { score: min_logprob, threshold: -9 }")
            )
            #expect(try gateway.streamedChat("hello").head.cache == "miss")
            let usage = #""stream_options":{"include_usage":true}"#
            for _ in 1...3 {
                let plain = try gateway.streamedChat("hello")
                #expect((plain.head.cache, plain.says()) == ("hit", "a b c"))
                #expect(plain.chunks.allSatisfy { $0["usage"]?.isNull ?? true })
                let counted = try gateway.streamedChat("hello", usage)
                #expect((counted.head.cache, counted.says()) == ("hit", "a b c"))
                #expect(counted.chunks.last?["usage"]?["completion_tokens"]?.int == 3)
                #expect(counted.chunks.dropLast().allSatisfy { $0["usage"]?.isNull == true })
                let scored = try gateway.streamedChat("hello", #""logprobs":true"#)
                #expect((scored.head.cache, scored.says()) == ("hit", "a b c"))
                let tokens = scored.chunks.flatMap { $0["choices"]?[0]?["logprobs"]?["content"]?.array ?? [] }
                #expect(tokens.compactMap { $0["token"]?.string }.joined() == "a b c")
                let requestIDs = [plain, counted, scored].compactMap { $0.head["x-request-id"] }
                #expect(Set(requestIDs).count == 3)
            }
            #expect(simulator.calls["small"].calls == 1)
            #expect(becomes { gateway.accessLines.count { $0["stream"]?.bool == true } == 10 })
            await simulator.stop()
        }

        @Test func `HTTP/1.0 clients read to the connection's end`() async throws {
            let simulator = try await Simulator.with(large: ModelScript(says: "a b c d"))
            let gateway = try RunningGateway(alone(simulator))
            let client = try gateway.client()
            let body = Array(chatBody("hello", #""stream":true"#).utf8)
            let head = "POST /v1/chat/completions HTTP/1.0\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
            try client.send(Array("\(head)content-length: \(body.count)\r\n\r\n".utf8) + body)
            let answer = try client.read()
            #expect((answer.status, answer["transfer-encoding"], answer["content-length"]) == (200, nil, nil))
            var text: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65536)
            text += client.takeUnread()
            while true {
                let count = recv(client.descriptor, &buffer, buffer.count, 0)
                if count <= 0 { break }
                text += buffer[..<count]
            }
            let lines = String(decoding: text, as: UTF8.self)
            #expect(lines.hasSuffix("data: [DONE]\n\n"))
            #expect(lines.hasPrefix("data: {"))
            await simulator.stop()
        }

        @Test func `every stream that began has its candidate, once, also where the process is killed`() async throws {
            let simulator = try await Simulator.with(
                small: ModelScript(says: "{"),
                large: ModelScript(
                    perToken: .milliseconds(1),
                    answers: [AnswerRule(reply: .texts(["[1, 2, 3, 4, 5, 6]"]))]
                )
            )
            let gateway = try RunningGateway(
                TestSettings(at: simulator.baseURL, "checks: [json]", "early_abort: true")
            )
            let port = Atomic<UInt16>(gateway.port)
            // Heads of streams whose first event came; whether [DONE] did is in the body.
            let load = Load(threads: 4) { thread, number, client in
                client = try Client(port.load(ordering: .relaxed), patience: 5)
                let body = chatBody("question \(thread / (number % 2 + 1)) \(number)", #""stream":true"#)
                try client!.send("POST", "/v1/chat/completions", Array(body.utf8))
                let reader = EventClient(client!)
                _ = try reader.readHead()
                try reader.read(events: 1)
                let all = try reader.readAll()
                var answer = all.head
                answer.body = Array((all.isDone ? "done" : "broken").utf8)
                client = nil
                return answer
            }
            for _ in 1...5 {
                #expect(load.more(60))
                gateway.process.kill()
                try gateway.restart()
                port.store(gateway.port, ordering: .relaxed)
            }
            #expect(load.more(60))
            load.stop()
            let led = load.answers.filter { $0.answeredBy == "large" && $0.cache != "shared" }
            #expect(led.count > 100)
            #expect(load.answers.allSatisfy { $0.status == 200 })
            let whole = Set(led.filter { $0.text == "done" }.compactMap { $0["x-request-id"] })
            let begun = Set(led.compactMap { $0["x-request-id"] })
            var (kept, cut): ([String], [String]) = ([], [])
            let allThere = try becomes {
                kept = try gateway.candidates().compactMap { $0["request_id"]?.string }
                cut = try gateway.incomplete(atLeast: 0).compactMap { $0["request_id"]?.string }
                return whole.isSubset(of: kept) && begun.isSubset(of: kept + cut)
            }
            #expect(
                allThere,
                "\(whole.subtracting(kept).count) whole, \(begun.subtracting(kept + cut).count) begun lost"
            )
            #expect(Set(kept + cut).count == kept.count + cut.count, "some are doubled")
            await simulator.stop()
        }
    }
}
