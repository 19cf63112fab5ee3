// Who is shown what next.
//
// A lease says that a reviewer holds an item, and what for; a slot lets some be held by several:
//
//     slot `review`       one reviewer at a time
//     slot `overlap`      the second opinion: one reviewer at a time
//     slot `known:NAME`   a known answer: any number of reviewers
//
// Each place of a reviewer's row of items is drawn by itself, from `seed`, the reviewer and the place's number: 3 % a
// known answer, 10 % a second opinion (5 % of what is decided asks for one; twice that lets a reviewer catch up), 20 %
// the next of the holdout, 10 % of the rest at random, the others by value. What is not there gives way to the next in
// this order, and at the queue's end second opinions are what is left to do.

import Loop

extension Tables {
    func take(
        _ filter: CandidateFilter,
        reviewer: String,
        count: Int,
        leaseFor: Duration,
        seed: UInt64
    ) throws -> [ReviewItem] {
        let count = min(100, max(0, count))
        let until = WallTime(microseconds: try now().microseconds + leaseFor.nanoseconds / 1000)
        let queue = try Queue(filter, self)
        var held = try self.held(by: reviewer, queue, until: until)
        if held.count > count { held.removeLast(held.count - count) }
        var place = try sql.number(
            "SELECT count(*) FROM decisions WHERE reviewer = ? AND by_cluster = 0 AND undoes IS NULL",
            [.text(reviewer)]
        )
        place += held.count
        var byValue = try queue.byValue(limit: count - held.count + 8, self)[...]
        while held.count < count {
            var draw = Draws(seed: seed, reviewer: reviewer, place: place)
            guard let next = try self.next(&draw, &byValue, queue, filter, reviewer) else { break }
            place += 1
            if try lease(next, to: reviewer, until: until) { held.append(next) }
        }
        return try items(held, until: until)
    }

    /// Something to show, before it is an item.
    struct Shown {
        var id: CandidateID
        var purpose: ReviewPurpose
        var draw: ReviewItem.Draw
    }

    // MARK: Leases

    private func held(by reviewer: String, _ queue: Queue, until: WallTime) throws -> [Shown] {
        let now = try now()
        let rows = try sql.rows(
            """
            SELECT l.candidate, l.slot, l.draw, c.facet, f.status FROM leases l
            JOIN candidates c ON c.id = l.candidate JOIN facets f ON f.number = c.facet
            WHERE l.reviewer = ? AND l.expires > ? ORDER BY l.taken, l.candidate
            """,
            [.text(reviewer), SQLValue(now)]
        )
        var held: [Shown] = []
        for row in rows {
            let purpose = try Self.purpose(row.text(1))
            let isStillDue = try purpose != .review || Self.undecided.contains(row.word(4))
            guard isStillDue, try queue.concerns(row.integer(3)) else { continue }
            held.append(Shown(id: try row.id(0), purpose: purpose, draw: try row.word(2)))
        }
        for shown in held {
            try sql.change(
                "UPDATE leases SET expires = ? WHERE candidate = ? AND slot = ? AND reviewer = ?",
                [
                    SQLValue(until), SQLValue(shown.id), .text(Self.slot(shown.purpose, reviewer)), .text(reviewer),
                ]
            )
        }
        return held
    }

    static func slot(_ purpose: ReviewPurpose, _ reviewer: String) -> String {
        purpose == .known ? "known:\(reviewer)" : purpose.rawValue
    }

    private static func purpose(_ slot: String) -> ReviewPurpose {
        slot.hasPrefix("known:") ? .known : ReviewPurpose(rawValue: slot) ?? .review
    }

    /// - Returns: false where somebody else was quicker.
    func lease(_ shown: Shown, to reviewer: String, until: WallTime) throws -> Bool {
        // In the order they are given: what is asked for again comes in that order.
        let taken = try now().milliseconds * 1000 + leased
        leased += 1
        let changed = try sql.change(
            """
            INSERT INTO leases (candidate, slot, reviewer, draw, taken, expires) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (candidate, slot) DO UPDATE SET reviewer = excluded.reviewer, draw = excluded.draw,
                taken = excluded.taken, expires = excluded.expires
            WHERE leases.expires <= ? OR leases.reviewer = excluded.reviewer
            """,
            [
                SQLValue(shown.id), .text(Self.slot(shown.purpose, reviewer)), .text(reviewer),
                .text(shown.draw.rawValue), .integer(taken), SQLValue(until), SQLValue(try now()),
            ]
        )
        return changed > 0
    }

    func release(_ ids: [CandidateID]?, reviewer: String) throws {
        guard let ids else {
            try sql.change("DELETE FROM leases WHERE reviewer = ?", [.text(reviewer)])
            return
        }
        for part in ids.parts(of: 500) {
            try sql.change(
                "DELETE FROM leases WHERE reviewer = ? AND candidate IN (\(places(part.count)))",
                [.text(reviewer)] + part.map { SQLValue($0) }
            )
        }
    }

    /// What the reviewer was shown it for, nil where the reviewer does not hold it (any more); and who else holds it for
    /// review.
    func holding(_ id: CandidateID, by reviewer: String) throws -> (purpose: ReviewPurpose?, other: String?) {
        let rows = try sql.rows(
            "SELECT slot, reviewer, expires FROM leases WHERE candidate = ?",
            [SQLValue(id)]
        )
        var purpose: ReviewPurpose?
        var other: String?
        for row in rows {
            let slot = try row.text(0)
            if try row.text(1) == reviewer {
                // Of several, the one that changes nothing.
                let found = Self.purpose(slot)
                purpose = purpose == nil || purpose == .review ? found : purpose
            } else if slot == ReviewPurpose.review.rawValue, try row.time(2) > now() {
                other = try row.text(1)
            }
        }
        return (purpose, purpose == nil ? other : nil)
    }

    // MARK: The next

    private func next(
        _ draw: inout Draws,
        _ byValue: inout ArraySlice<CandidateID>,
        _ queue: Queue,
        _ filter: CandidateFilter,
        _ reviewer: String
    ) throws -> Shown? {
        let kind = draw.share()
        if kind < 0.03, let id = try knownAnswer(filter, reviewer, &draw) {
            return Shown(id: id, purpose: .known, draw: .known)
        }
        if kind < 0.13, let id = try secondOpinion(filter, reviewer) {
            return Shown(id: id, purpose: .overlap, draw: .overlap)
        }
        if (0.13..<0.33).contains(kind), let id = try blind(filter) {
            byValue.removeAll { $0 == id }
            return Shown(id: id, purpose: .review, draw: .blind)
        }
        if draw.share() < 0.1, let id = try queue.atRandom(&draw, self) {
            byValue.removeAll { $0 == id }
            return Shown(id: id, purpose: .review, draw: .random)
        }
        if let id = byValue.popFirst() { return Shown(id: id, purpose: .review, draw: .value) }
        if let id = try queue.byValue(limit: 1, self).first {
            return Shown(id: id, purpose: .review, draw: .value)
        }
        if let id = try blind(filter) { return Shown(id: id, purpose: .review, draw: .blind) }
        return try secondOpinion(filter, reviewer).map { Shown(id: $0, purpose: .overlap, draw: .overlap) }
    }

    /// Audits that agree are `audited`: nobody has to decide on them, but they are a part of the holdout.
    static let undecided: Set<Candidate.Status> = [.new, .audited]

    /// The next of the holdout to be labelled, whether the models agree there or not, by `CandidateID.shuffle`: what
    /// has been labelled up to there is a fair sample of all. Only where a reviewer takes what comes, and only answers
    /// to the contract that was audited last.
    private func blind(_ filter: CandidateFilter) throws -> CandidateID? {
        guard filter == CandidateFilter(route: filter.route) else { return nil }
        var all = filter
        all.statuses = Self.undecided
        var newest: [String: (contract: String, at: Int64)] = [:]
        let facets = try FacetBook.all(sql).filter { $0.facet.passes(all) && $0.facet.source == .audit }
        for (number, facet) in facets {
            let latest = try sql.row("SELECT max(created_at) FROM candidates WHERE facet = \(number)", [])
            let at = latest?.optionalInteger(0) ?? 0
            if at > newest[facet.route]?.at ?? .min { newest[facet.route] = (facet.contract, at) }
        }
        let due = facets.filter { newest[$0.facet.route]?.contract == $0.facet.contract }.map(\.number)
        var conditions = Conditions()
        conditions.add(
            """
            c.holdout = 1 AND NOT EXISTS (
                SELECT 1 FROM leases l WHERE l.candidate = c.id AND l.slot = 'review' AND l.expires > ?)
            """,
            [SQLValue(try now())]
        )
        let found = try merged(due, "id, shuffle", conditions, order: "shuffle", limit: 1)
        return try found.min { try $0.integer(1) < $1.integer(1) }?.id(0)
    }

    /// One that another reviewer has decided and that waits for a second opinion.
    private func secondOpinion(_ filter: CandidateFilter, _ reviewer: String) throws -> CandidateID? {
        let (route, values) = Self.onRoute(filter, "o")
        return try sql.row(
            """
            SELECT o.candidate FROM opinions o
            WHERE o.second IS NULL AND o.first_reviewer <> ? \(route)
                AND NOT EXISTS (
                    SELECT 1 FROM leases l WHERE l.candidate = o.candidate AND l.slot = 'overlap' AND l.expires > ?)
                AND NOT EXISTS (SELECT 1 FROM decisions d WHERE d.candidate = o.candidate AND d.reviewer = ?)
            ORDER BY o.candidate LIMIT 1
            """,
            [.text(reviewer)] + values + [SQLValue(try now()), .text(reviewer)]
        )?.id(0)
    }

    /// Decisions a reviewer may be expected to have forgotten.
    private static let forgotten = 100

    /// One whose answer is known: two others agree on it; or two of whom the reviewer is one, or the reviewer alone,
    /// long ago. Each is asked once.
    private func knownAnswer(
        _ filter: CandidateFilter,
        _ reviewer: String,
        _ draw: inout Draws
    ) throws -> CandidateID? {
        let (route, values) = Self.onRoute(filter, "o")
        let asked = """
            NOT EXISTS (SELECT 1 FROM decisions d WHERE d.candidate = o.candidate AND d.reviewer = ? AND d.purpose = 'known')
            AND NOT EXISTS (SELECT 1 FROM leases l WHERE l.candidate = o.candidate AND l.reviewer = ?)
            """
        let byOthers = """
            FROM opinions o WHERE o.second_mark = o.first_mark AND o.first_reviewer <> ? AND o.second_reviewer <> ? \(route)
            AND \(asked)
            """
        let found = try pick(
            byOthers,
            [.text(reviewer), .text(reviewer)] + values + [.text(reviewer), .text(reviewer)],
            &draw
        )
        if let found { return found }
        let last = try sql.row(
            """
            SELECT number FROM decisions WHERE reviewer = ? AND by_cluster = 0 AND undoes IS NULL
            ORDER BY number DESC LIMIT 1 OFFSET \(Self.forgotten)
            """,
            [.text(reviewer)]
        )
        guard let last else { return nil }
        let own = """
            FROM decisions o WHERE o.reviewer = ? AND o.number <= ? AND o.by_cluster = 0 AND o.purpose = 'review'
            AND o.verb <> 'skip' AND o.undoes IS NULL AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.undoes = o.id)
            AND o.status_after = (
                SELECT f.status FROM candidates c JOIN facets f ON f.number = c.facet WHERE c.id = o.candidate)
            \(route) AND \(asked)
            """
        return try pick(own, [.text(reviewer), last[0]] + values + [.text(reviewer), .text(reviewer)], &draw)
    }

    /// One of those that `from` finds, at random.
    private func pick(_ from: String, _ values: [SQLValue], _ draw: inout Draws) throws -> CandidateID? {
        let count = try sql.number("SELECT count(*) \(from)", values)
        guard count > 0 else { return nil }
        let index = draw.below(count)
        return try sql.row("SELECT o.candidate \(from) ORDER BY o.candidate LIMIT 1 OFFSET \(index)", values)?.id(0)
    }

    private static func onRoute(_ filter: CandidateFilter, _ table: String) -> (text: String, values: [SQLValue]) {
        guard let route = filter.route else { return ("", []) }
        return ("AND \(table).route = ?", [.text(route)])
    }

    // MARK: Items

    private func items(_ shown: [Shown], until: WallTime) throws -> [ReviewItem] {
        let found = try candidates(shown.map(\.id))
        let candidates = Dictionary(found.map { ($0.id, $0) }) { first, _ in first }
        let sizes = try clusterSizes(shown.map(\.id))
        return shown.compactMap { shown in
            guard let candidate = candidates[shown.id] else { return nil }
            return ReviewItem(
                candidate: candidate,
                purpose: shown.purpose,
                draw: shown.draw,
                clusterSize: shown.purpose == .review ? max(1, sizes[shown.id] ?? 1) : 1,
                isHoldout: candidate.isHoldout,
                leasedUntil: until
            )
        }
    }

    /// Undecided candidates in the cluster of each.
    private func clusterSizes(_ ids: [CandidateID]) throws -> [CandidateID: Int] {
        var sizes: [CandidateID: Int] = [:]
        for part in ids.parts(of: 200) {
            let rows = try sql.rows(
                """
                SELECT shown.id, count(*) FROM candidates shown
                JOIN candidates c ON c.cluster = shown.cluster JOIN facets f ON f.number = c.facet
                WHERE shown.id IN (\(places(part.count))) AND f.status = 'new' GROUP BY shown.id
                """,
                part.map { SQLValue($0) }
            )
            for row in rows { sizes[try row.id(0)] = try row.number(1) }
        }
        return sizes
    }

    func cluster(of id: CandidateID) throws -> [Candidate] {
        guard let first = try candidate(id) else { return [] }
        let rows = try sql.rows(
            """
            SELECT c.id FROM candidates c JOIN facets f ON f.number = c.facet
            WHERE c.cluster = (SELECT cluster FROM candidates WHERE id = ?) AND f.status = 'new' AND c.id <> ?
            ORDER BY c.value DESC, c.id LIMIT \(Self.fullCluster - 1)
            """,
            [SQLValue(id), SQLValue(id)]
        )
        return [first] + (try candidates(rows.map { try $0.id(0) }))
    }
}

/// Numbers drawn for one place of one reviewer's row.
struct Draws {
    private var state: UInt64

    init(seed: UInt64, reviewer: String, place: Int) {
        var hash = mix(seed)
        for byte in reviewer.utf8 { hash = mix(hash ^ UInt64(byte)) }
        state = mix(hash ^ UInt64(place))
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        return mix(state)
    }

    /// 0 to 1, without 1.
    mutating func share() -> Double { Double(next() >> 11) / Double(1 << 53) }

    mutating func below(_ count: Int) -> Int { Int(next() % UInt64(count)) }
}
