import Digest
public import Harvest
import JSON
public import Settings

/// What the store knows of a route's inputs.
public enum LoggedInputs {
    /// Inputs that have no answer under the contract in force, the newest first, each once: those of older contracts,
    /// to be asked again. What a reviewer had decided goes along as a note, for the one who reviews the new answer.
    /// Inputs of the holdout are left out.
    public static func old(
        of route: RouteSettings,
        environment: String,
        in store: any CandidateStore
    ) async throws -> [GivenInput] {
        var answered: Set<Digest32> = []
        var old: [(Digest32, GivenInput)] = []
        try await each(route, environment, store) { candidate in
            guard let text = candidate.input else { return }
            let digest = Likeness.inputDigest(of: text)
            if candidate.contract == route.contract {
                answered.insert(digest)
            } else if !candidate.isHoldout {
                old.append((digest, GivenInput(request: candidate.request, note: candidate.decisionBefore)))
            }
        }
        return old.filter { answered.insert($0.0).inserted }.map(\.1)
    }

    /// A handful of inputs to invent others after: of reviewed candidates, else of any that came from outside; spread
    /// over what there is.
    public static func examples(
        of route: RouteSettings,
        environment: String,
        in store: any CandidateStore,
        count: Int = 12
    ) async throws -> [String] {
        var reviewed: [String] = []
        var others: [String] = []
        try await each(route, environment, store) { candidate in
            guard candidate.source != .generated, !candidate.isHoldout, let text = candidate.input,
                text.utf8.count < 4000
            else { return }
            if [.accepted, .edited].contains(candidate.status) { reviewed.append(text) } else { others.append(text) }
        }
        let all = reviewed.count >= count ? reviewed : reviewed + others
        let step = max(1, all.count / count)
        return stride(from: 0, to: all.count, by: step).prefix(count).map { all[$0] }
    }

    /// How long large's answers on the route are on average, in tokens; nil: nobody knows yet.
    public static func answerTokens(
        of route: RouteSettings,
        in store: any CandidateStore
    ) async throws -> Int? {
        let page = try await store.list(CandidateQuery(route: route.name, limit: 200))
        let counts = page.data.compactMap { candidate in
            candidate.large?.usage.flatMap { try? JSONTree.parse($0)["completion_tokens"]?.int }
        }
        return counts.isEmpty ? nil : max(1, counts.reduce(0, +) / counts.count)
    }

    private static func each(
        _ route: RouteSettings,
        _ environment: String,
        _ store: any CandidateStore,
        _ body: (Candidate) -> Void
    ) async throws {
        let every = Set(Candidate.Status.allCases).subtracting([.incomplete])
        var query = CandidateQuery(CandidateFilter(route: route.name, statuses: every), limit: 1000)
        repeat {
            let page = try await store.list(query)
            for candidate in page.data where candidate.environment == environment { body(candidate) }
            query.after = page.next
        } while query.after != nil
    }
}

extension Candidate {
    /// What a reviewer had said of it; nil: nothing.
    fileprivate var decisionBefore: String? {
        switch status {
        case .accepted: "under an earlier contract its answer was accepted"
        case .edited: "under an earlier contract a reviewer wrote: \(completion ?? "")"
        case .rejected: "under an earlier contract its answer was rejected"
        case .new, .skipped, .incomplete, .audited: nil
        }
    }
}
