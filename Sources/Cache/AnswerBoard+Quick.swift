public import Loop
public import Synchronization

extension AnswerBoard {
    /// A hit by the raw body: no JSON is read, nothing is encoded.
    /// - Returns: nil unless the very same body was prepared under the same salt, and its entry is still there.
    @inlinable public func quick(rawBody: [UInt8], salt: QuickSalt, now: MonotonicTime = .now()) -> PreparedAnswer? {
        guard memory > 0 else { return nil }
        return rawBody.withUnsafeBytes { quick.find($0, salt: salt, now: now) }
    }

    /// Keeps what was sent for a hit, so that ``quick(rawBody:salt:now:)`` finds it. No effect where the entry has
    /// gone, and for bodies over 64 KiB, which are not sent twice often enough to hold their room.
    ///
    /// - Parameter factsSize: bytes that `facts` take; they are charged with the rest.
    ///
    /// Not for requests whose answer depends on more than body and salt, as on forwarded headers or `cache-control`.
    @inlinable public func prepare(
        rawBody: ArraySlice<UInt8>,
        salt: QuickSalt,
        for answer: CachedAnswer,
        facts: any AnyObject & Sendable,
        factsSize: Int = 160,
        fields: [UInt8],
        body: [UInt8]
    ) {
        guard memory > 0, rawBody.count <= 64 * 1024, body.count <= 256 * 1024 else { return }
        let home = shard(of: answer.key)
        guard let entry = home.state.withLock({ $0.entries.use(answer.key) }), entry.answer === answer else { return }
        let prepared = PreparedAnswer(
            entry: entry,
            facts: facts,
            fields: fields,
            body: body,
            factsSize: factsSize,
            rawBody: rawBody,
            salt: salt,
            hash: rawBody.withUnsafeBytes { quick.hash($0, salt: salt) }
        )
        used.add(prepared.charge, ordering: .relaxed)
        makeRoom(startingWith: answer.key)
        let (attached, pushedOut) = home.state.withLock { $0.entries.attach(prepared, atMost: 4) }
        if let pushedOut {
            used.subtract(pushedOut.charge, ordering: .relaxed)
            quick.remove(pushedOut)
        }
        if attached {
            quick.insert(prepared)
        } else {
            used.subtract(prepared.charge, ordering: .relaxed)
        }
    }
}
