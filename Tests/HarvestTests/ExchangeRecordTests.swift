import Testing

@testable import Harvest

@Suite("An exchange record")
struct ExchangeRecordTests {
    @Test("lies in memory as the file format says, field by field")
    func layout() {
        #expect(MemoryLayout<ExchangeRecord>.size == 400)
        #expect(MemoryLayout<ExchangeRecord>.stride == 400)
        #expect(MemoryLayout<ExchangeRecord>.alignment == 8)
        let offsets: [(PartialKeyPath<ExchangeRecord>, Int)] = [
            (\.id, 0), (\.receivedAt, 16), (\.route, 24), (\.environment, 28), (\.contract, 32), (\.version, 36),
            (\.settings, 40), (\.clientKey, 44), (\.smallModel, 48), (\.largeModel, 52), (\.reason, 56),
            (\.answerReason, 60), (\.shareHash, 64), (\.scores, 72), (\.valueScores, 128), (\.score, 184),
            (\.threshold, 192), (\.smallChecks, 200), (\.largeChecks, 212), (\.smallCost, 224), (\.largeCost, 232),
            (\.phases, 240), (\.smallTokenTimes, 296), (\.largeTokenTimes, 312), (\.requestBytes, 328),
            (\.inputCharacters, 332), (\.smallRequestBytes, 336), (\.largeRequestBytes, 340), (\.smallAnswerBytes, 344),
            (\.largeAnswerBytes, 348), (\.answerBytes, 352), (\.smallPromptTokens, 356), (\.smallCompletionTokens, 360),
            (\.largePromptTokens, 364), (\.largeCompletionTokens, 368), (\.maximumTokens, 372), (\.flags, 376),
            (\.status, 380), (\.choices, 382), (\.rule, 384), (\.failedChoice, 386), (\.answeredBy, 388),
            (\.cache, 389),
            (\.small, 390), (\.large, 391), (\.smallCutAt, 392), (\.reserved, 396),
        ]
        for (path, offset) in offsets { #expect(MemoryLayout<ExchangeRecord>.offset(of: path) == offset, "\(path)") }
        #expect(MemoryLayout<ExchangeScores>.offset(of: \.margin) == 48)
        #expect(MemoryLayout<ExchangePhases>.offset(of: \.overhead) == 48)
        #expect(MemoryLayout<TokenTimes>.offset(of: \.longestGap) == 12)
        #expect(MemoryLayout<CheckBits>.offset(of: \.count) == 8)
    }

    @Test("says nothing of what was not measured")
    func empty() {
        let record = ExchangeRecord(id: .next(), receivedAt: .now())
        #expect(record.scores.mean.isNaN && record.valueScores.margin.isNaN && record.score.isNaN)
        #expect(record.smallCost.isNaN)
        #expect(record.route == .none)
        #expect(record.rule == -1 && record.failedChoice == -1)
        #expect(record.smallChecks.count == 0)
    }

    @Test("tells passed, failed and not reached checks apart")
    func checks() {
        var bits = CheckBits(count: 32)
        bits[0] = .pass
        bits[1] = .fail
        bits[31] = .fail
        #expect((0..<32).map { bits[$0] } == [.pass, .fail] + Array(repeating: .notRun, count: 29) + [.fail])
        bits[1] = .pass
        bits[0] = .notRun
        #expect(bits[1] == .pass && bits[0] == .notRun)
    }
}
