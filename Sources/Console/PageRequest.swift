// What pages send: bodies and queries, read strictly.

import Completions
import HTTPServer
import Harvest
import JSON

/// Typed reads of a body or a query; every mistake is a 400 that names the member.
struct PageRequest {
    private let values: JSONTree

    /// The body of a POST: a JSON object.
    init(body request: HTTPRequest) throws(APIError) {
        let type = request.headers["content-type"].map { String(decoding: $0, as: UTF8.self).lowercased() } ?? ""
        guard type.split(separator: ";").first == "application/json" else { throw .wrongContentType(type) }
        guard let tree = try? JSONTree.parse(request.body), tree.object != nil else {
            throw APIError(InvalidRequest("The body must be a JSON object."))
        }
        values = tree
    }

    /// The query of a GET.
    init(query request: HTTPRequest) {
        values = .object(QueryText.pairs(request.query).map { .init(name: $0.name, value: .string($0.value)) })
    }

    func text(_ name: String) throws(APIError) -> String? {
        guard let value = values[name], !value.isNull else { return nil }
        guard let text = value.string else { throw Self.wrong(name, "is text") }
        return text.isEmpty ? nil : text
    }

    func required(_ name: String) throws(APIError) -> String {
        guard let text = try text(name) else { throw Self.wrong(name, "is missing") }
        return text
    }

    /// Left out, it is nil.
    func count(_ name: String, in range: ClosedRange<Int>) throws(APIError) -> Int? {
        guard let value = values[name], !value.isNull else { return nil }
        guard let number = value.int ?? value.string.flatMap({ Int($0) }), range.contains(number) else {
            throw Self.wrong(name, "is a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func count(_ name: String, in range: ClosedRange<Int>, default standard: Int) throws(APIError) -> Int {
        try count(name, in: range) ?? standard
    }

    /// A switch; left out, it is off.
    func flag(_ name: String) throws(APIError) -> Bool {
        guard let value = values[name], !value.isNull else { return false }
        guard let flag = value.bool else { throw Self.wrong(name, "is true or false") }
        return flag
    }

    func id(_ name: String) throws(APIError) -> CandidateID {
        guard let id = CandidateID(try required(name)) else { throw Self.wrong(name, "is no candidate's id") }
        return id
    }

    func ids(_ name: String) throws(APIError) -> [CandidateID] {
        guard let list = values[name], !list.isNull else { return [] }
        var found: [CandidateID] = []
        for value in list.array ?? [.null] {
            guard let id = value.string.flatMap({ CandidateID($0) }) else {
                throw Self.wrong(name, "is a list of candidates' ids")
            }
            found.append(id)
        }
        return found
    }

    /// Left out, it is nil.
    func number(_ name: String, in range: ClosedRange<Double>) throws(APIError) -> Double? {
        guard let value = values[name], !value.isNull else { return nil }
        guard let number = value.double, range.contains(number) else {
            throw Self.wrong(name, "is a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A member that nobody knows is a mistake that would go unnoticed.
    func allow(_ names: String...) throws(APIError) {
        for member in values.object ?? [] where !names.contains(member.name) {
            throw Self.wrong(
                String(member.name.prefix(100)),
                "is not known here: there is \(names.joined(separator: ", "))"
            )
        }
    }

    /// Whose decision it is: a name that people gave themselves, fit for a log line.
    func reviewer() throws(APIError) -> String { try person("reviewer") }

    /// A name that people gave themselves, fit for a log line.
    func person(_ member: String) throws(APIError) -> String {
        let name = try required(member)
        let isFit = name.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate: false
            default: true
            }
        }
        guard isFit, name.count <= 64, name.contains(where: { !$0.isWhitespace }) else {
            throw Self.wrong(member, "is a name of at most 64 characters")
        }
        return name
    }

    /// Which items are meant. Days are those of UTC.
    func filter() throws(APIError) -> CandidateFilter {
        var filter = CandidateFilter(route: try text("route"))
        if let reason = try text("reason") { filter.reasons = [reason] }
        if let version = try text("version") { filter.version = version == Self.noVersion ? "" : version }
        if let source = try text("source") {
            guard let known = Candidate.Source(rawValue: source) else { throw Self.wrong("source", "is not a source") }
            filter.source = known
        }
        filter.from = try day("from", after: 0)
        // The day that is named is meant with it.
        filter.to = try day("to", after: 1)
        filter.text = try text("text")
        return filter
    }

    /// How the page names candidates that had no small model.
    static let noVersion = "none"

    private func day(_ name: String, after days: Int64) throws(APIError) -> WallTime? {
        guard let text = try text(name) else { return nil }
        guard let start = WallTime(rfc3339: "\(text)T00:00:00Z") else { throw Self.wrong(name, "is a day: 2026-03-01") }
        return WallTime(milliseconds: start.milliseconds + days * 86_400_000)
    }

    static func wrong(_ name: String, _ what: String) -> APIError {
        APIError(InvalidRequest("'\(name)' \(what).", param: name))
    }
}
