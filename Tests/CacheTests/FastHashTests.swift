import Testing

@testable import Cache

@Suite struct FastHashTests {
    private func hash(_ bytes: [UInt8], seed: UInt64 = 7) -> UInt64 {
        bytes.withUnsafeBytes { FastHash.hash($0, seed: seed) }
    }

    @Test func isTheSameOnEveryMachineAndInEveryVersion() {
        // Redis holds checksums made by it: a change of these is a change of the format.
        #expect(hash([]) == 5_063_596_182_540_233_110)
        #expect(hash(Array(0..<100)) == 4_218_204_222_008_835_419)
    }

    @Test func dependsOnEveryByteItsPlaceAndTheLength() {
        for count in 0..<100 {
            let bytes = [UInt8](repeating: 0, count: count)
            var seen: Set<UInt64> = [hash(bytes), hash(bytes + [0])]
            for index in 0..<count {
                var other = bytes
                other[index] = 1
                seen.insert(hash(other))
            }
            #expect(seen.count == count + 2)
        }
    }

    @Test func dependsOnTheSeed() {
        #expect(hash(Array("body".utf8), seed: 1) != hash(Array("body".utf8), seed: 2))
    }
}
