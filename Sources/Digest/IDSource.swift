/// Makes ids of 128 bits that sort by time: 48 bits of Unix milliseconds, then 80 random bits (the layout of
/// UUID version 7, RFC 9562 section 5.7, without its version bits).
///
/// Random bytes are fetched a page at a time, so an id costs a copy; one source belongs to one thread.
public struct IDSource: ~Copyable {
    private var pool: [UInt8] = []
    private var used = 0

    public init() {}

    /// - Parameter unixMilliseconds: the wall clock, given by the caller.
    /// - Returns: 32 lower-case hexadecimal digits in ASCII.
    public mutating func next(unixMilliseconds: UInt64) -> [UInt8] {
        if used + 10 > pool.count {
            pool = randomBytes(1000)
            used = 0
        }
        var id: [UInt8] = []
        id.reserveCapacity(32)
        for shift in stride(from: 40, through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: unixMilliseconds >> UInt64(shift)), to: &id)
        }
        for index in used..<used + 10 { append(pool[index], to: &id) }
        used += 10
        return id
    }

    private func append(_ byte: UInt8, to id: inout [UInt8]) {
        id.append(hexDigit(byte >> 4))
        id.append(hexDigit(byte & 15))
    }
}
