/// The 32 bytes of a SHA-256 digest, held in four words: no allocation, cheap to copy, compare and hash.
///
/// The words hold the digest's bytes in memory order; nothing outside this file looks at them as numbers.
/// `==` is not constant time: for secrets use ``constantTimeEquals(_:_:)-(Digest32,_)``.
public struct Digest32: Sendable, Hashable {
    private var words: (UInt64, UInt64, UInt64, UInt64)

    /// Thirty-two zero bytes.
    public init() {
        self.words = (0, 0, 0, 0)
    }

    /// - Returns: nil unless there are exactly 32 bytes.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        self.init()
        withUnsafeMutableBytes { $0.copyBytes(from: bytes) }
    }

    /// - Parameter hex: 64 hexadecimal digits of either case.
    /// - Returns: nil for anything else.
    public init?(hex: String) {
        let digits = Array(hex.utf8)
        guard digits.count == 64 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        for index in stride(from: 0, to: 64, by: 2) {
            guard let high = hexValue(digits[index]), let low = hexValue(digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        self.init(bytes: bytes)
    }

    /// 64 lower-case hexadecimal digits.
    public var hex: String { hex(digits: 64) }

    /// The first `digits` hexadecimal digits, lower case; for names that people read (`settings.version` has 12).
    public func hex(digits: Int) -> String {
        precondition((0...64).contains(digits), "A digest has 64 hexadecimal digits; \(digits) were asked for.")
        return String(unsafeUninitializedCapacity: 64) { text in
            withUnsafeBytes { bytes in
                for (index, byte) in bytes.enumerated() {
                    text.initializeElement(at: 2 * index, to: hexDigit(byte >> 4))
                    text.initializeElement(at: 2 * index + 1, to: hexDigit(byte & 15))
                }
            }
            return digits
        }
    }

    /// Appends the 64 lower-case hexadecimal digits, for keys written on the request path.
    public func appendHex(to output: inout [UInt8]) {
        withUnsafeBytes { bytes in
            for byte in bytes {
                output.append(hexDigit(byte >> 4))
                output.append(hexDigit(byte & 15))
            }
        }
    }

    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var copy = words
        return try bytes(of: &copy, body)
    }

    mutating func withUnsafeMutableBytes<Result>(_ body: (UnsafeMutableRawBufferPointer) -> Result) -> Result {
        Swift.withUnsafeMutableBytes(of: &words, body)
    }

    private func bytes<Result, Failure: Error>(
        of words: inout (UInt64, UInt64, UInt64, UInt64),
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try Swift.withUnsafeBytes(of: &words, body)
    }

    public static func == (left: Digest32, right: Digest32) -> Bool {
        left.words == right.words
    }

    /// One word is enough: the bytes are as good as random, and `Hasher` is seeded per process.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
    }

    /// A number drawn from the digest, for shards and shares: the first eight bytes, little-endian, so that it is
    /// the same on every machine.
    public var leadingWord: UInt64 {
        UInt64(littleEndian: words.0)
    }
}

extension Digest32: CustomStringConvertible {
    public var description: String { hex }
}

func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}

func hexValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
}
