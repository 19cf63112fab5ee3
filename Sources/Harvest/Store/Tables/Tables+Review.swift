// What a reviewer says, with all that hangs on it: the lease ends, the cluster goes along, a second opinion is asked
// for or compared, and all of it can be taken back.

extension Tables {
    func review(_ decision: Decision, on ids: [CandidateID]) throws -> Reviewed? {
        guard let reviewer = decision.reviewer, !reviewer.isEmpty else {
            throw StoreError.refused("reviewer: whoever decides has a name")
        }
        guard let id = ids.first else { throw StoreError.refused("ids: nothing to decide on") }
        guard Set(ids).count == ids.count, ids.count <= Self.fullCluster else {
            throw StoreError.refused("ids: at most \(Self.fullCluster), each once")
        }
        let (held, other) = try holding(id, by: reviewer)
        let purpose = held ?? .review
        guard ids.count == 1 || (decision.verb != .edit && purpose == .review) else {
            throw StoreError.refused("ids: only one candidate at a time can be decided on so")
        }
        guard var row = try row(of: id) else { return nil }
        if held == nil {
            if let other, Self.undecided.contains(row.candidate.status) {
                throw StoreError.refused("\(other) is deciding on this candidate just now")
            }
            if try stands(on: id, by: "d.reviewer <> ?", reviewer), try !stands(on: id, by: "d.reviewer = ?", reviewer),
                try !isConflict(id)
            {
                throw StoreError.refused("somebody else has decided on this candidate meanwhile")
            }
        }
        let stored = try decide(decision, on: &row, purpose: purpose)
        var drops = drop(of: row.candidate, after: stored)
        try opine(stored, on: row.candidate)
        for member in ids.dropFirst().sorted() {
            guard var along = try self.row(of: member) else { continue }
            guard let cluster = row.cluster, along.cluster == cluster else {
                throw StoreError.refused("ids: \(member) is not of the cluster of \(id)")
            }
            // Somebody was quicker, or it has no such answer: it stays as it is.
            guard along.candidate.status == .new, (try? decision.outcome(for: along.candidate)) != nil else { continue }
            let event = try decide(decision, on: &along, along: stored.event.id)
            drops += drop(of: along.candidate, after: event)
        }
        if let cluster = row.cluster, purpose == .review { try lead(cluster) }
        try release(ids, reviewer: reviewer)
        return Reviewed(
            events: [stored.event],
            candidate: row.candidate,
            drops: drops,
            agrees: stored.agrees
        )
    }

    private func drop(of candidate: Candidate, after stored: StoredEvent) -> [String] {
        let rejects = stored.event.decision.verb == .reject || stored.event.decision.verb == .edit
        guard rejects, stored.event.purpose == .review, let key = candidate.cacheKey else { return [] }
        return [key]
    }

    // MARK: Second opinions

    /// One in twenty, by the id: the same for every reviewer and every gateway.
    static func asksForSecondOpinion(_ id: CandidateID) -> Bool {
        mix(id.low ^ 0x6f76_6572_6c61_7073) % 20 == 0
    }

    /// A decision by a named reviewer, for agreement between reviewers.
    func opine(_ stored: StoredEvent, on candidate: Candidate) throws {
        let event = stored.event
        guard let reviewer = event.decision.reviewer, !event.byCluster, event.decision.verb != .skip else { return }
        var asShown = candidate
        asShown.status = event.from
        let outcome = try event.decision.outcome(for: asShown)
        let mark = Opinion(outcome, candidate).mark
        switch event.purpose {
        case .known: return
        case .overlap:
            try sql.change(
                """
                UPDATE opinions SET second = ?, second_reviewer = ?, second_mark = ?
                WHERE candidate = ? AND second IS NULL AND first_reviewer <> ?
                """,
                [SQLValue(event.id), .text(reviewer), .text(mark), SQLValue(candidate.id), .text(reviewer)]
            )
        case .review:
            // Whoever decides on one with two opinions has settled it.
            let settled = try sql.change(
                "UPDATE opinions SET settled = 1 WHERE candidate = ? AND second IS NOT NULL",
                [SQLValue(candidate.id)]
            )
            guard settled == 0, Self.asksForSecondOpinion(candidate.id) else { return }
            try sql.insert(
                into: "opinions",
                ["candidate", "route", "first", "first_reviewer", "first_mark", "settled"],
                [
                    [
                        SQLValue(candidate.id), .text(candidate.route), SQLValue(event.id), .text(reviewer),
                        .text(mark), 0,
                    ]
                ],
                suffix: """
                    ON CONFLICT (candidate) DO UPDATE SET first = excluded.first,
                        first_reviewer = excluded.first_reviewer, first_mark = excluded.first_mark
                    """
            )
        }
    }

    /// A decision that counts, was not taken back, and says something.
    private func stands(on id: CandidateID, by whom: String, _ reviewer: String) throws -> Bool {
        let query = """
            SELECT 1 FROM decisions d WHERE d.candidate = ? AND \(whom) AND d.purpose = 'review' AND d.verb <> 'skip'
                AND d.undoes IS NULL AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.undoes = d.id) LIMIT 1
            """
        return try sql.row(query, [SQLValue(id), .text(reviewer)]) != nil
    }

    /// Two opinions that differ, and nobody has settled it.
    private func isConflict(_ id: CandidateID) throws -> Bool {
        let query = "SELECT 1 FROM opinions WHERE candidate = ? AND second_mark <> first_mark AND settled = 0"
        return try sql.row(query, [SQLValue(id)]) != nil
    }

    /// After an event was taken back: the opinions are those of the events that stand.
    private func unopine(_ undone: DecisionEvent) throws {
        let (event, candidate) = (SQLValue(undone.id), SQLValue(undone.candidate))
        try sql.change(
            "UPDATE opinions SET second = NULL, second_reviewer = NULL, second_mark = NULL WHERE second = ?",
            [event]
        )
        let reviews = try sql.rows(
            """
            SELECT \(Self.eventList) FROM decisions d
            WHERE d.candidate = ? AND d.purpose = 'review' AND d.by_cluster = 0 AND d.undoes IS NULL
                AND d.verb <> 'skip' AND d.reviewer IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.undoes = d.id)
            ORDER BY d.number DESC
            """,
            [candidate]
        ).map { try Self.event($0).event }
        // Who has decided since the second opinion came has settled it.
        let settles = "SELECT d.number FROM decisions d WHERE d.id = ?"
        if let latest = reviews.first {
            try sql.change(
                """
                UPDATE opinions SET settled = 0 WHERE candidate = ? AND second IS NOT NULL
                    AND (\(settles)) < (SELECT d.number FROM decisions d WHERE d.id = opinions.second)
                """,
                [candidate, SQLValue(latest.id)]
            )
        }
        guard try sql.row("SELECT 1 FROM opinions WHERE first = ?", [event]) != nil else { return }
        guard let before = reviews.first, let reviewer = before.decision.reviewer,
            var asShown = try self.candidate(undone.candidate)
        else {
            try sql.change("DELETE FROM opinions WHERE first = ?", [event])
            return
        }
        asShown.status = before.from
        let mark = Opinion(try before.decision.outcome(for: asShown), asShown).mark
        try sql.change(
            "UPDATE opinions SET first = ?, first_reviewer = ?, first_mark = ? WHERE first = ?",
            [SQLValue(before.id), .text(reviewer), .text(mark), event]
        )
    }

    // MARK: Undo and history

    private static let standing = """
        d.reviewer = ? AND d.by_cluster = 0 AND d.undoes IS NULL
        AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.undoes = d.id)
        """

    func undo(reviewer: String) throws -> [DecisionEvent] {
        let latest = try sql.row(
            "SELECT \(Self.eventList) FROM decisions d WHERE \(Self.standing) ORDER BY d.number DESC LIMIT 1",
            [.text(reviewer)]
        )
        guard let latest = try latest.map({ try Self.event($0) }) else { return [] }
        guard let first = try takeBack(latest, along: nil) else { return [] }
        try unopine(latest.event)
        var undone = [first.event]
        let along = try sql.rows(
            "SELECT \(Self.eventList) FROM decisions d WHERE d.review = ? AND d.by_cluster = 1 ORDER BY d.candidate",
            [SQLValue(latest.event.id)]
        )
        for row in along {
            guard let undo = try takeBack(Self.event(row), along: first.event.id) else { continue }
            undone.append(undo.event)
        }
        let cluster = try sql.row("SELECT cluster FROM candidates WHERE id = ?", [SQLValue(first.event.candidate)])
        if latest.event.purpose == .review, let cluster = cluster?.optionalText(0).flatMap({ CandidateID($0) }) {
            try lead(cluster, preferring: first.event.candidate)
        }
        // Whoever takes a decision back wants to make it again.
        let shown = Shown(id: first.event.candidate, purpose: latest.event.purpose, draw: .value)
        _ = try lease(shown, to: reviewer, until: WallTime(microseconds: try now().microseconds + 300_000_000))
        return undone
    }

    func history(reviewer: String, limit: Int) throws -> [ReviewedItem] {
        let rows = try sql.rows(
            """
            SELECT \(Self.eventList),
                (SELECT count(*) FROM decisions b WHERE b.review = d.id AND b.by_cluster = 1),
                (SELECT count(*) FROM decisions u WHERE u.undoes = d.id),
                (SELECT r.record FROM records r WHERE r.id = d.candidate)
            FROM decisions d WHERE d.reviewer = ? AND d.by_cluster = 0 AND d.undoes IS NULL
            ORDER BY d.number DESC LIMIT \(min(1000, max(0, limit)))
            """,
            [.text(reviewer)]
        )
        return try rows.map { row in
            ReviewedItem(
                event: try Self.event(row).event,
                alsoByCluster: try row.number(Self.eventCount),
                isUndone: try row.number(Self.eventCount + 1) > 0,
                input: Self.beginning(row.optionalText(Self.eventCount + 2))
            )
        }
    }

    /// Of the record's input.
    static func beginning(_ record: String?) -> String {
        let candidate = record.flatMap { try? Candidate(json: $0.utf8) }
        return String((candidate?.input ?? "").prefix(200))
    }
}
