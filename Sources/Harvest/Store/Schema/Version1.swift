// Schema version 1: what the first release kept, in SQLite only.

enum Version1 {
    /// For tests: a file as the first release left it.
    static let tables = """
        CREATE TABLE candidates (
            id TEXT NOT NULL UNIQUE,
            created_at INTEGER NOT NULL,
            route TEXT NOT NULL,
            environment TEXT NOT NULL,
            contract TEXT NOT NULL,
            version TEXT,
            source TEXT NOT NULL,
            reason TEXT NOT NULL,
            status TEXT NOT NULL,
            completion TEXT,
            cache_key TEXT,
            record TEXT NOT NULL
        );
        CREATE INDEX candidates_route ON candidates (route, status, id);
        CREATE INDEX candidates_status ON candidates (status, id);
        CREATE INDEX candidates_reason ON candidates (route, reason, id);
        CREATE INDEX candidates_time ON candidates (created_at);
        CREATE TABLE decisions (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            candidate TEXT NOT NULL REFERENCES candidates (id),
            at INTEGER NOT NULL,
            decision TEXT NOT NULL,
            choice TEXT,
            completion TEXT,
            reviewer TEXT,
            note TEXT,
            status_before TEXT NOT NULL,
            status_after TEXT NOT NULL
        );
        CREATE INDEX decisions_candidate ON decisions (candidate, number);
        """

    /// Makes room for the names that the next version uses, too.
    static func putAside(_ sql: any SQLConnection) throws {
        try sql.script(
            """
            ALTER TABLE candidates RENAME TO candidates_1;
            ALTER TABLE decisions RENAME TO decisions_1;
            DROP INDEX candidates_time;
            DROP INDEX decisions_candidate;
            CREATE INDEX decisions_1_candidate ON decisions_1 (candidate, number);
            """
        )
    }

    /// Everything that was put aside, through today's door; then the old tables go.
    static func carryOver(_ sql: any SQLConnection) throws {
        let tables = Tables(sql, FacetBook())
        var last = ""
        while true {
            let rows = try sql.rows(
                "SELECT id, record FROM candidates_1 WHERE id > ? ORDER BY id LIMIT 500",
                [.text(last)]
            )
            guard let end = try rows.last?.text(0) else { break }
            last = end
            let candidates = try rows.map { row in try Candidate(json: row.text(1).utf8) }
            _ = try tables.keep(candidates.map(Draft.init))
            for candidate in candidates { try carryDecisions(of: candidate, tables) }
            try tables.settle()
        }
        try sql.script("DROP TABLE decisions_1; DROP TABLE candidates_1;")
    }

    private static func carryDecisions(of candidate: Candidate, _ tables: Tables) throws {
        let rows = try tables.sql.rows(
            """
            SELECT at, decision, choice, completion, reviewer, note, status_before, status_after
            FROM decisions_1 WHERE candidate = ? ORDER BY number
            """,
            [SQLValue(candidate.id)]
        )
        var source = CandidateID.Source()
        var events: [StoredEvent] = []
        for row in rows {
            let decision = Decision(
                try row.word(1),
                choice: row.optionalText(2).flatMap(Decision.Choice.init),
                completion: row.optionalText(3),
                reviewer: row.optionalText(4),
                note: row.optionalText(5)
            )
            let id = source.next(at: try row.time(0))
            let event = DecisionEvent(
                id: id,
                candidate: candidate.id,
                at: try row.time(0),
                decision: decision,
                from: try row.word(6),
                to: try row.word(7),
                purpose: .review,
                byCluster: false,
                afterReveal: false,
                undoes: nil,
                review: id
            )
            var asShown = candidate
            asShown.status = event.from
            events.append(
                StoredEvent(
                    event: event,
                    route: candidate.route,
                    result: try decision.outcome(for: asShown).completion,
                    agrees: nil
                )
            )
        }
        try tables.adopt(events, on: candidate.id)
    }
}
