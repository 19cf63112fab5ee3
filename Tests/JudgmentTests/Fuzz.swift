import Foundation

@testable import Judgment

/// How often a property is tried: so many cases, the same on every machine; or, where `UNDERSTUDY_FUZZ_SECONDS` says
/// how long, as many as there is time for, each another one.
///
///     UNDERSTUDY_FUZZ_SECONDS=60 swift test --filter '^JudgmentTests\..*PropertyTests'
///
/// Every case has a generator of its own, so that `UNDERSTUDY_FUZZ_FROM` begins with any of them: a crash or a hang is
/// found again from the last number that was printed.
struct Fuzz {
    static let seconds = number("UNDERSTUDY_FUZZ_SECONDS").map { Double($0) }
    static let first = number("UNDERSTUDY_FUZZ_FROM") ?? 0

    let name: String
    let cases: Int
    let seed: UInt64

    init(_ name: String, cases: Int, seed: UInt64) {
        self.name = name
        self.cases = cases
        self.seed = seed
    }

    /// - Returns: how many cases were tried, at least `cases`.
    @discardableResult
    func run(_ body: (inout SmallRandom) throws -> Void) rethrows -> Int {
        let clock = ContinuousClock()
        let begin = clock.now
        var said = begin
        var slowest = (seconds: 0.0, index: 0)
        var index = Self.first
        while index < Self.first + cases || clock.now - begin < .seconds(Self.seconds ?? 0) {
            if Self.seconds != nil, clock.now - said > .seconds(10) {
                said = clock.now
                print("fuzz: \(name): at case \(index)")
                fflush(nil)
            }
            let start = clock.now
            var random = SmallRandom(state: seed &* 0x2545_F491_4F6C_DD1D &+ UInt64(index))
            try body(&random)
            let spent = (clock.now - start) / .seconds(1)
            if spent > slowest.seconds { slowest = (spent, index) }
            index += 1
        }
        if Self.seconds != nil {
            let all = Int((clock.now - begin) / .seconds(1))
            let slow = Int(slowest.seconds * 1000)
            print("fuzz: \(name): \(index - Self.first) cases in \(all) s, the slowest \(slow) ms: \(slowest.index)")
        }
        return index - Self.first
    }

    private static func number(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
    }
}
