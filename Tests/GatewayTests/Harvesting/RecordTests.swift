import Foundation
import Harvest
import JSON
import Simulation
import Testing

extension SystemTests {
    /// What an exchange leaves in the records, read back from the file: the numbers that replays are made of.
    struct RecordTests {
        private struct Row {
            let record: ExchangeRecord
            let file: ExchangeFile

            func text(_ name: KeyPath<ExchangeRecord, NameIndex>) -> String { file.text(record[keyPath: name]) }
        }

        /// The rows as soon as there are so many, in the order of their exchanges.
        private func rows(_ gateway: RunningGateway, _ count: Int) throws -> [Row] {
            var rows: [Row] = []
            _ = try becomes {
                rows = try gateway.recordFiles().flatMap { file in file.records.map { Row(record: $0, file: file) } }
                return rows.count >= count
            }
            return rows.sorted { $0.record.id < $1.record.id }
        }

        /// The gateway, and one exchange after the other through it: accepted, found in the cache, rejected, refused.
        private func serve(_ simulator: Simulator) throws -> (RunningGateway, [Answer]) {
            let gateway = try RunningGateway(
                TestSettings(
                    at: simulator.baseURL,
                    "checks: [finished, { max_chars: 40 }, json]",
                    "confidence: { score: min_logprob, threshold: -1 }"
                )
            )
            let client = try gateway.client()
            let answers = [
                try client.chat("fine please"), try client.chat("fine please"), try client.complete("broken please"),
                try client.chat("fine please", #""n":"three""#), try client.chat("hello", route: "elsewhere"),
            ]
            return (gateway, answers)
        }

        private static let models: (ModelScript, ModelScript) = (
            .table(
                [(when: "fine please", says: .texts(["[1]"])), (when: "broken please", says: .texts(["{broken"]))],
                logprobs: LogprobScript(base: .fixed(-0.5))
            ), ModelScript(says: "{}")
        )

        @Test func `a hit by the body alone leaves what one that was read leaves`() async throws {
            let simulator = try await Simulator.with()
            let rule = "rules: [{ when: { input_chars: { over: 3 } }, small: small }]"
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL, rule))
            let client = try gateway.client()
            for _ in 1...3 { #expect(try client.chat("hello", #""max_tokens":9"#).status == 200) }
            let rows = try rows(gateway, 3)
            let (read, quick) = (rows[1], rows[2])
            #expect(quick.record.cache == .memoryHit)
            #expect((quick.record.rule, quick.record.inputCharacters, quick.record.maximumTokens) == (0, 5, 9))
            #expect(quick.record.shareHash == read.record.shareHash && read.record.shareHash != 0)
            #expect(quick.text(\.version) == read.text(\.version) && !read.text(\.version).isEmpty)
            await simulator.stop()
        }

        @Test func `a trace's id is in the access log, a malformed one is not`() async throws {
            let simulator = try await Simulator.with()
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL))
            let id = "4bf92f3577b34da6a3ce929d0e0e4736"
            _ = try gateway.chat("one", headers: ["traceparent": "00-\(id)-00f067aa0ba902b7-01"])
            _ = try gateway.chat("two", headers: ["traceparent": "00-\(id)"])
            #expect(becomes { gateway.accessLines.count == 2 })
            #expect(Set(gateway.accessLines.map { $0["trace_id"]?.string }) == [id, nil])
            await simulator.stop()
        }

        @Test func `an accepted exchange and a hit leave what they cost, took and scored`() async throws {
            let simulator = try await Simulator.with(small: Self.models.0, large: Self.models.1)
            let (gateway, answers) = try serve(simulator)
            let rows = try rows(gateway, 3)
            #expect(rows.count == 3, "what found no route leaves none")
            let (accepted, hit) = (rows[0], rows[1])
            #expect(answers[0].answeredBy == "small" && answers[1].answeredBy == "cache")
            #expect((accepted.text(\.route), accepted.text(\.environment)) == ("main", "production"))
            #expect((accepted.text(\.reason), accepted.text(\.answerReason)) == ("accept", "accept"))
            #expect((accepted.text(\.smallModel), accepted.text(\.largeModel)) == ("small", ""))
            #expect(accepted.text(\.settings) == answers[0]["x-understudy-config"])
            #expect(accepted.text(\.contract).count == 64)
            let record = accepted.record
            #expect((record.status, record.answeredBy, record.cache) == (200, .small, .miss))
            #expect((record.small, record.large) == (.answered, .notAsked))
            #expect((record.scores.minimum, record.scores.mean, record.scores.firstToken) == (-0.5, -0.5, -0.5))
            #expect((record.score, record.threshold) == (-0.5, -1))
            #expect(record.smallChecks.count == 3 && record.largeChecks.count == 0)
            #expect((0..<3).allSatisfy { record.smallChecks[$0] == .pass })
            #expect(record.requestBytes == UInt32(chatBody("fine please").utf8.count))
            #expect(record.answerBytes == UInt32(answers[0].body.count))
            #expect(record.inputCharacters == 11)
            let usage = answers[0].json["usage"]
            let (input, output) = (usage?["prompt_tokens"]?.int ?? 0, usage?["completion_tokens"]?.int ?? 0)
            #expect(input > 0 && output > 0)
            #expect((Int(record.smallPromptTokens), Int(record.smallCompletionTokens)) == (input, output))
            #expect(abs(record.smallCost - (Double(input) + 2 * Double(output)) / 1e6) < 1e-12)
            #expect(record.largeCost.isNaN && record.largePromptTokens == 0)
            #expect(record.flags == [.chat, .remembered])
            #expect(record.phases.askSmall > 0 && record.phases.askLarge == 0)
            #expect(record.phases.total >= record.phases.askSmall && record.phases.total >= record.phases.overhead)

            #expect((hit.record.answeredBy, hit.record.cache, hit.record.status) == (.cache, .memoryHit, 200))
            #expect((hit.record.small, hit.record.smallPromptTokens, hit.record.phases.askSmall) == (.notAsked, 0, 0))
            #expect(hit.text(\.reason) == "accept" && hit.record.score == -0.5)
            #expect(hit.record.shareHash == record.shareHash && hit.record.id > record.id)
            await simulator.stop()
        }

        @Test func `a fallback leaves both models' columns and the check that failed, and nobody's texts`() async throws
        {
            let simulator = try await Simulator.with(small: Self.models.0, large: Self.models.1)
            let (gateway, answers) = try serve(simulator)
            let fallback = try #require(rows(gateway, 3).last)
            let record = fallback.record
            #expect(answers[2].answeredBy == "large")
            #expect((fallback.text(\.reason), fallback.text(\.answerReason)) == ("format.json", "accept"))
            #expect((fallback.text(\.smallModel), fallback.text(\.largeModel)) == ("small", "large"))
            #expect((record.answeredBy, record.small, record.large) == (.large, .answered, .answered))
            #expect((record.smallChecks[0], record.smallChecks[1], record.smallChecks[2]) == (.pass, .pass, .fail))
            #expect((0..<3).allSatisfy { record.largeChecks[$0] == .pass })
            #expect(record.failedChoice == 0)
            #expect(record.flags == [.harvested, .remembered], "a completion, kept and remembered")
            #expect(record.smallCost > 0 && record.largeCost > record.smallCost)
            #expect(record.smallAnswerBytes > 0 && record.largeAnswerBytes > 0)
            #expect(record.phases.askSmall > 0 && record.phases.askLarge > 0 && record.phases.harvest > 0)
            #expect(try gateway.candidates(atLeast: 1).count == 1)
            let directory = gateway.directory.path + "/records"
            for name in try FileManager.default.contentsOfDirectory(atPath: directory) {
                let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(directory)/\(name)"))
                for text in ["please", "broken", "[1]"] { #expect(bytes.range(of: Data(text.utf8)) == nil, "\(text)") }
            }
            await simulator.stop()
        }
    }
}
