// A candidate made ready for its rows: encoded, folded into words, likened and valued. It is a third of what keeping a
// candidate costs, so it is done before the transaction begins, and not on the store's thread: while one batch is
// written, the next is made ready on another core.

import Digest
import JSON

struct Draft: Sendable {
    let id: CandidateID
    let facet: Facet
    let createdAt: WallTime
    let requestID: String
    let cacheKey: String?
    /// As a JSON string.
    let completion: String?
    /// What `Candidate.encode` wrote.
    let record: String
    /// Changes with the record, and with each decision (`Draft.mark`).
    let digest: Int64
    let likeness: Likeness?
    /// What its cluster's members have in common beside a near input: route, contract and answer.
    let group: Int64?
    /// Its place in the queue; of one that broke off, which has none, how far it had come, in milliseconds.
    let value: Double
    let words: String
    let isHoldout: Bool
    /// There is a small answer, and it broke off or was broken off; of an audited one, it is still to be compared with
    /// large's. False where nothing more is to come; nil where there is none.
    let isSmallCut: Bool?
    /// What is remembered of it must not be given any more.
    let takesBackAnswer: Bool

    init(_ candidate: Candidate) {
        id = candidate.id
        facet = Facet(candidate)
        createdAt = candidate.createdAt
        requestID = candidate.requestID
        cacheKey = candidate.cacheKey
        completion = candidate.completion.map(JSONText.of)
        record = String(decoding: candidate.encode(), as: UTF8.self)
        digest = Int64(bitPattern: SHA256.digest(of: record).leadingWord)
        // What is incomplete comes again; until then nobody is shown it.
        let isWhole = candidate.status != .incomplete
        // One of the holdout is labelled by itself: a decision on what is like it was made with answers in sight.
        isHoldout = candidate.isHoldout
        likeness = isWhole && !isHoldout && candidate.status != .audited ? Likeness(of: candidate) : nil
        group = likeness.map { [facet] in Self.group(of: facet, $0) }
        value = isWhole ? ExpectedValue.of(candidate) : candidate.large?.milliseconds ?? 0
        words = SearchWords(candidate.input ?? "").joined
        isSmallCut = candidate.small.map { small in candidate.audit.map { $0.result == .pending } ?? small.cut }
        takesBackAnswer = candidate.takesBackAnswer
    }

    var size: Int { record.utf8.count }

    /// What an event adds to its candidate's digest: adding is `^`, so that the order does not matter.
    static func mark(of event: CandidateID) -> Int64 {
        Int64(bitPattern: mix(event.high ^ mix(event.low)))
    }

    private static func group(of facet: Facet, _ likeness: Likeness) -> Int64 {
        var hash = SHA256()
        for part in [facet.route, facet.contract] {
            hash.update(length: part.utf8.count)
            hash.update(part)
        }
        hash.update(likeness.answer)
        return Int64(bitPattern: hash.finish().leadingWord)
    }
}

/// A text as a JSON string, for columns whose text may hold anything: PostgreSQL has no NUL in its texts.
enum JSONText {
    static func of(_ text: String) -> String {
        var writer = JSONWriter(reserving: text.utf8.count + 2)
        writer.string(text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    static func text(_ json: String?) throws(StoreError) -> String? {
        guard let json else { return nil }
        guard let text = (try? JSONTree.parse(json.utf8))?.string else {
            throw .broken("the store holds a text that this program cannot read")
        }
        return text
    }
}
