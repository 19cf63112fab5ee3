// Every candidate belongs to one facet: the combination of what lists are filtered by. There are few of them (routes
// times reasons times versions ...), while candidates are a million, and that makes every filter quick and every count
// exact:
//
//     filter ──► facets that pass it        some dozens, in one small table
//     list       of each facet the newest few, from one index, merged
//     count      of each facet its tallies: kept by hour, in the transaction that adds, moves or deletes a candidate
//
// A decision moves a candidate to the facet of its new status.

/// What lists are filtered by.
struct Facet: Hashable, Sendable {
    var route: String
    var environment: String
    var contract: String
    /// Empty: none.
    var version: String
    var source: Candidate.Source
    var reason: String
    var status: Candidate.Status

    init(_ candidate: Candidate) {
        route = candidate.route
        environment = candidate.environment
        contract = candidate.contract
        version = candidate.version ?? ""
        source = candidate.source
        reason = candidate.reason
        status = candidate.status
    }

    static let columns = ["route", "environment", "contract", "version", "source", "reason", "status"]

    var values: [SQLValue] {
        [
            .text(route), .text(environment), .text(contract), .text(version), .text(source.rawValue), .text(reason),
            .text(status.rawValue),
        ]
    }

    /// - Parameter row: of `columns`, from `first` on.
    init(_ row: SQLRow, from first: Int) throws(StoreError) {
        route = try row.text(first)
        environment = try row.text(first + 1)
        contract = try row.text(first + 2)
        version = try row.text(first + 3)
        source = try row.word(first + 4)
        reason = try row.text(first + 5)
        status = try row.word(first + 6)
    }

    func passes(_ filter: CandidateFilter) -> Bool {
        if let route = filter.route, route != self.route { return false }
        if let contract = filter.contract, contract != self.contract { return false }
        if let version = filter.version, version != self.version { return false }
        if let source = filter.source, source != self.source { return false }
        if let reasons = filter.reasons, !reasons.contains(reason) { return false }
        return filter.statuses?.contains(status) ?? (status != .incomplete && status != .audited)
    }
}

/// The numbers of the facets this process has met. A facet is never deleted, so what is here stays true; but for those
/// that a transaction made which was undone: after a failure all is forgotten.
final class FacetBook {
    private var numbers: [Facet: Int64] = [:]

    func forget() { numbers.removeAll() }

    /// The facet's number, added to the store if it is new.
    func number(of facet: Facet, _ sql: any SQLConnection) throws -> Int64 {
        if let number = numbers[facet] { return number }
        let condition = Facet.columns.map { "\($0) = ?" }.joined(separator: " AND ")
        let query = "SELECT number FROM facets WHERE \(condition)"
        var found = try sql.row(query, facet.values)
        if found == nil {
            try sql.insert(into: "facets", Facet.columns, [facet.values], suffix: "ON CONFLICT DO NOTHING")
            found = try sql.row(query, facet.values)
        }
        // With several writers, one that added it just now and is not done yet was waited for by the INSERT.
        guard let number = try found?.integer(0) else { throw StoreError.unavailable("a facet could not be added") }
        numbers[facet] = number
        return number
    }

    /// All there are, with their numbers; other gateways add some, too.
    static func all(_ sql: any SQLConnection) throws -> [(number: Int64, facet: Facet)] {
        let query = "SELECT number, \(Facet.columns.joined(separator: ", ")) FROM facets ORDER BY number"
        return try sql.rows(query, []).map { row in (try row.integer(0), try Facet(row, from: 1)) }
    }
}
