/// `x-request-id`: the client's, if it is fit for logs and headers, else one made here. Only recorded: candidates and
/// records have ids of their own.
struct RequestID: Sendable, Equatable {
    let bytes: [UInt8]

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// 1 to 128 characters of `[A-Za-z0-9._-]` (CONTRACTS section 9).
    init?(client value: ArraySlice<UInt8>?) {
        guard let value, (1...128).contains(value.count), value.allSatisfy(Self.isAllowed) else { return nil }
        bytes = Array(value)
    }

    /// `req_` and 32 hexadecimal digits.
    init(random: (UInt64, UInt64)) {
        bytes = [UInt8](unsafeUninitializedCapacity: 36) { room, count in
            count = room.initialize(fromContentsOf: "req_".utf8)
            var word = random.0
            while count < 36 {
                if count == 20 { word = random.1 }
                let digit = UInt8(truncatingIfNeeded: word >> 60)
                room.initializeElement(
                    at: count,
                    to: digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
                )
                word <<= 4
                count += 1
            }
        }
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }
}
