// Documents, named leases, drops and the audit log.

import Loop

extension Tables {
    // MARK: Documents

    func put(kind: String, id: String, route: String?, json: [UInt8], replacing revision: Int) throws -> Int? {
        let text = String(decoding: json, as: UTF8.self)
        let changed: Int
        if revision == 0 {
            changed = try sql.change(
                """
                INSERT INTO documents (kind, id, route, json, revision, written_at) VALUES (?, ?, ?, ?, 1, ?)
                ON CONFLICT (kind, id) DO NOTHING
                """,
                [.text(kind), .text(id), SQLValue(route), .text(text), SQLValue(try now())]
            )
        } else {
            changed = try sql.change(
                """
                UPDATE documents SET route = ?, json = ?, revision = revision + 1, written_at = ?
                WHERE kind = ? AND id = ? AND revision = ?
                """,
                [
                    SQLValue(route), .text(text), SQLValue(try now()), .text(kind), .text(id), SQLValue(revision),
                ]
            )
        }
        return changed > 0 ? revision + 1 : nil
    }

    /// One that was written elsewhere, as it is there; an older revision than the one here is passed over.
    func adopt(_ document: LedgerDocument) throws {
        try sql.change(
            """
            INSERT INTO documents (kind, id, route, json, revision, written_at) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (kind, id) DO UPDATE SET route = excluded.route, json = excluded.json,
                revision = excluded.revision, written_at = excluded.written_at
            WHERE documents.revision < excluded.revision
            """,
            [
                .text(document.kind), .text(document.id), SQLValue(document.route),
                .text(String(decoding: document.json, as: UTF8.self)), SQLValue(document.revision),
                SQLValue(document.writtenAt),
            ]
        )
    }

    private static let documentColumns = "kind, id, route, json, revision, written_at"

    private static func document(_ row: SQLRow) throws -> LedgerDocument {
        LedgerDocument(
            kind: try row.text(0),
            id: try row.text(1),
            route: row.optionalText(2),
            json: Array(try row.text(3).utf8),
            revision: try row.number(4),
            writtenAt: try row.time(5)
        )
    }

    func document(kind: String, id: String) throws -> LedgerDocument? {
        try sql.row(
            "SELECT \(Self.documentColumns) FROM documents WHERE kind = ? AND id = ?",
            [.text(kind), .text(id)]
        ).map(Self.document)
    }

    func documents(kind: String?, route: String?) throws -> [LedgerDocument] {
        var query = "SELECT \(Self.documentColumns) FROM documents WHERE 1 = 1"
        var values: [SQLValue] = []
        if let kind {
            query += " AND kind = ?"
            values.append(.text(kind))
        }
        if let route {
            query += " AND route = ?"
            values.append(.text(route))
        }
        query += " ORDER BY written_at DESC, kind, id \(sql.dialect.byBytes)"
        return try sql.rows(query, values).map(Self.document)
    }

    func pin(_ ids: [CandidateID], to document: String) throws {
        for part in ids.parts(of: 500) {
            try sql.insert(
                into: "pins",
                ["candidate", "document"],
                part.map { [SQLValue($0), .text(document)] },
                suffix: "ON CONFLICT DO NOTHING"
            )
        }
    }

    func unpin(document: String) throws {
        try sql.change("DELETE FROM pins WHERE document = ?", [.text(document)])
    }

    // MARK: Leases

    func acquire(lease name: String, holder: String, for time: Duration) throws -> Bool {
        let now = try now()
        let expires = WallTime(microseconds: now.microseconds + time.nanoseconds / 1000)
        return try sql.change(
            """
            INSERT INTO named_leases (name, holder, expires) VALUES (?, ?, ?)
            ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires = excluded.expires
            WHERE named_leases.expires <= ? OR named_leases.holder = excluded.holder
            """,
            [.text(name), .text(holder), SQLValue(expires), SQLValue(now)]
        ) > 0
    }

    func release(lease name: String, holder: String) throws {
        try sql.change("DELETE FROM named_leases WHERE name = ? AND holder = ?", [.text(name), .text(holder)])
    }

    // MARK: Drops

    func addDrop(_ cacheKey: String) {
        drops.append(cacheKey)
    }

    func settleDrops() throws {
        guard !drops.isEmpty else { return }
        if let wait = sql.dialect.oneAtATime(.drops) { _ = try sql.rows(wait, []) }
        let now = SQLValue(try now())
        try sql.insert(into: "drops", ["cache_key", "at"], drops.map { [.text($0), now] })
        drops.removeAll()
    }

    func drops(after number: Int) throws -> [Drop] {
        try sql.rows(
            "SELECT number, cache_key FROM drops WHERE number > ? ORDER BY number LIMIT 1000",
            [SQLValue(number)]
        ).map { row in Drop(number: try row.number(0), cacheKey: try row.text(1)) }
    }

    func latestDrop() throws -> Int {
        try sql.number("SELECT coalesce(max(number), 0) FROM drops", [])
    }

    // MARK: The audit log

    func add(_ event: LedgerEvent, id: CandidateID = .next()) throws {
        try sql.insert(
            into: "events",
            ["id", "at", "who", "what", "route", "detail"],
            [
                [
                    SQLValue(id), SQLValue(event.at), .text(event.who), .text(event.what), SQLValue(event.route),
                    SQLValue(event.detail.map { String(decoding: $0, as: UTF8.self) }),
                ]
            ],
            suffix: "ON CONFLICT (id) DO NOTHING"
        )
    }

    /// Newest first.
    func events(limit: Int) throws -> [LedgerEvent] {
        try sql.rows(
            """
            SELECT at, who, what, route, detail FROM events ORDER BY at DESC, number DESC
            LIMIT \(min(1000, max(0, limit)))
            """,
            []
        ).map { row in
            LedgerEvent(
                at: try row.time(0),
                who: try row.text(1),
                what: try row.text(2),
                route: row.optionalText(3),
                detail: row.optionalText(4).map { Array($0.utf8) }
            )
        }
    }
}
