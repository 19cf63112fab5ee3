/// Commands as Redis reads them: an array of bulk strings, lengths in front
/// (https://redis.io/docs/latest/develop/reference/protocol-spec/).
///
/// Written straight into the link's output; `redisFormatCommandArgv` would allocate each command to be copied there.
struct RedisWriter {
    private(set) var bytes: [UInt8] = []
    /// Of `bytes`, what has been sent.
    private(set) var sent = 0

    var unsent: Int { bytes.count - sent }

    mutating func command(_ arguments: String...) {
        head(arguments.count)
        for argument in arguments { bulk(argument.utf8) }
    }

    mutating func get(_ key: CacheKey) {
        append("*2\r\n$3\r\nGET\r\n")
        name(key)
    }

    mutating func delete(_ key: CacheKey) {
        append("*2\r\n$3\r\nDEL\r\n")
        name(key)
    }

    /// - Parameter ttl: milliseconds, at least 1.
    mutating func set(_ key: CacheKey, _ value: [UInt8], ttl: Int64) {
        bytes.reserveCapacity(bytes.count + value.count + 160)
        append("*5\r\n$3\r\nSET\r\n")
        name(key)
        bulk(value)
        append("$2\r\nPX\r\n")
        bulk(String(ttl).utf8)
    }

    mutating func advance(_ count: Int) {
        sent += count
        guard sent == bytes.count else {
            // Where it is never all sent, what is goes all the same.
            if sent >= 1 << 20 {
                bytes.removeSubrange(..<sent)
                sent = 0
            }
            return
        }
        sent = 0
        // A burst of large values does not hold its memory for ever.
        bytes.removeAll(keepingCapacity: bytes.capacity <= 256 * 1024)
    }

    mutating func reset() {
        bytes = []
        sent = 0
    }

    private mutating func head(_ count: Int) {
        append("*")
        bytes.append(contentsOf: String(count).utf8)
        append("\r\n")
    }

    private mutating func bulk(_ value: some Collection<UInt8>) {
        append("$")
        bytes.append(contentsOf: String(value.count).utf8)
        append("\r\n")
        bytes.append(contentsOf: value)
        append("\r\n")
    }

    /// The name's length is the same for every key.
    private mutating func name(_ key: CacheKey) {
        append("$82\r\n")
        key.appendRedisName(to: &bytes)
        append("\r\n")
    }

    private mutating func append(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}
