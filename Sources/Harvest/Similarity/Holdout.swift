// The inputs that are kept to measure with. One hash of the input decides, so that the same input is always on the same
// side, whoever asks: the exporter, the data set, the evaluation, the review page.
//
//     0 ───────── 1/5 ──────────────────── 1/2 ──────────────────────────────── 1
//     audited inputs: held out             │ learnt from
//     generated and given inputs:          │
//     held out    │ learnt from, and from everywhere once enough are audited
//
// The fifth lies within the half: what was held out before audits began stays so when its input is audited.

public import Digest

/// See the head of the file. Never exported, trained on, tuned on, or shown with a suggestion.
public enum Holdout {
    /// What figures are made from.
    public enum Kind: String, Sendable, CaseIterable {
        /// Audited inputs alone: real traffic, drawn at random.
        case audited
        /// There are too few of those yet: a fifth of the generated and given inputs stands in for traffic, and every
        /// figure says so.
        case synthetic
    }

    /// From so many audited inputs on, they alone are measured with.
    public static let enough = 100

    /// Whether an audited input is one of them.
    /// - Parameter input: its digest, as `Likeness.inputDigest` has it: case and white space do not move it.
    public static func contains(_ input: Digest32) -> Bool { word(input) < 1 << 63 }

    /// Whether a generated or given input is one of them, while there are not `enough` audited ones.
    public static func containsSynthetic(_ input: Digest32) -> Bool { word(input) < UInt64.max / 5 }

    private static func word(_ input: Digest32) -> UInt64 {
        var hash = SHA256()
        hash.update("understudy holdout 1" as StaticString)
        hash.update(input)
        return hash.finish().leadingWord
    }

    /// What is measured with on a route now: `audited` once there are `enough` different inputs of the holdout with
    /// answers to this contract, else `synthetic`. A changed contract begins anew, until its inputs are audited or
    /// their answers asked again.
    public static func kind(
        of route: String,
        contract: String,
        in store: any CandidateStore
    ) async throws(StoreError) -> Kind {
        var inputs: Set<Digest32> = []
        // Those on which both models agree are shown to nobody, and measured with all the same.
        let filter = CandidateFilter(
            route: route,
            statuses: Set(Candidate.Status.allCases),
            source: .audit,
            contract: contract
        )
        var query = CandidateQuery(filter, limit: 500)
        repeat {
            let page = try await store.list(query)
            for candidate in page.data where candidate.isHoldout && candidate.large?.cut == false {
                if let input = candidate.inputDigest { inputs.insert(input) }
            }
            if inputs.count >= enough { return .audited }
            query.after = page.next
        } while query.after != nil
        return .synthetic
    }
}

extension Candidate {
    /// Audited, and of the holdout.
    public var isHoldout: Bool { isHeldOut(.audited) }

    /// Whether it is kept to measure with. Audited inputs of the holdout always are.
    public func isHeldOut(_ kind: Holdout.Kind) -> Bool {
        switch source {
        case .audit: inputDigest.map(Holdout.contains) ?? false
        case .generated, .imported: kind == .synthetic && inputDigest.map(Holdout.containsSynthetic) ?? false
        case .fallback: false
        }
    }

    /// The digest of its input, as `Likeness.inputDigest` has it; nil where it has no text.
    public var inputDigest: Digest32? { input.map(Likeness.inputDigest) }
}
