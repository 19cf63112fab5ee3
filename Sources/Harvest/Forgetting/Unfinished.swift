// A deletion that is not finished: a provider said no, a file was in use, other machines have files of their own, or the
// program was killed. The candidates are gone from the store by then, so who asks again could not tell whose the lines
// in files are. Their ids stand in a document of the store until nothing is left to do. No texts, and whose they were
// cannot be read out of it.

import JSON

struct Unfinished: Sendable, Equatable {
    private static let kind = "forgetting"

    var candidates: Set<CandidateID> = []
    /// Of their routes; nil: not known, as the program was killed before it had them.
    var routes: Set<String>?
    private var revision = 0

    static func read(_ whom: Forgettable, _ ledger: any Ledger) async throws(StoreError) -> Unfinished {
        var unfinished = Unfinished()
        guard let document = try await ledger.document(kind: kind, id: whom.digest) else { return unfinished }
        unfinished.revision = document.revision
        let tree = try? JSONTree.parse(document.json)
        unfinished.candidates = Set(
            tree?["candidates"]?.array?.compactMap { $0.string.flatMap { CandidateID($0) } } ?? []
        )
        unfinished.routes = tree?["routes"]?.array.map { Set($0.compactMap(\.string)) }
        return unfinished
    }

    /// - Throws: `.unavailable` where somebody else writes the same just now.
    mutating func write(_ whom: Forgettable, to ledger: any Ledger) async throws(StoreError) {
        func texts(_ list: [String]) -> JSONTree { .array(list.sorted().map { .string($0) }) }
        let tree = JSONTree.object([
            .init(name: "candidates", value: texts(candidates.map(\.description))),
            .init(name: "routes", value: routes.map { texts(Array($0)) } ?? .null),
        ])
        let written = try await ledger.put(
            kind: Self.kind,
            id: whom.digest,
            route: nil,
            json: tree.encode(),
            replacing: revision
        )
        guard let written else { throw .unavailable("somebody else asks for the same just now: ask again") }
        revision = written
    }
}
