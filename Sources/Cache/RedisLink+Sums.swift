import Loop

extension RedisLink {
    /// Adds to a number that several processes keep together, and returns what it comes to.
    ///
    /// - Parameters:
    ///   - amount: zero only asks.
    ///   - name: the key in Redis, whole.
    ///   - life: how long Redis keeps the number from now on.
    /// - Returns: nil where Redis is away, refuses, or has said nothing within the deadline. In the last case nobody
    ///   knows whether the amount was added.
    public func add(_ amount: Double, to name: String, life: Duration) async -> Double? {
        let sum = await withUnsafeContinuation { (continuation: UnsafeContinuation<[UInt8]?, Never>) in
            guard canSend(.skipped), hasRoom(for: name.utf8.count, else: .dropped) else {
                return continuation.resume(returning: nil)
            }
            output.command("INCRBYFLOAT", name, "\(amount)")
            expect(.sum { continuation.resume(returning: $0) })
            output.command("PEXPIRE", name, String(max(1, life.milliseconds)))
            expect(.givenUp)
            flushLater()
        }
        guard let sum, let value = Double(String(decoding: sum, as: UTF8.self)), value.isFinite else { return nil }
        return value
    }
}
