import JSON
import Simulation
import Testing

extension SystemTests {
    /// The second cache, as a real redis-server: what it saves, and that nothing depends on it.
    struct RedisTests {
        private func settings(_ simulator: Simulator, _ redis: RealRedis) -> TestSettings {
            var settings = TestSettings(at: simulator.baseURL, "confidence: { score: min_logprob, threshold: -1 }")
            settings.cache = ["redis: '\(redis.url)'", "redis_deadline: 50ms"]
            return settings
        }

        /// The keys of answers in Redis.
        private func keys(_ redis: RealRedis) -> [String] {
            redis.command("KEYS", "*").split(separator: "\r\n").filter { !$0.hasPrefix("*") && !$0.hasPrefix("$") }
                .map(String.init)
        }

        /// Ends in order, so that what is on its way to Redis arrives, and starts again with empty memory.
        private func restart(_ gateway: RunningGateway) throws {
            gateway.process.signal(15)
            #expect(gateway.process.waitForExit() == 0)
            try gateway.restart()
            #expect(
                try becomes { try gateway.client().get("/health/ready").json["redis"]?["status"]?.string == "ready" }
            )
        }

        @Test func `an answer in Redis outlives the gateway`() async throws {
            let simulator = try await Simulator.with()
            let redis = try RealRedis()
            let gateway = try RunningGateway(settings(simulator, redis))
            let first = try gateway.chat("hello")
            #expect(first.cache == "miss")
            #expect(becomes { keys(redis).count == 1 })
            try restart(gateway)
            let second = try gateway.chat("hello")
            #expect((second.cache, second.answeredBy, second.verdict) == ("hit", "cache", "accept"))
            #expect((second["x-understudy-model"], second["x-understudy-confidence"]) == ("small", "-0.0500"))
            #expect(second.text == first.text)
            #expect(try gateway.metric(#"understudy_cache_total{tier="redis",result="hit"}"#) == 1)
            #expect(try gateway.chat("hello").cache == "hit")
            #expect(try gateway.metric(#"understudy_cache_total{tier="redis",result="hit"}"#) == 1, "from memory now")
            #expect(simulator.calls.total == 1)
            await simulator.stop()
        }

        @Test func `max-age and log-probabilities hold for Redis too`() async throws {
            let simulator = try await Simulator.with()
            let redis = try RealRedis()
            let gateway = try RunningGateway(settings(simulator, redis))
            #expect(try gateway.chat("hello").cache == "miss")
            #expect(becomes { keys(redis).count == 1 })
            try restart(gateway)
            #expect(try gateway.chat("hello", headers: ["cache-control": "max-age=0"]).cache == "miss")
            #expect(simulator.calls["small"].calls == 2)
            try restart(gateway)
            #expect(try gateway.chat("hello", #""logprobs":true,"top_logprobs":2"#).cache == "miss")
            #expect(simulator.calls["small"].calls == 3)
            await simulator.stop()
        }

        @Test func `a value that is not ours is a miss, counted and overwritten`() async throws {
            let simulator = try await Simulator.with()
            let redis = try RealRedis()
            let gateway = try RunningGateway(settings(simulator, redis))
            _ = try gateway.chat("hello")
            #expect(becomes { keys(redis).count == 1 })
            let key = try #require(keys(redis).first)
            for garbage in ["", "garbage", String(repeating: "USAn", count: 100)] {
                _ = redis.command("SET", key, garbage)
                try restart(gateway)
                let answer = try gateway.chat("hello")
                #expect((answer.status, answer.cache) == (200, "miss"))
                #expect(try gateway.metric(#"understudy_cache_total{tier="redis",result="corrupt"}"#) == 1)
                #expect(
                    becomes {
                        redis.command("GETRANGE", key, "0", "3").hasSuffix("USAn\r\n")
                            && !redis.command("GET", key).contains("USAnUSAn")
                    }
                )
            }
            _ = redis.command("DEL", key)
            _ = redis.command("LPUSH", key, "a list")
            try restart(gateway)
            #expect(try gateway.chat("hello").status == 200)
            #expect(becomes { redis.command("GETRANGE", key, "0", "3").hasSuffix("USAn\r\n") })
            await simulator.stop()
        }

        @Test func `requests go on while Redis is gone, silent, or back again`() async throws {
            let simulator = try await Simulator.with()
            let redis = try RealRedis()
            let gateway = try RunningGateway(settings(simulator, redis))
            let client = try gateway.client()
            func redisIs(_ wanted: (String) -> Bool) throws -> Bool {
                try becomes(within: 20) {
                    let ready = try client.get("/health/ready")
                    #expect(ready.status == 200, "Redis is reported, and does not count")
                    return wanted(ready.json["redis"]?["status"]?.string ?? "")
                }
            }
            #expect(try client.chat("before").cache == "miss")
            redis.kill()
            for number in 1...20 { #expect(try client.chat("gone \(number)").answeredBy == "small") }
            #expect(try client.chat("before").cache == "hit", "memory is still there")
            #expect(try redisIs { $0 != "ready" })
            try redis.start()
            #expect(try redisIs { $0 == "ready" })
            redis.pause()
            for number in 1...20 { #expect(try client.chat("silent \(number)").answeredBy == "small") }
            #expect(try gateway.metric(#"understudy_cache_total{tier="redis",result="timeout"}"#) > 0)
            redis.resume()
            // A breaker or a broken link lets it in again, and then answers are stored there.
            var number = 0
            #expect(
                try becomes(within: 20) {
                    number += 1
                    _ = try client.chat("back \(number)")
                    return !keys(redis).isEmpty
                }
            )
            await simulator.stop()
        }

        @Test func `a full Redis costs nothing but its hits`() async throws {
            let simulator = try await Simulator.with()
            let redis = try RealRedis()
            let gateway = try RunningGateway(settings(simulator, redis))
            _ = redis.command("CONFIG", "SET", "maxmemory", "1")
            let client = try gateway.client()
            for number in 1...20 { #expect(try client.chat("full \(number)").answeredBy == "small") }
            #expect(try client.chat("full 1").cache == "hit")
            #expect(try gateway.metric(#"understudy_cache_total{tier="redis",result="not_stored"}"#) > 0)
            #expect(keys(redis).isEmpty)
            await simulator.stop()
        }

        @Test func `a Redis that was never there is no reason not to serve`() async throws {
            let simulator = try await Simulator.with()
            var settings = TestSettings(at: simulator.baseURL)
            settings.cache = ["redis: redis://127.0.0.1:\(try SilentPort.closed())/0"]
            let gateway = try RunningGateway(settings)
            #expect(try gateway.client().get("/health/ready").status == 200)
            #expect((try gateway.chat("hello").cache, try gateway.chat("hello").cache) == ("miss", "hit"))
            await simulator.stop()
        }
    }
}
