import Foundation
import Glibc
import JSON
import Simulation
import Testing

extension SystemTests {
    /// Readers that take their stream slowly, or not at all.
    struct SlowReaderTests {
        /// Large alone, which never ends.
        private func endless(_ server: String...) async throws -> (Simulator, RunningGateway) {
            try await large(.broken(.stream(.endless), says: "word after word "), server)
        }

        private func large(_ script: ModelScript, _ server: [String] = []) async throws -> (Simulator, RunningGateway) {
            let simulator = try await Simulator.with(large: script)
            var settings = TestSettings()
            settings.server = server
            settings.model("large", at: simulator.baseURL, "max_answer: 1GiB", "timeout: { total: 10m }")
            settings.route("main", small: nil)
            return (simulator, try RunningGateway(settings))
        }

        private func tokens(_ simulator: Simulator) -> Int { simulator.calls["large"].tokens }

        /// Whether the provider comes to a stop: nothing more in a fifth of a second, ten times as long as a token
        /// takes.
        private func stops(_ simulator: Simulator) -> Bool {
            becomes(within: 60) {
                let before = tokens(simulator)
                usleep(200_000)
                return before > 0 && tokens(simulator) == before
            }
        }

        @Test func `a reader that does not read pauses its provider, and it goes on when it reads`() async throws {
            let (simulator, gateway) = try await endless()
            let reader = try gateway.streamChat("hello")
            _ = try reader.readHead()
            #expect(stops(simulator))
            let before = tokens(simulator)
            // What lies in between, and then more.
            try reader.read(events: before + 1000)
            #expect(tokens(simulator) >= before + 999)
            #expect(stops(simulator))
            #expect(simulator.calls["large"].inFlight == 1)
            reader.client.leave()
            #expect(await simulator.wait { $0["large"].cancelled == 1 })
            await simulator.stop()
        }

        @Test func `a second reader is not held up by the first, and alone again the first is waited for`() async throws
        {
            // It stalls before the slow one is so far behind the quick one that it would be dropped.
            let faults = [ScriptedFault(.stream(.endless)), ScriptedFault(.stream(.stall(after: 8_000, for: nil)))]
            let (simulator, gateway) = try await large(ModelScript(says: "word after word ", faults: faults))
            let slow = try gateway.streamChat("hello")
            _ = try slow.readHead()
            #expect(stops(simulator))
            let before = tokens(simulator)
            let quick = try gateway.streamChat("hello")
            #expect(try quick.readHead().cache == "shared")
            // What the sockets hold may be all there is before the stall.
            try quick.read(events: min(before + 1000, 7_900))
            quick.client.leave()
            #expect(becomes { gateway.accessLog.contains(#""status":499"#) })
            await simulator.release()
            #expect(stops(simulator))
            #expect(simulator.calls["large"].inFlight == 1)
            // The slow one has missed nothing.
            try slow.read(events: 10_000)
            let words = Array(slow.answer.says().split(separator: " ", omittingEmptySubsequences: true))
            let expected = ["word", "after", "word"]
            #expect(words.dropLast().enumerated().allSatisfy { $1 == expected[$0 % 3] })
            await simulator.stop()
        }

        /// Large alone, whose many events (some 10 MB of them) stall behind some of them.
        private func long(stalls: [Int] = [3, 20_000]) async throws -> (Simulator, RunningGateway, String) {
            let text = String(repeating: "word ", count: 40_000)
            let stalls = stalls.map { ScriptedFault(.stream(.stall(after: $0, for: nil))) }
            let simulator = try await Simulator.with(large: ModelScript(says: text, faults: stalls))
            var settings = TestSettings()
            settings.server = ["stream_comment: 200ms"]
            settings.model("large", at: simulator.baseURL, "timeout: { between_tokens: 60s, total: 10m }")
            settings.route("main", small: nil)
            return (simulator, try RunningGateway(settings), text)
        }

        @Test func `who comes late to a very long stream gets it at its end, whole`() async throws {
            let (simulator, gateway, text) = try await long()
            let first = try gateway.streamChat("hello")
            _ = try first.readHead()
            try first.read(events: 3)
            await simulator.release()
            try first.read(events: 20_000)
            let late = try gateway.streamChat("hello")
            #expect(try late.readHead().answeredBy == nil)
            try late.read(comments: 2)
            let whole = try gateway.client()
            try whole.send("POST", "/v1/chat/completions", Array(chatBody("hello").utf8))
            #expect(try gateway.hasBegunEverything())
            await simulator.release()
            // The first one may be dropped now: it does not read while the others are waited for.
            let answer = try late.readAll()
            #expect(answer.isDone)
            let latecomerHasAll = answer.says() == text
            #expect(latecomerHasAll)
            #expect(late.answer.events.count < 10)
            #expect(late.answer.note?["cache"]?.string == "shared")
            let isAll = try whole.read().says() == text
            #expect(isAll)
            #expect(simulator.calls["large"].calls == 1)
            await simulator.stop()
        }

        @Test func `a reader far behind others who wait for the same answer is dropped, and they are not held up`()
            async throws
        {
            // In steps that the quick one keeps up with, however busy the machine is.
            let steps = Array(stride(from: 4000, through: 20_000, by: 4000))
            let (simulator, gateway, text) = try await long(stalls: [3] + steps)
            let slow = try gateway.streamChat("hello")
            slow.client.takes(4096)
            _ = try slow.readHead()
            let quick = try gateway.streamChat("hello")
            #expect(try quick.readHead().cache == "shared")
            try quick.read(events: 3)
            for step in steps {
                await simulator.release()
                try quick.read(events: step)
            }
            await simulator.release()
            let all = try quick.readAll()
            let isAll = all.says() == text && all.isDone
            #expect(isAll)
            slow.client.takes(1 << 20)
            let part = try slow.readAll()
            #expect((part.isDone, part.error?["code"]?.string) == (false, "reader_too_slow"))
            #expect(!part.says().isEmpty && text.hasPrefix(part.says()) && part.says().utf8.count < text.utf8.count)
            #expect(becomes { gateway.accessLines.contains { $0["status"]?.int == 408 } })
            await simulator.stop()
        }

        @Test func `an endless stream costs no more the longer it lasts`() async throws {
            let (simulator, gateway) = try await endless()
            let reader = try gateway.streamChat("hello")
            _ = try reader.readHead()
            try reader.read(events: 30_000)
            let before = gateway.residentBytes
            // Some 15 MB of events, twice as much in memory.
            try reader.read(events: 90_000)
            let grown = gateway.residentBytes - before
            #expect(grown < 14 << 20, "\(grown / 1024) KiB")
            reader.client.leave()
            await simulator.stop()
        }

        @Test func `a reader that takes nothing is dropped, and its call with it`() async throws {
            let (simulator, gateway) = try await endless("reader_stall: 300ms")
            let reader = try gateway.streamChat("hello")
            _ = try reader.readHead()
            #expect(await simulator.wait { $0["large"].cancelled == 1 })
            #expect(becomes { gateway.accessLog.contains(#""status":499"#) })
            #expect(try becomes { try gateway.metric("understudy_in_flight") == 0 })
            await simulator.stop()
        }

        @Test func `many stalled readers of endless streams cost what the marks allow`() async throws {
            let (simulator, gateway) = try await endless()
            let warm = try gateway.streamChat("warm")
            _ = try warm.readHead()
            warm.client.leave()
            let before = gateway.residentBytes
            let count = 60
            let readers = try (1...count).map { try gateway.streamChat("question \($0)") }
            for reader in readers { _ = try reader.readHead() }
            #expect(stops(simulator))
            let grown = gateway.residentBytes - before
            // For each: 64 KiB that wait for the reader, up to 256 KiB that the kernel took for it, and what the
            // reader's own kernel holds; of all that the feed keeps the events, each with about its own size of
            // management.
            #expect(grown / count < 3 << 20, "\(grown / count / 1024) KiB for each reader")
            for reader in readers { reader.client.leave() }
            #expect(await simulator.wait { $0.inFlight == 0 })
            await simulator.stop()
        }
    }
}

extension RunningGateway {
    /// Of the process, from proc(5).
    var residentBytes: Int {
        let text = (try? String(contentsOfFile: "/proc/\(process.pid)/statm", encoding: .utf8)) ?? ""
        let columns = text.split(separator: " ")
        return columns.count > 1 ? (Int(columns[1]) ?? 0) * Int(sysconf(CInt(_SC_PAGESIZE))) : 0
    }
}
