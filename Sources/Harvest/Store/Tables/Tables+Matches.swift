// What has some words: of sealed pages by the index (Tables+Postings.swift), of the rest by looking.

/// The candidates of some facets that have some words.
struct Matches {
    var sealed: [Int64: PageMembers]
    /// True of those that are in no sealed page.
    var rest: Conditions

    /// Of sealed pages.
    var count: Int { sealed.values.reduce(0) { $0 + $1.count } }

    /// True of all of them, a part each. For a few: all are named.
    var parts: [Conditions] { [rest] + Self.naming(sealed) }

    static func naming(_ sealed: [Int64: PageMembers]) -> [Conditions] {
        let numbers = sealed.sorted { $0.key < $1.key }.flatMap { page, members in
            members.places.map { page * Int64(PageMembers.capacity) + Int64($0) }
        }
        return numbers.parts(of: 500).map { part in
            var conditions = Conditions()
            conditions.add("c.number IN (\(places(part.count)))", part.map(SQLValue.integer))
            return conditions
        }
    }
}

extension Tables {
    func matches(_ words: SearchWords, _ facets: [Int64], from: WallTime?, to: WallTime?) throws -> Matches {
        let having = try pages(having: words, from: from, to: to)
        var sealed: [Int64: PageMembers] = [:]
        try members(of: facets) { page, _, members throws(StoreError) in
            if having[page] != nil { try sealed[page, default: PageMembers()].formUnion(encoded: members) }
        }
        for (page, members) in having { sealed[page]?.formIntersection(members) }
        return Matches(sealed: sealed.filter { !$0.value.isEmpty }, rest: try rest(words, from: from, to: to))
    }

    /// How many candidates of each facet have the words.
    func counted(_ words: SearchWords, _ facets: [Int64], from: WallTime?, to: WallTime?) throws -> [Int64: Int] {
        let having = try pages(having: words, from: from, to: to)
        var sums: [Int64: Int] = [:]
        try members(of: facets) { page, facet, bytes throws(StoreError) in
            guard let those = having[page] else { return }
            var members = PageMembers()
            try members.formUnion(encoded: bytes)
            sums[facet, default: 0] += members.countShared(with: those)
        }
        let rest = try rest(words, from: from, to: to)
        // `+`: not by way of an index that has the facets.
        let rows = try sql.rows(
            "SELECT +c.facet, count(*) FROM candidates c WHERE \(rest.text) GROUP BY +c.facet",
            rest.values
        )
        for row in rows { sums[try row.integer(0), default: 0] += try row.number(1) }
        return sums
    }

    private func rest(_ words: SearchWords, from: WallTime?, to: WallTime?) throws -> Conditions {
        var rest = Conditions()
        rest.add("c.number >= ?", [SQLValue(try sealedPages() * PageMembers.capacity)])
        if let from { rest.add("c.created_at >= ?", [SQLValue(from)]) }
        if let to { rest.add("c.created_at < ?", [SQLValue(to)]) }
        rest.add(sql.dialect.hasWordsHere(words))
        return rest
    }

    private func members(
        of facets: [Int64],
        _ body: (_ page: Int64, _ facet: Int64, _ members: [UInt8]) throws -> Void
    ) throws {
        for part in facets.parts(of: 100) {
            let names = part.map { SQLValue.text(Term.facet($0)) }
            let query = "SELECT term, page, members FROM postings WHERE term IN (\(places(part.count)))"
            for row in try sql.rows(query, names) {
                guard let facet = Int64(try row.text(0).dropFirst()) else { continue }
                try body(row.integer(1), facet, row.bytes(2))
            }
        }
    }

    // MARK: Of sealed pages

    /// Of each those that have all the words, and were made in that time.
    private func pages(having words: SearchWords, from: WallTime?, to: WallTime?) throws -> [Int64: PageMembers] {
        var having: [Int64: PageMembers]?
        for (index, word) in words.words.enumerated() {
            let isBeginning = words.lastIsPrefix && index == words.words.count - 1
            let found = try isBeginning ? pages(beginning: word) : pages("term = ?", [.text(Term.word(word))])
            guard let others = having else {
                having = found
                continue
            }
            having = others.reduce(into: [:]) { both, page in
                guard let more = found[page.key] else { return }
                both[page.key] = page.value
                both[page.key]!.formIntersection(more)
            }
        }
        return try narrow(having ?? [:], from: from, to: to)
    }

    private func pages(beginning word: String) throws -> [Int64: PageMembers] {
        if Term.shortBeginnings.contains(word.unicodeScalars.count) {
            return try pages("term = ?", [.text(Term.beginning(word))])
        }
        // Behind all words that begin so: no scalar is greater.
        return try pages("term >= ? AND term < ?", [.text(Term.word(word)), .text(Term.word(word) + "\u{10ffff}")])
    }

    private func pages(_ condition: String, _ values: [SQLValue]) throws -> [Int64: PageMembers] {
        var pages: [Int64: PageMembers] = [:]
        for row in try sql.rows("SELECT page, members FROM postings WHERE \(condition)", values) {
            try pages[row.integer(0), default: PageMembers()].formUnion(encoded: row.bytes(1))
        }
        return pages
    }

    private func narrow(
        _ pages: [Int64: PageMembers],
        from: WallTime?,
        to: WallTime?
    ) throws -> [Int64: PageMembers] {
        if from == nil, to == nil { return pages }
        let (from, to) = (from?.milliseconds ?? .min, to?.milliseconds ?? .max)
        var narrowed: [Int64: PageMembers] = [:]
        for span in try spans(of: pages) where span.last >= from && span.first < to {
            var members = pages[span.page]!
            if span.first < from || span.last >= to {
                let times = try times(of: span.page)
                for place in members.places where times[place] < from || times[place] >= to { members.remove(place) }
            }
            narrowed[span.page] = members
        }
        return narrowed
    }

    private struct Span {
        var page: Int64
        var first: Int64
        var last: Int64
    }

    private func spans(of pages: [Int64: PageMembers]) throws -> [Span] {
        try sql.rows("SELECT page, first_at, last_at FROM pages", []).map { row in
            Span(page: try row.integer(0), first: try row.integer(1), last: try row.integer(2))
        }.filter { pages[$0.page] != nil }
    }

    private func times(of page: Int64) throws -> [Int64] {
        guard let row = try sql.row("SELECT times FROM pages WHERE page = ?", [.integer(page)]) else { return [] }
        return try PageTimes.decode(row.bytes(0))
    }

    // MARK: Lists

    /// So many are all looked up; of more the pages that have the first ones are read first.
    private static let few = 2000

    /// The first of them in a list, behind `cursor`.
    func find(
        _ matches: Matches,
        _ facets: [Int64],
        isNewest: Bool,
        after cursor: ListPlace?,
        limit: Int
    ) throws -> [ListPlace] {
        var behind = Conditions()
        if let cursor { behind.add(cursor, isNewest: isNewest) }
        func places(_ conditions: Conditions) throws -> [ListPlace] {
            try listed(facets, conditions + behind, isNewest: isNewest, limit: limit)
        }
        var found: [ListPlace] = []
        func add(_ more: [ListPlace]) {
            found += more
            found.sort { isNewest ? $1 < $0 : $0 < $1 }
            found.removeLast(max(0, found.count - limit))
        }
        if matches.count <= Self.few {
            for part in matches.parts { add(try places(part)) }
            return found
        }
        add(try places(matches.rest))
        for span in try spans(of: matches.sealed).sorted(by: { isNewest ? $0.last > $1.last : $0.first < $1.first }) {
            if found.count == limit, let last = found.last?.createdAt.milliseconds,
                isNewest ? span.last < last : span.first > last
            {
                break
            }
            let these = try first(
                of: span.page,
                matches.sealed[span.page]!,
                isNewest: isNewest,
                after: cursor,
                limit: limit
            )
            for part in Matches.naming([span.page: these]) {
                add(try places(part))
            }
        }
        return found
    }

    /// Of a page's members those that may be among the first `limit` behind the cursor: by their times, which several
    /// may share.
    private func first(
        of page: Int64,
        _ members: PageMembers,
        isNewest: Bool,
        after cursor: ListPlace?,
        limit: Int
    ) throws -> PageMembers {
        let times = try times(of: page)
        let bound = cursor?.createdAt.milliseconds
        let behind = members.places.filter { place in
            bound.map { isNewest ? times[place] <= $0 : times[place] >= $0 } ?? true
        }
        // At the cursor's own time some are before it.
        let later = behind.map { times[$0] }.filter { $0 != bound }.sorted { isNewest ? $0 > $1 : $0 < $1 }
        guard later.count > limit else { return PageMembers(behind) }
        let last = later[limit - 1]
        return PageMembers(behind.filter { isNewest ? times[$0] >= last : times[$0] <= last })
    }
}
