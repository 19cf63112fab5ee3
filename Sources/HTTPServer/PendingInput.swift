/// What has been read of a connection and does not belong to a request yet: an unfinished head, and what a client
/// pipelines while its exchange runs.
struct PendingInput {
    private var bytes: [UInt8] = []
    private var start = 0

    /// Up to this many bytes are read ahead.
    static let limit = 65536

    var count: Int { bytes.count - start }
    var isFull: Bool { count >= Self.limit }

    mutating func append(_ more: UnsafeRawBufferPointer) {
        // What was taken goes, also where an unfinished rest always stays.
        if start >= 16384 {
            bytes.removeSubrange(..<start)
            start = 0
        }
        bytes.append(contentsOf: more)
    }

    /// Shows what is there; what `taker` says it took is gone.
    mutating func take(_ taker: (UnsafeBufferPointer<UInt8>) -> Int) {
        start += bytes.withUnsafeBufferPointer { taker(UnsafeBufferPointer(rebasing: $0[start...])) }
        if start == bytes.count {
            bytes.removeAll(keepingCapacity: bytes.capacity <= 16384)
            start = 0
        }
    }

    mutating func discard() {
        bytes = []
        start = 0
    }
}
