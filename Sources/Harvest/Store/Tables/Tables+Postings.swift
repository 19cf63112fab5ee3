// An inverted index of words: what every candidate has is counted out of bits, not out of rows.
//
//     candidates by number   │ page 0 (8192) │ page 1 │ ... │ the rest, not full yet │
//     sealed, once full        for each term the members that have it        looked at one by one
//
// A term is a word, the beginning of one (its first one and two scalars, which too many words share to be gathered one
// by one), or a facet. What has some words is the intersection of their members (Tables+Matches.swift).
//
// What changes about a candidate of a sealed page (it gets another facet, or leaves) is noted, and written by `settle`.
// A page is sealed while nobody writes: whoever changes candidates shares a lock with others who do, and sealing waits
// for all of them. The index is made of the store's own rows and is never copied.

extension Tables {
    enum Term {
        static func facet(_ number: Int64) -> String { "f\(number)" }
        static func word(_ word: String) -> String { "w\(word)" }
        static func beginning(_ word: String) -> String { "b\(word)" }
        /// Beginnings of so many scalars have members of their own.
        static let shortBeginnings = 1...2

        /// Of a candidate with these words, but for its facet.
        static func all(_ words: String) -> Set<[UInt8]> {
            var terms: Set<[UInt8]> = []
            for word in words.utf8.split(separator: UInt8(ascii: " ")) {
                terms.insert([UInt8(ascii: "w")] + word)
                let scalars = Substring(word).unicodeScalars
                for count in shortBeginnings where scalars.count >= count {
                    terms.insert([UInt8(ascii: "b")] + Substring(scalars.prefix(count)).utf8)
                }
            }
            return terms
        }
    }

    // MARK: Sealing

    /// Whether a page is full that is not sealed.
    func isPageDue() throws -> Bool {
        let last = try sql.number("SELECT coalesce(max(number), 0) FROM candidates", [])
        return try last >= (sealedPages() + 1) * PageMembers.capacity - 1
    }

    func sealedPages() throws -> Int { try sql.number("SELECT coalesce(max(page) + 1, 0) FROM pages", []) }

    /// Seals the next page, if there is one to seal.
    func sealPage() throws {
        if let wait = sql.dialect.oneAtATime(.candidates) { _ = try sql.rows(wait, []) }
        guard try isPageDue() else { return }
        let page = try sealedPages()
        let first = page * PageMembers.capacity
        let rows = try sql.rows(
            "SELECT number, facet, created_at, words FROM candidates WHERE number >= ? AND number < ? ORDER BY number",
            [SQLValue(first), SQLValue(first + PageMembers.capacity)]
        )
        var members: [[UInt8]: [UInt16]] = [:]
        var times = [Int64](repeating: 0, count: PageMembers.capacity)
        for row in rows {
            let place = UInt16(try row.number(0) - first)
            members[Array(Term.facet(try row.integer(1)).utf8), default: []].append(place)
            times[Int(place)] = try row.integer(2)
            for term in Term.all(try row.text(3)) { members[term, default: []].append(place) }
        }
        let there = try rows.map { try $0.integer(2) }
        try sql.insert(
            into: "pages",
            ["page", "first_at", "last_at", "times"],
            [[SQLValue(page), .integer(there.min() ?? 0), .integer(there.max() ?? 0), .bytes(PageTimes.encode(times))]]
        )
        for part in members.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }).parts(of: 2000) {
            let postings = part.map { term -> [SQLValue] in
                let places = PageMembers.encode(members[term]!)
                return [.text(String(decoding: term, as: UTF8.self)), SQLValue(page), .bytes(places)]
            }
            try sql.insert(into: "postings", ["term", "page", "members"], postings)
        }
    }

    // MARK: Changes

    /// Before candidates are changed: no page is sealed until this transaction ends.
    func keepPagesOpen() throws {
        guard !pagesAreOpen else { return }
        if let wait = sql.dialect.together(.candidates) { _ = try sql.rows(wait, []) }
        pagesAreOpen = true
    }

    func repost(_ number: Int64, from old: Int64, to new: Int64) {
        guard old != new else { return }
        note(number, Array(Term.facet(old).utf8), isMember: false)
        note(number, Array(Term.facet(new).utf8), isMember: true)
    }

    func repost(_ number: Int64, from old: String, to new: String) {
        guard old != new else { return }
        let (before, after) = (Term.all(old), Term.all(new))
        for term in before.subtracting(after) { note(number, term, isMember: false) }
        for term in after.subtracting(before) { note(number, term, isMember: true) }
    }

    /// A candidate that leaves.
    func unpost(_ number: Int64, facet: Int64, words: String) {
        note(number, Array(Term.facet(facet).utf8), isMember: false)
        repost(number, from: words, to: "")
    }

    private func note(_ number: Int64, _ term: [UInt8], isMember: Bool) {
        let (page, place) = number.quotientAndRemainder(dividingBy: Int64(PageMembers.capacity))
        reposted[page, default: [:]][term, default: []].append((Int(place), isMember))
    }

    /// Writes what was noted, page by page in their order; other writers wait for each until we are done.
    func settlePostings() throws {
        let changed = reposted.sorted { $0.key < $1.key }
        reposted.removeAll()
        for (page, terms) in changed {
            let sealed = "SELECT page FROM pages WHERE page = ? \(sql.dialect.locked("pages"))"
            guard try sql.row(sealed, [.integer(page)]) != nil else { continue }
            for part in terms.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }).parts(of: 500) {
                let names = part.map { SQLValue.text(String(decoding: $0, as: UTF8.self)) }
                // By bytes: to Swift, texts that look the same are equal.
                var found: [[UInt8]: [UInt8]] = [:]
                let query = "SELECT term, members FROM postings WHERE page = ? AND term IN (\(places(part.count)))"
                for row in try sql.rows(query, [.integer(page)] + names) {
                    found[Array(try row.text(0).utf8)] = try row.bytes(1)
                }
                var (rows, gone): ([[SQLValue]], [SQLValue]) = ([], [])
                for (term, name) in zip(part, names) {
                    var members = PageMembers()
                    if let bytes = found[term] { try members.formUnion(encoded: bytes) }
                    for (place, isMember) in terms[term]! {
                        if isMember { members.insert(place) } else { members.remove(place) }
                    }
                    if members.isEmpty {
                        gone.append(name)
                    } else {
                        rows.append([name, .integer(page), .bytes(members.encoded)])
                    }
                }
                try sql.insert(
                    into: "postings",
                    ["term", "page", "members"],
                    rows,
                    suffix: "ON CONFLICT (term, page) DO UPDATE SET members = excluded.members"
                )
                guard !gone.isEmpty else { continue }
                try sql.change(
                    "DELETE FROM postings WHERE page = ? AND term IN (\(places(gone.count)))",
                    [.integer(page)] + gone
                )
            }
        }
    }
}

/// When each candidate of a page was made, in milliseconds; 0 where there is none.
enum PageTimes {
    static func encode(_ times: [Int64]) -> [UInt8] {
        times.flatMap { time in (0..<8).map { UInt8(truncatingIfNeeded: time >> ($0 * 8)) } }
    }

    static func decode(_ bytes: [UInt8]) throws(StoreError) -> [Int64] {
        guard bytes.count == PageMembers.capacity * 8 else { throw PageMembers.damaged }
        return (0..<PageMembers.capacity).map { place in
            var time: Int64 = 0
            for byte in 0..<8 { time |= Int64(bytes[place * 8 + byte]) << Int64(byte * 8) }
            return time
        }
    }
}
