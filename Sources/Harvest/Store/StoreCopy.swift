// Everything of one store into another: backup (into a SQLite file), restore (out of one) and move are all this.
//
//     both, in the order of ids:  (id, digest)   what is missing there, or has had other events   one page each, compared
//     candidate by candidate      record, then the events that are missing; the candidate becomes what all events say
//     documents, pins, audit log  what is missing, or newer here
//     at the end                  all of it read back, on both sides: counts and SHA-256 are the same, or it has failed
//
// The source is read in one transaction, so it is one moment of a store that goes on being written to. There is no
// state to resume from: what the target has already is found to be equal, and passed over. So after a kill, and to
// bring in what has arrived since, the same command is run again.
//
// Not copied: leases and drops. Both are about the next minutes; gateways that change their store start with empty
// caches. Clusters, tallies and the queue's order are made anew by the target, as for every candidate that comes in.

import Digest

/// Copies a store. Blocks; not for a loop.
public struct StoreCopy {
    private let source: any SQLDatabase
    private let target: any SQLDatabase
    /// Whether what the source no longer has leaves the target too: a backup follows, a store that is moved to may have
    /// more.
    private let mirrors: Bool
    private let progress: (Progress) -> Void

    public struct Progress: Sendable {
        public var looked: Int
        public var copied: Int
    }

    public struct Report: Sendable, Equatable {
        public var copied = 0
        public var removed = 0
        public var candidates = 0
        public var decisions = 0
        public var documents = 0
        /// Of all that was compared, in hexadecimal digits.
        public var digest = ""
    }

    /// Opens both; the target is made if it is missing.
    /// - Parameters:
    ///   - from, to: as `harvest.store` has them.
    public init(
        from: String,
        to: String,
        mirrors: Bool,
        progress: @escaping (Progress) -> Void = { _ in }
    ) throws(StoreError) {
        guard from != to else { throw .refused("both stores are the same") }
        source = try KnownStores.database(from, upgrading: false)
        target = try KnownStores.database(to, upgrading: true)
        self.mirrors = mirrors
        self.progress = progress
    }

    /// - Throws: `.broken` where both sides are not equal in the end.
    public func run() throws(StoreError) -> Report {
        defer {
            source.close()
            target.close()
        }
        return try source.read { sql in
            let tables = Tables(sql, FacetBook())
            var report = Report()
            try copyCandidates(tables, &report)
            try copyLedger(tables)
            let here = try Sums(tables, mirrors ? nil : tables)
            let there = try target.read { sql in try Sums(Tables(sql, FacetBook()), mirrors ? nil : tables) }
            guard here == there else {
                throw StoreError.broken(
                    "the copy is not equal: \(here) in \(source.place), \(there) in \(target.place)"
                )
            }
            report.candidates = here.candidates
            report.decisions = here.decisions
            report.documents = here.documents
            report.digest = here.digest
            return report
        }
    }

    // MARK: Candidates

    private static let page = 5000

    private func copyCandidates(_ tables: Tables, _ report: inout Report) throws {
        let book = FacetBook()
        var last = CandidateID(high: 0, low: 0)
        var looked = 0
        while true {
            let here = try tables.digests(after: last, limit: Self.page)
            // The page of the target ends where this one does.
            let end = here.count < Self.page ? nil : here.last?.id
            let there = try target.read { sql in
                try Tables(sql, FacetBook()).digests(after: last, upTo: end)
            }
            let known = Dictionary(uniqueKeysWithValues: there.map { ($0.id, $0.digest) })
            let missing = here.filter { known[$0.id] != $0.digest }.map(\.id)
            for part in missing.parts(of: 200) {
                try copy(Array(part), tables, book)
                report.copied += part.count
                progress(Progress(looked: looked, copied: report.copied))
            }
            if mirrors {
                let present = Set(here.map(\.id))
                let gone = there.map(\.id).filter { !present.contains($0) }
                if !gone.isEmpty {
                    try target.write { sql in
                        let there = Tables(sql, FacetBook())
                        _ = try there.delete(gone)
                        try there.settle()
                    }
                    report.removed += gone.count
                }
            }
            looked += here.count
            progress(Progress(looked: looked, copied: report.copied))
            guard let end else { return }
            last = end
        }
    }

    private func copy(_ ids: [CandidateID], _ tables: Tables, _ book: FacetBook) throws {
        let records = try tables.records(ids)
        let drafts = try records.map { record in Draft(try Candidate(json: record.text.utf8)) }
        var events: [(CandidateID, [StoredEvent])] = []
        for id in ids {
            let found = try tables.events(on: id)
            if !found.isEmpty { events.append((id, found)) }
        }
        var isFirst = true
        try target.write { sql in
            if !isFirst { book.forget() }
            isFirst = false
            let there = Tables(sql, book)
            _ = try there.keep(drafts)
            for (id, found) in events { try there.adopt(found, on: id) }
            try there.settle()
        }
        try target.sealPages()
    }

    // MARK: The rest

    private func copyLedger(_ tables: Tables) throws {
        let documents = try tables.documents(kind: nil, route: nil)
        let opinions = try tables.sql.rows("SELECT \(Tables.opinionColumns.joined(separator: ", ")) FROM opinions", [])
        let pins = try tables.sql.rows("SELECT candidate, document FROM pins", [])
        let events = try tables.sql.rows("SELECT id, at, who, what, route, detail FROM events ORDER BY id", [])
        try target.write { sql in
            let there = Tables(sql, FacetBook())
            for document in documents { try there.adopt(document) }
            if mirrors { try sql.change("DELETE FROM opinions", []) }
            for part in opinions.parts(of: 500) {
                try sql.insert(
                    into: "opinions",
                    Tables.opinionColumns,
                    part.map(\.values),
                    suffix: """
                        ON CONFLICT (candidate) DO UPDATE SET second = excluded.second,
                            second_reviewer = excluded.second_reviewer, second_mark = excluded.second_mark,
                            settled = excluded.settled
                        WHERE excluded.second IS NOT NULL AND (opinions.second IS NULL OR opinions.settled = 0)
                        """
                )
            }
            for part in pins.parts(of: 500) {
                let rows = part.map(\.values)
                try sql.insert(into: "pins", ["candidate", "document"], rows, suffix: "ON CONFLICT DO NOTHING")
            }
            for part in events.parts(of: 500) {
                try sql.insert(
                    into: "events",
                    ["id", "at", "who", "what", "route", "detail"],
                    part.map(\.values),
                    suffix: "ON CONFLICT DO NOTHING"
                )
            }
        }
    }

    // MARK: What is compared

    /// Counts and one digest over all texts: records, what was decided, documents.
    private struct Sums: Equatable, CustomStringConvertible {
        var candidates = 0
        var decisions = 0
        var documents = 0
        var digest = ""

        var description: String {
            "\(candidates) candidates, \(decisions) decisions, \(documents) documents, digest \(digest.prefix(16))"
        }

        /// - Parameter only: the store whose candidates and documents are looked at; nil: all there are.
        init(_ tables: Tables, _ only: Tables?) throws {
            var hash = SHA256()
            var last = CandidateID(high: 0, low: 0)
            while true {
                let ids = try (only ?? tables).digests(after: last, limit: 1000).map(\.id)
                guard let end = ids.last else { break }
                last = end
                for part in ids.parts(of: 200) {
                    for record in try tables.records(Array(part)) {
                        candidates += 1
                        hash.update(length: record.text.utf8.count)
                        hash.update(record.text)
                        // A store that is moved to may have gone on deciding.
                        guard only == nil else { continue }
                        hash.update(record.status)
                        hash.update(record.completion ?? "")
                    }
                    let events = try (only ?? tables).eventIDs(on: Array(part))
                    let found = Set(try tables.eventIDs(on: Array(part)))
                    for event in events where found.contains(event) {
                        decisions += 1
                        hash.update(event)
                    }
                }
            }
            let wanted = try (only ?? tables).documents(kind: nil, route: nil)
            for document in wanted.sorted(by: { ($0.kind, $0.id) < ($1.kind, $1.id) }) {
                guard let found = try tables.document(kind: document.kind, id: document.id) else { continue }
                documents += 1
                hash.update(found.json)
            }
            digest = hash.finish().hex
        }
    }
}

extension Tables {
    static let opinionColumns = [
        "candidate", "route", "first", "first_reviewer", "first_mark", "second", "second_reviewer", "second_mark",
        "settled",
    ]

    /// Ids in order, with what changes when anything about the candidate does.
    func digests(after: CandidateID, limit: Int) throws -> [(id: CandidateID, digest: Int64)] {
        try sql.rows(
            "SELECT id, digest FROM candidates WHERE id > ? ORDER BY id LIMIT \(limit)",
            [SQLValue(after)]
        ).map { row in (try row.id(0), try row.integer(1)) }
    }

    func digests(after: CandidateID, upTo end: CandidateID?) throws -> [(id: CandidateID, digest: Int64)] {
        var query = "SELECT id, digest FROM candidates WHERE id > ?"
        var values = [SQLValue(after)]
        if let end {
            query += " AND id <= ?"
            values.append(SQLValue(end))
        }
        return try sql.rows("\(query) ORDER BY id", values).map { row in (try row.id(0), try row.integer(1)) }
    }

    /// As they were kept, and what is decided on them, in the order of ids.
    func records(
        _ ids: [CandidateID]
    ) throws -> [(id: CandidateID, text: String, status: String, completion: String?)] {
        try sql.rows(
            """
            SELECT c.id, r.record, f.status, c.completion FROM candidates c
            JOIN records r ON r.id = c.id JOIN facets f ON f.number = c.facet
            WHERE c.id IN (\(places(ids.count))) ORDER BY c.id
            """,
            ids.map { SQLValue($0) }
        ).map { row in (try row.id(0), try row.text(1), try row.text(2), row.optionalText(3)) }
    }

    func eventIDs(on ids: [CandidateID]) throws -> [String] {
        try sql.rows(
            "SELECT id FROM decisions WHERE candidate IN (\(places(ids.count))) ORDER BY candidate, id",
            ids.map { SQLValue($0) }
        ).map { try $0.text(0) }
    }
}
