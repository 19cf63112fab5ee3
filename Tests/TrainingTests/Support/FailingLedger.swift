import Harvest
import Loop

/// A store's book that is cut off at one of its writes: before it, or right after it.
final class FailingLedger: Ledger, Sendable {
    enum Moment: Sendable, CaseIterable { case before, after }

    private let ledger: any Ledger
    private let moment: Moment
    private let left: Lock<Int>

    /// - Parameter write: the first is 1.
    init(_ ledger: any Ledger, at write: Int, _ moment: Moment) {
        self.ledger = ledger
        self.moment = moment
        left = Lock(write)
    }

    /// Whether it came so far.
    var isCut: Bool { left.withLock { $0 <= 0 } }

    func put(
        kind: String,
        id: String,
        route: String?,
        json: [UInt8],
        replacing revision: Int
    ) async throws(StoreError) -> Int? {
        let rest = left.withLock { left in
            left -= 1
            return left
        }
        if rest < 0 || (rest == 0 && moment == .before) { throw .unavailable("killed") }
        let written = try await ledger.put(kind: kind, id: id, route: route, json: json, replacing: revision)
        if rest == 0 { throw .unavailable("killed") }
        return written
    }

    func document(kind: String, id: String) async throws(StoreError) -> LedgerDocument? {
        try await ledger.document(kind: kind, id: id)
    }

    func documents(kind: String, route: String?) async throws(StoreError) -> [LedgerDocument] {
        try await ledger.documents(kind: kind, route: route)
    }

    func pin(_ ids: [CandidateID], to document: String) async throws(StoreError) {
        try await ledger.pin(ids, to: document)
    }

    func unpin(document: String) async throws(StoreError) { try await ledger.unpin(document: document) }

    func acquire(lease name: String, holder: String, for time: Duration) async throws(StoreError) -> Bool {
        try await ledger.acquire(lease: name, holder: holder, for: time)
    }

    func release(lease name: String, holder: String) async throws(StoreError) {
        try await ledger.release(lease: name, holder: holder)
    }

    func drops(after number: Int) async throws(StoreError) -> [Drop] { try await ledger.drops(after: number) }

    func latestDrop() async throws(StoreError) -> Int { try await ledger.latestDrop() }

    func addDrop(cacheKey: String) async throws(StoreError) { try await ledger.addDrop(cacheKey: cacheKey) }

    func add(_ event: LedgerEvent) async throws(StoreError) { try await ledger.add(event) }

    func events(limit: Int) async throws(StoreError) -> [LedgerEvent] { try await ledger.events(limit: limit) }
}
