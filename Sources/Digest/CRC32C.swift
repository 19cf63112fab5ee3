// CRC-32C (Castagnoli, RFC 3720 appendix B.4): tells a torn or overwritten record from a whole one. It is no
// defence against anyone who writes records on purpose; SHA-256 and HMAC are.
//
// Eight bytes a step through eight tables ("slicing-by-8", Kounavis and Berry 2005): table k holds the checksum of a
// byte that is followed by k zero bytes, so the eight look-ups of a step do not wait for each other.

/// A checksum under way.
public struct CRC32C: Sendable {
    private var register: UInt32 = ~0

    public init() {}

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        var register = register
        tables.withUnsafeBufferPointer { table in
            var index = 0
            while index + 8 <= bytes.count {
                let low =
                    UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt32.self)) ^ register
                let high = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: index + 4, as: UInt32.self))
                let near =
                    table[7 * 256 + Int(low & 255)] ^ table[6 * 256 + Int(low >> 8 & 255)]
                    ^ table[5 * 256 + Int(low >> 16 & 255)] ^ table[4 * 256 + Int(low >> 24)]
                let far =
                    table[3 * 256 + Int(high & 255)] ^ table[2 * 256 + Int(high >> 8 & 255)]
                    ^ table[256 + Int(high >> 16 & 255)] ^ table[Int(high >> 24)]
                register = near ^ far
                index += 8
            }
            while index < bytes.count {
                register = table[Int((register ^ UInt32(bytes[index])) & 255)] ^ register >> 8
                index += 1
            }
        }
        self.register = register
    }

    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    public mutating func update(_ bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// The checksum of all bytes so far; more may follow.
    public var value: UInt32 { ~register }

    public static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var checksum = CRC32C()
        checksum.update(bytes)
        return checksum.value
    }

    public static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        var checksum = CRC32C()
        checksum.update(bytes)
        return checksum.value
    }
}

private let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
        var register = UInt32(byte)
        for _ in 0..<8 { register = register & 1 == 1 ? register >> 1 ^ 0x82F6_3B78 : register >> 1 }
        tables[byte] = register
    }
    for index in 256..<8 * 256 {
        let before = tables[index - 256]
        tables[index] = tables[Int(before & 255)] ^ before >> 8
    }
    return tables
}()
