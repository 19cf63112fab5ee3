import Testing

@testable import Digest

@Suite struct CRC32CTests {
    // RFC 3720 appendix B.4, and the check value of the catalogue of parametrised CRC algorithms.
    @Test(
        arguments: [
            ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
            ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
            ((0..<32).map { UInt8($0) }, 0x46DD_794E),
            ((0..<32).reversed().map { UInt8($0) }, 0x113F_DB5C),
            (Array("123456789".utf8), 0xE306_9283),
            ([], 0),
        ] as [([UInt8], UInt32)]
    )
    func `the published examples come out`(bytes: [UInt8], expected: UInt32) {
        #expect(CRC32C.checksum(bytes) == expected)
        #expect(CRC32C.checksum(([9] + bytes + [9]).dropFirst().dropLast()) == expected)
    }

    @Test func `any split and any alignment gives the checksum of the whole`() {
        let bytes = (0..<67).map { UInt8(truncatingIfNeeded: $0 &* 29) }
        let whole = CRC32C.checksum(bytes)
        for split in 0...bytes.count {
            var checksum = CRC32C()
            checksum.update(bytes[..<split])
            checksum.update(bytes[split...])
            #expect(checksum.value == whole)
        }
    }

    @Test func `a flipped bit anywhere is seen`() {
        let bytes = [UInt8](repeating: 0x5A, count: 40)
        let whole = CRC32C.checksum(bytes)
        for index in bytes.indices {
            var torn = bytes
            torn[index] ^= 1
            #expect(CRC32C.checksum(torn) != whole)
        }
    }
}
