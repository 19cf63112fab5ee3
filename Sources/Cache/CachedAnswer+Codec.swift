// An answer as it lies in Redis.
//
//     0   4  magic       "USAn"
//     4   4  format      2, little-endian
//     8   8  checksum    FastHash of everything from byte 16 on
//    16  32  key         the whole key, not only its name
//    48      fields      FieldCoding, in the order of `encode`
//
// A value that is not exactly this, for whatever reason, is a miss: somebody else's data, a torn write, another
// version's format, an answer that was stored under another key. The raw parts of an answer are slices of its body;
// they are written as a place in it, so a stored answer is hardly larger than what the model sent.

import Completions
import Digest

extension CachedAnswer {
    static let magic: UInt32 = 0x6E41_5355
    static let format: UInt32 = 2
    private static let head = 48
    private static let checksumSeed: UInt64 = 0x756E_6465_7273_7475

    /// What is in front of the answer.
    struct Fields {
        var answeredBy: Role
        var model: String
        var verdict: String
        var score: Double?
        var scoreName: String?
        var storedAt: Int64
        var ttl: Duration
        var topLogprobs: Int?
    }

    /// The value for Redis.
    public func encode() -> [UInt8] { bytes }

    static func encode(
        key: CacheKey,
        answer: CompletionAnswer,
        answeredBy: Role,
        model: String,
        verdict: String,
        score: Double?,
        scoreName: String?,
        storedAt: Int64,
        ttl: Duration,
        topLogprobs: Int?
    ) -> [UInt8] {
        var writer = FieldWriter()
        writer.bytes.reserveCapacity(head + 64 + model.utf8.count + verdict.utf8.count + FieldWriter.room(for: answer))
        writer.fixed(magic)
        writer.fixed(format)
        writer.fixed(UInt64(0))
        key.digest.withUnsafeBytes { writer.bytes.append(contentsOf: $0) }
        writer.byte(answeredBy.rawValue)
        writer.text(model.utf8)
        writer.text(verdict.utf8)
        writer.optional(score) { $0.double($1) }
        writer.optional(scoreName) { $0.text($1.utf8) }
        writer.signed(storedAt)
        writer.signed(ttl.milliseconds)
        writer.optional(topLogprobs) { $0.signed(Int64($1)) }
        writer.answer(answer)
        writer.bytes.withUnsafeMutableBytes { bytes in
            let checksum = checksum(UnsafeRawBufferPointer(rebasing: bytes[16...]))
            bytes.storeBytes(of: checksum.littleEndian, toByteOffset: 8, as: UInt64.self)
        }
        return writer.bytes
    }

    /// - Returns: nil for anything that ``encode()`` did not make under this very key. Safe on arbitrary bytes.
    public static func decode(_ bytes: [UInt8], key: CacheKey) -> CachedAnswer? {
        decodeBoth(bytes, key: key)?.stored
    }

    /// The entry and its answer, which a hit wants both.
    static func decodeBoth(_ bytes: [UInt8], key: CacheKey) -> (stored: CachedAnswer, answer: CompletionAnswer)? {
        guard let (fields, answer) = read(bytes, key: key) else { return nil }
        return (CachedAnswer(key: key, fields: fields, bytes: bytes), answer)
    }

    static func read(_ bytes: [UInt8], key: CacheKey) -> (Fields, CompletionAnswer)? {
        bytes.withUnsafeBytes { bytes in
            guard bytes.count > head,
                UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt32.self)) == magic,
                UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)) == format,
                key.digest.withUnsafeBytes({ $0.elementsEqual(bytes[16..<head]) }),
                UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
                    == checksum(UnsafeRawBufferPointer(rebasing: bytes[16...]))
            else { return nil }
            return try? fields(UnsafeRawBufferPointer(rebasing: bytes[head...]))
        }
    }

    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt64 { FastHash.hash(bytes, seed: checksumSeed) }

    private static func fields(_ bytes: UnsafeRawBufferPointer) throws(CorruptFields) -> (Fields, CompletionAnswer) {
        var reader = FieldReader(bytes)
        guard let role = Role(rawValue: try reader.byte()) else { throw CorruptFields() }
        let model = try reader.string()
        let verdict = try reader.string()
        let score = try reader.optional { (reader) throws(CorruptFields) in try reader.double() }
        let scoreName = try reader.optional { (reader) throws(CorruptFields) in try reader.string() }
        let storedAt = try reader.signed()
        let ttl = try reader.signed()
        let top = try reader.optional { (reader) throws(CorruptFields) in try reader.signed() }
        let answer = try reader.answer()
        // A bound on times, so that no arithmetic on them can overflow.
        let sane: Range<Int64> = 0..<(1 << 52)
        guard reader.left == 0, sane.contains(storedAt), sane.contains(ttl), sane.contains(top ?? 0) else {
            throw CorruptFields()
        }
        let fields = Fields(
            answeredBy: role,
            model: model,
            verdict: verdict,
            score: score,
            scoreName: scoreName,
            storedAt: storedAt,
            ttl: .milliseconds(ttl),
            topLogprobs: top.map { Int($0) }
        )
        return (fields, answer)
    }
}

extension Duration {
    /// Whole milliseconds, rounded up: what is left of a time is not yet over.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        let whole = seconds.multipliedReportingOverflow(by: 1000)
        guard !whole.overflow else { return seconds > 0 ? .max : .min }
        return whole.partialValue + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    }
}
