// The gateway's own ids, for candidates and exchanges (a client's x-request-id is only recorded, never trusted to
// be unique). The layout is UUID version 7 (RFC 9562, section 5.7):
//
//     48 bits  milliseconds since 1970
//      4 bits  version, 7
//     12 bits  counter within the millisecond      (RFC 9562, section 6.2, method 1)
//      2 bits  variant
//     62 bits  random
//
// Ids of one source rise strictly. Those of two sources, threads or processes differ by 62 random bits, and are in
// order to the millisecond. The text form is the usual one of UUIDs, and sorts as the value does.

import Loop

/// 128 bits, ordered by time of birth, unique across processes without asking anybody.
public struct CandidateID: Sendable, Hashable, Comparable, BitwiseCopyable {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A new id from the process's own source (behind a lock; a worker that makes one per exchange keeps a `Source`). A
    /// place in an order that has nothing to do with anything else, for draws at random. What comes first in it of any
    /// set is a fair sample of the set.
    public var shuffle: Int64 { Int64(mix(low ^ high) >> 1) }

    public static func next() -> CandidateID {
        shared.withLock { $0.next(at: .now()) }
    }

    private static let shared = Lock(Source())

    public static func < (a: CandidateID, b: CandidateID) -> Bool {
        a.high != b.high ? a.high < b.high : a.low < b.low
    }

    /// When it was made, to the millisecond (a source that makes more than 4096 in one millisecond, or whose clock
    /// was set back, borrows from the future).
    public var time: WallTime { WallTime(milliseconds: Int64(high >> 16)) }

    /// Makes ids. Confine one to a thread, or keep it behind a lock.
    public struct Source: Sendable {
        private var random: Random
        private var millisecond: UInt64 = 0
        private var counter: UInt64 = 0

        public init() {
            var system = SystemRandomNumberGenerator()
            self.random = Random(state: system.next(), stream: system.next())
        }

        public mutating func next(at time: WallTime) -> CandidateID {
            let now = UInt64(max(0, time.milliseconds))
            if now > millisecond {
                millisecond = now
                counter = 0
            } else {
                counter += 1
                if counter > 0xfff {
                    millisecond += 1
                    counter = 0
                }
            }
            return CandidateID(
                high: millisecond << 16 | 0x7000 | counter,
                low: 0x8000_0000_0000_0000 | random.next() >> 2
            )
        }
    }

    /// SplitMix64 (Steele, Lea and Flood 2014), started from 128 bits of the system's randomness: ids have to differ,
    /// not to be secret, and a system call for each would cost more than the rest of an exchange record.
    private struct Random: Sendable {
        var state: UInt64
        let stream: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var z = state ^ stream
            z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
            return z ^ z >> 31
        }
    }
}

extension CandidateID: CustomStringConvertible {
    /// `0193552e-7c3a-7000-8f3a-5b1c9d2e4f60`: 36 characters, lower case.
    public var description: String {
        String(unsafeUninitializedCapacity: 36) { text in
            var at = 0
            for value in [high, low] {
                for shift in stride(from: 60, through: 0, by: -4) {
                    text[at] = Self.digits[Int(value >> UInt64(shift) & 15)]
                    at += 1
                    if at == 8 || at == 13 || at == 18 || at == 23 {
                        text[at] = UInt8(ascii: "-")
                        at += 1
                    }
                }
            }
            return at
        }
    }

    /// Reads the text form, of either case. Nil for everything else.
    public init?(_ text: some StringProtocol) {
        var text = String(text)
        let value: (UInt64, UInt64)? = text.withUTF8 { bytes in
            guard bytes.count == 36 else { return nil }
            var high: UInt64 = 0
            var low: UInt64 = 0
            var count = 0
            for (index, byte) in bytes.enumerated() {
                if index == 8 || index == 13 || index == 18 || index == 23 {
                    guard byte == UInt8(ascii: "-") else { return nil }
                    continue
                }
                let digit: UInt8
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
                case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
                case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
                default: return nil
                }
                if count < 16 { high = high << 4 | UInt64(digit) } else { low = low << 4 | UInt64(digit) }
                count += 1
            }
            return (high, low)
        }
        guard let value else { return nil }
        self.init(high: value.0, low: value.1)
    }

    private static let digits = Array("0123456789abcdef".utf8)
}
