public import Digest

/// What an answer is kept under: the SHA-256 of everything that can change it or its judgment (CONTRACTS section 2).
///
/// Cryptographic on purpose: with a fast hash one tenant could poison the answers of another.
public struct CacheKey: Sendable, Hashable {
    public let digest: Digest32

    public init(_ digest: Digest32) { self.digest = digest }

    /// - Returns: nil unless there are exactly 32 bytes.
    public init?(bytes: some Collection<UInt8>) {
        guard let digest = Digest32(bytes: bytes) else { return nil }
        self.digest = digest
    }

    /// Nobody's: of a flight that is neither found nor remembered.
    public static let none = CacheKey(Digest32())

    /// As candidates and audits carry it: 64 lower-case hexadecimal digits.
    public var hex: String { digest.hex }

    /// In front of the hexadecimal digits of every key in Redis.
    public static let redisPrefix: StaticString = "understudy:answer:"

    /// Appends the key's name in Redis. Readable, so that an operator can look one up by a candidate's key.
    func appendRedisName(to output: inout [UInt8]) {
        output.append(
            contentsOf: UnsafeBufferPointer(
                start: Self.redisPrefix.utf8Start,
                count: Self.redisPrefix.utf8CodeUnitCount
            )
        )
        digest.appendHex(to: &output)
    }
}

extension CacheKey: CustomStringConvertible {
    public var description: String { hex }
}
