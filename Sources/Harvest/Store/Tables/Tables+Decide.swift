// Decisions: events that are only ever added, and what they make of a candidate.
//
// A candidate shows the latest `review` event that was not taken back; without one, what it came with. Its status is
// therefore never a fact of its own: `restate` works it out from the events, after an undo and after a move from
// another store alike.

import Digest

/// An event with what only the store knows of it.
struct StoredEvent: Equatable {
    var event: DecisionEvent
    var route: String
    /// The completion it makes: what training uses instead of large's answer; nil: that stands.
    var result: String?
    /// Of a known answer.
    var agrees: Bool?
}

/// A candidate's row, read to be changed.
struct DecidedRow {
    let number: Int64
    let size: Int
    var facetNumber: Int64
    var facet: Facet
    var createdAt: WallTime
    var digest: Int64
    var cluster: CandidateID?
    var leads: Bool
    /// As it is now.
    var candidate: Candidate
}

extension Tables {
    /// The row, locked until the transaction ends.
    func row(of id: CandidateID) throws -> DecidedRow? {
        try lockCandidates("c.id = ?", [SQLValue(id)])
        let facet = Facet.columns.map { "f.\($0)" }.joined(separator: ", ")
        let row = try sql.row(
            """
            SELECT c.facet, c.created_at, c.digest, c.cluster, c.leads, r.record, c.completion, f.status, c.number,
                c.size, \(facet)
            FROM candidates c JOIN records r ON r.id = c.id JOIN facets f ON f.number = c.facet
            WHERE c.id = ?
            """,
            [SQLValue(id)]
        )
        guard let row else { return nil }
        return DecidedRow(
            number: try row.integer(8),
            size: try row.number(9),
            facetNumber: try row.integer(0),
            facet: try Facet(row, from: 10),
            createdAt: try row.time(1),
            digest: try row.integer(2),
            cluster: row.optionalText(3).flatMap { CandidateID($0) },
            leads: try row.flag(4),
            candidate: try Self.candidate(row, from: 5)
        )
    }

    /// Adds a decision, and changes the candidate where it counts. Whoever calls leads the cluster afterwards.
    /// - Parameter review: the event of what was shown, where this goes along with it.
    func decide(
        _ decision: Decision,
        on row: inout DecidedRow,
        purpose: ReviewPurpose = .review,
        along review: CandidateID? = nil
    ) throws -> StoredEvent {
        let candidate = row.candidate
        let outcome = try decision.outcome(for: candidate)
        let id = CandidateID.next()
        let counts = purpose == .review
        let event = DecisionEvent(
            id: id,
            candidate: candidate.id,
            at: try now(),
            decision: decision,
            from: candidate.status,
            to: counts ? outcome.status : candidate.status,
            purpose: purpose,
            byCluster: review != nil,
            afterReveal: try counts && hasDecided(decision.reviewer, on: candidate.id),
            undoes: nil,
            review: review ?? id
        )
        let stored = StoredEvent(
            event: event,
            route: candidate.route,
            result: outcome.completion,
            // Who skips says nothing.
            agrees: purpose == .known && decision.verb != .skip
                ? Opinion(outcome, candidate) == Opinion(candidate) : nil
        )
        try add(stored)
        row.digest ^= Draft.mark(of: id)
        if counts {
            try restate(&row, status: outcome.status, completion: outcome.completion)
            if decision.verb == .reject || decision.verb == .edit, let key = candidate.cacheKey { addDrop(key) }
        } else {
            try write(digest: row.digest, of: candidate.id)
        }
        return stored
    }

    private func hasDecided(_ reviewer: String?, on id: CandidateID) throws -> Bool {
        guard let reviewer else { return false }
        let query = "SELECT 1 FROM decisions WHERE candidate = ? AND reviewer = ? LIMIT 1"
        return try sql.row(query, [SQLValue(id), .text(reviewer)]) != nil
    }

    private func write(digest: Int64, of id: CandidateID) throws {
        try sql.change("UPDATE candidates SET digest = ? WHERE id = ?", [.integer(digest), SQLValue(id)])
    }

    /// Gives the candidate another status and completion. One that becomes `new` leads where it has no cluster; where
    /// it has one, `lead` decides.
    func restate(_ row: inout DecidedRow, status: Candidate.Status, completion: String?) throws {
        let candidate = row.candidate
        var facet = row.facet
        facet.status = status
        let number = try book.number(of: facet, sql)
        let leads = row.cluster == nil ? status == .new : row.leads && status == .new
        try sql.change(
            "UPDATE candidates SET facet = ?, completion = ?, leads = ?, digest = ? WHERE id = ?",
            [
                .integer(number), SQLValue(completion.map(JSONText.of)), SQLValue(leads), .integer(row.digest),
                SQLValue(candidate.id),
            ]
        )
        repost(row.number, from: row.facetNumber, to: number)
        tally(row.facetNumber, row.createdAt, count: -1, bytes: -row.size, leaders: row.leads ? -1 : 0)
        tally(number, row.createdAt, count: 1, bytes: row.size, leaders: leads ? 1 : 0)
        row.facetNumber = number
        row.facet = facet
        row.leads = leads
        row.candidate.status = status
        row.candidate.completion = completion
    }

    /// What the events say the candidate is.
    /// - Parameter leavingOut: one that is about to be taken back.
    func restate(_ row: inout DecidedRow, leavingOut: CandidateID? = nil) throws {
        let latest = try sql.row(
            """
            SELECT d.status_after, d.result FROM decisions d
            WHERE d.candidate = ? AND d.purpose = 'review' AND d.undoes IS NULL AND d.id <> ?
                AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.undoes = d.id)
            ORDER BY d.at DESC, d.id DESC LIMIT 1
            """,
            // An event's id is never a candidate's.
            [SQLValue(row.candidate.id), SQLValue(leavingOut ?? row.candidate.id)]
        )
        if let latest {
            try restate(&row, status: latest.word(0), completion: JSONText.text(latest.optionalText(1)))
        } else {
            let record = try sql.row("SELECT record FROM records WHERE id = ?", [SQLValue(row.candidate.id)])
            guard let first = try record.map({ try Candidate(json: $0.text(0).utf8) }) else { return }
            try restate(&row, status: first.status, completion: first.completion)
        }
    }

    // MARK: Events

    private static let eventColumns = [
        "id", "candidate", "route", "at", "verb", "choice", "completion", "reviewer", "note", "status_before",
        "status_after", "result", "purpose", "by_cluster", "after_reveal", "undoes", "review", "agrees",
    ]

    /// For statements in which decisions are `d`.
    static let eventList = eventColumns.map { "d.\($0)" }.joined(separator: ", ")
    static let eventCount = eventColumns.count

    func add(_ stored: StoredEvent) throws {
        let event = stored.event
        try sql.insert(
            into: "decisions",
            Self.eventColumns,
            [
                [
                    SQLValue(event.id), SQLValue(event.candidate), .text(stored.route), SQLValue(event.at),
                    .text(event.decision.verb.rawValue), SQLValue(event.decision.choice?.rawValue),
                    SQLValue(event.decision.completion.map(JSONText.of)), SQLValue(event.decision.reviewer),
                    SQLValue(event.decision.note.map(JSONText.of)), .text(event.from.rawValue),
                    .text(event.to.rawValue),
                    SQLValue(stored.result.map(JSONText.of)), .text(event.purpose.rawValue),
                    SQLValue(event.byCluster), SQLValue(event.afterReveal), SQLValue(event.undoes),
                    SQLValue(event.review), stored.agrees.map { SQLValue($0) } ?? .null,
                ]
            ]
        )
    }

    /// - Parameter first: where `eventList` begins in the row.
    static func event(_ row: SQLRow, from first: Int = 0) throws -> StoredEvent {
        let event = DecisionEvent(
            id: try row.id(first),
            candidate: try row.id(first + 1),
            at: try row.time(first + 3),
            decision: Decision(
                try row.word(first + 4),
                choice: row.optionalText(first + 5).flatMap(Decision.Choice.init),
                completion: try JSONText.text(row.optionalText(first + 6)),
                reviewer: row.optionalText(first + 7),
                note: try JSONText.text(row.optionalText(first + 8))
            ),
            from: try row.word(first + 9),
            to: try row.word(first + 10),
            purpose: try row.word(first + 12),
            byCluster: try row.flag(first + 13),
            afterReveal: try row.flag(first + 14),
            undoes: row.optionalText(first + 15).flatMap { CandidateID($0) },
            review: try row.id(first + 16)
        )
        return StoredEvent(
            event: event,
            route: try row.text(first + 2),
            result: try JSONText.text(row.optionalText(first + 11)),
            agrees: row.optionalInteger(first + 17).map { $0 != 0 }
        )
    }

    func events(on id: CandidateID) throws -> [StoredEvent] {
        try sql.rows(
            "SELECT \(Self.eventList) FROM decisions d WHERE d.candidate = ? ORDER BY d.at, d.id",
            [SQLValue(id)]
        ).map { try Self.event($0) }
    }

    /// Events that were made elsewhere: those that are not here yet are added, and the candidate becomes what all of
    /// them say.
    func adopt(_ events: [StoredEvent], on id: CandidateID) throws {
        guard !events.isEmpty, var row = try row(of: id) else { return }
        let known = Set(try self.events(on: id).map(\.event.id))
        let new = events.filter { !known.contains($0.event.id) }
        guard !new.isEmpty else { return }
        for event in new {
            try add(event)
            row.digest ^= Draft.mark(of: event.event.id)
        }
        try restate(&row)
        if let cluster = row.cluster { try lead(cluster) }
    }

    // MARK: Taking back

    /// Takes back one decision: adds the event that says so, and restates the candidate.
    func takeBack(_ stored: StoredEvent, along review: CandidateID?) throws -> StoredEvent? {
        guard var row = try row(of: stored.event.candidate) else { return nil }
        let before = row.candidate.status
        let id = CandidateID.next()
        var undo = stored
        undo.event.id = id
        undo.event.at = try now()
        undo.event.undoes = stored.event.id
        undo.event.from = before
        undo.event.to = before
        undo.event.review = review ?? id
        undo.agrees = nil
        undo.result = nil
        row.digest ^= Draft.mark(of: id)
        if stored.event.purpose == .review {
            try restate(&row, leavingOut: stored.event.id)
            undo.event.to = row.candidate.status
        } else {
            try write(digest: row.digest, of: row.candidate.id)
        }
        try add(undo)
        return undo
    }
}

/// What a decision comes to, so that two can be compared: for agreement with known answers and between reviewers.
enum Opinion: Equatable {
    case large
    case small
    case rejected
    /// With a text of its own.
    case other(String)
    /// None.
    case skipped

    /// - Parameter outcome: of a decision on the candidate.
    init(_ outcome: (status: Candidate.Status, completion: String?), _ candidate: Candidate) {
        switch outcome.status {
        case .rejected: self = .rejected
        case .accepted, .edited:
            let large = Self.text(candidate.large)
            guard let completion = outcome.completion?.trimmed, completion != large else {
                self = .large
                return
            }
            self = completion == Self.text(candidate.small) ? .small : .other(completion)
        case .new, .skipped, .incomplete, .audited: self = .skipped
        }
    }

    /// What was decided on it.
    init(_ candidate: Candidate) {
        self.init((candidate.status, candidate.completion), candidate)
    }

    private static func text(_ answer: Candidate.Answer?) -> String? {
        answer.flatMap(ChosenAnswer.init)?.text?.trimmed
    }

    /// As it is stored: equal where the opinions are, and without a text.
    var mark: String {
        switch self {
        case .large: "large"
        case .small: "small"
        case .rejected: "rejected"
        case .skipped: "skipped"
        case .other(let text): "other:\(SHA256.digest(of: text).hex(digits: 16))"
        }
    }
}
