// Who is to be forgotten, so that nothing of them comes back: a candidate may still be on its way when its request is
// forgotten, in the spool of another gateway, or behind a store that was away for an hour. Every mover asks before it
// delivers. One document of the store, of digests: who it was cannot be read out of it.

import Digest
import JSON

/// Whose candidates go.
public enum Forgettable: Sendable, Equatable {
    /// Those of one request, by its `x-request-id`.
    case requestID(String)
    /// Those whose metadata has this member with this value: everything of one customer.
    case metadata(String, String)

    /// Whether it is theirs.
    func covers(_ candidate: Candidate) -> Bool { Self.digests(of: candidate).contains(digest) }

    var digest: String {
        switch self {
        case .requestID(let id): Self.digest("request_id", id)
        case .metadata(let name, let value): Self.digest("metadata", name, value)
        }
    }

    /// Of all that a candidate is known by.
    fileprivate static func digests(of candidate: Candidate) -> [String] {
        var digests = [digest("request_id", candidate.requestID)]
        let metadata = candidate.metadata.flatMap { try? JSONTree.parse($0) }
        for member in metadata?.object ?? [] where member.value.array == nil && member.value.object == nil {
            let value = member.value.string ?? String(decoding: member.value.encode(), as: UTF8.self)
            digests.append(digest("metadata", member.name, value))
        }
        return digests
    }

    private static func digest(_ parts: String...) -> String {
        var hash = SHA256()
        for part in parts {
            hash.update(length: part.utf8.count)
            hash.update(part)
        }
        return hash.finish().hex
    }
}

/// The list, as it is in the store.
struct Forgotten: Sendable, Equatable {
    private static let kind = "forgotten"
    private static let id = "all"
    /// So long a candidate may be on its way.
    private static let lasts: Int64 = 30 * 86400 * 1_000_000

    /// When each was forgotten, by digest: what is younger is another matter.
    private var times: [String: WallTime] = [:]

    func covers(_ candidate: Candidate) -> Bool {
        guard !times.isEmpty else { return false }
        return Forgettable.digests(of: candidate).contains { times[$0].map { candidate.createdAt <= $0 } ?? false }
    }

    static func read(_ ledger: any Ledger) async throws(StoreError) -> Forgotten {
        guard let document = try await ledger.document(kind: kind, id: id) else { return Forgotten() }
        return Forgotten(json: document.json)
    }

    /// Adds somebody, and drops those of long ago.
    static func add(_ whom: Forgettable, at now: WallTime, to ledger: any Ledger) async throws(StoreError) {
        while true {
            let document = try await ledger.document(kind: kind, id: id)
            var list = document.map { Forgotten(json: $0.json) } ?? Forgotten()
            list.times = list.times.filter { now.microseconds - $0.value.microseconds < lasts }
            list.times[whom.digest] = now
            let written = try await ledger.put(
                kind: kind,
                id: id,
                route: nil,
                json: list.encode(),
                replacing: document?.revision ?? 0
            )
            // Somebody else has written meanwhile: with theirs, once more.
            if written != nil { return }
        }
    }

    init() {}

    private init(json: [UInt8]) {
        for member in (try? JSONTree.parse(json))?.object ?? [] {
            times[member.name] = member.value.string.flatMap { WallTime(rfc3339: $0) }
        }
    }

    private func encode() -> [UInt8] {
        let members = times.sorted { $0.key < $1.key }
        return JSONTree.object(members.map { .init(name: $0.key, value: .string($0.value.rfc3339)) }).encode()
    }
}
