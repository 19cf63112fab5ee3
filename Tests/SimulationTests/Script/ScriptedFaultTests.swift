import Testing

@testable import Simulation

@Suite struct ScriptedFaultTests {
    private func firing(_ trigger: FaultTrigger, calls: Int = 1000, input: String = "hello", seed: UInt64 = 1) -> [Int]
    {
        (1...calls).filter { trigger.fires(call: $0, input: input, seed: seed) }
    }

    @Test("without conditions always, every nth, the first n, and inputs that contain a text")
    func conditions() {
        #expect(firing(FaultTrigger(), calls: 3) == [1, 2, 3])
        #expect(firing(FaultTrigger(every: 3), calls: 10) == [3, 6, 9])
        #expect(firing(FaultTrigger(first: 2), calls: 10) == [1, 2])
        #expect(firing(FaultTrigger(contains: "ell"), calls: 2) == [1, 2])
        #expect(firing(FaultTrigger(contains: "bye"), calls: 2) == [])
        #expect(firing(FaultTrigger(every: 2, first: 5), calls: 10) == [2, 4])
    }

    @Test("a share is that share of the calls, and the same calls for the same seed")
    func share() {
        let calls = firing(FaultTrigger(share: 0.1))
        #expect(calls.count > 60 && calls.count < 140)
        #expect(calls == firing(FaultTrigger(share: 0.1)))
        #expect(calls != firing(FaultTrigger(share: 0.1), seed: 2))
        #expect(firing(FaultTrigger(share: 0)).isEmpty)
        #expect(firing(FaultTrigger(share: 1)).count == 1000)
    }
}
