import Testing

@testable import Training

@Suite struct PurseTests {
    @Test func `calls under way count against the limit together, and give back what they did not use`() async throws {
        let purse = Purse(limit: 1)
        try await purse.setAside(0.6)
        await #expect(throws: OverBudget(limit: 1, spent: 0.6, needed: 0.5)) { try await purse.setAside(0.5) }
        await purse.settle(0.6, cost: 0.25)
        try await purse.setAside(0.5)
        #expect(await purse.spent == 0.25)
    }

    @Test func `without a limit nothing is refused`() async throws {
        let purse = Purse(limit: nil)
        try await purse.setAside(1e9)
    }
}
