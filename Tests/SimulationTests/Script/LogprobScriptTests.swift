import Testing

@testable import Simulation

@Suite struct LogprobScriptTests {
    let pieces = tokens(of: Array("one maybe two".utf8))

    @Test("a fixed value, a table that begins again, and a rule for some tokens")
    func bases() {
        #expect(LogprobScript(base: .fixed(-0.5)).values(for: pieces, doubts: [], seed: 1) == [-0.5, -0.5, -0.5])
        #expect(LogprobScript(base: .table([-1, -2])).values(for: pieces, doubts: [], seed: 1) == [-1, -2, -1])
        let rule = LogprobScript(base: .fixed(0), rules: [.init(text: "maybe", logprob: -3)])
        #expect(rule.values(for: pieces, doubts: [], seed: 1) == [0, -3, 0])
    }

    @Test("drawn values lie between their ends, and the same seed draws the same")
    func drawn() {
        let script = LogprobScript(base: .drawn(from: -0.2, to: -0.1))
        let values = script.values(for: pieces, doubts: [], seed: 7)
        #expect(values.allSatisfy { $0 >= -0.2 && $0 <= -0.1 })
        #expect(values == script.values(for: pieces, doubts: [], seed: 7))
        #expect(values != script.values(for: pieces, doubts: [], seed: 8))
    }

    @Test("a doubt touches every token that has a byte in it")
    func doubted() {
        let values = LogprobScript(base: .fixed(0)).values(
            for: pieces,
            doubts: [.init(range: 2..<5, logprob: -2)],
            seed: 1
        )
        #expect(values == [-2, -2, 0])
    }

    @Test(
        "alternatives come best first, sum to at most 1, and hold the token where it is likely",
        arguments: [-0.01, -0.7, -3.0]
    )
    func others(logprob: Double) {
        let list = alternatives(to: Array(" x".utf8), logprob: logprob, count: 20)
        #expect(list.count == 20)
        #expect(list.map(\.logprob) == list.map(\.logprob).sorted(by: >))
        #expect(list.reduce(0) { $0 + exponential($1.logprob) } <= 1.000_01)
        #expect(list.contains { $0.token == Array(" x".utf8) && $0.logprob == logprob })
        #expect(alternatives(to: [], logprob: logprob, count: 0).isEmpty)
    }
}
