// The inputs that a version is measured with, and those that its threshold is chosen on.
//
//                        measured with (holdout)                       chosen on
//     audited            audited inputs on one side of a hash          those on its other side
//     synthetic          a fifth of the generated and given ones       the others that it was not trained on
//
// Audited ones as soon as there are 100. They are traffic as it came, each input once (the cache answers the others),
// the newest first; where there are 100 that came later than everything the version was trained on, only these. What it
// was trained on, or something near-identical, is in neither part: nobody can say of that whether small knows or
// remembers.
//
// An answer of large is kept with its input. Where it is one to another contract than the one in force it is none, and
// large is asked again.

public import Digest
public import Harvest
import JSON

/// One input to measure with.
public struct EvaluationItem: Sendable, Equatable {
    /// What a person says is right.
    public struct Label: Sendable, Equatable {
        public var text: String
        /// Given without having seen an answer, and, of audits, in the order of the draw: those up to the first that
        /// nobody has decided on. What reviewers looked at out of turn, because the models differ there, is no sample
        /// of anything.
        public var isBlind: Bool
    }

    public var id: CandidateID
    public var input: Digest32
    public var text: String
    /// The client's JSON object.
    public var request: [UInt8]
    public var createdAt: WallTime
    /// Drawn from traffic.
    public var isAudit = true
    /// Large's answer, to the contract in force; nil: it has to be asked.
    public var large: Candidate.Answer?
    public var label: Label?
}

public struct EvaluationInputs: Sendable, Equatable {
    public enum Kind: String, Sendable {
        case audited
        /// Audited, and later than everything that was trained on.
        case auditedLater = "audited_later"
        case synthetic
    }

    public var kind: Kind
    public var holdout: [EvaluationItem]
    public var tuning: [EvaluationItem]
    /// Of the holdout, left out since the version was trained on them or on something near to them.
    public var trainedOn: Int
    /// Nil: nobody knows what the version was trained on.
    public var examples: Int?

    /// At most so many of each part, the newest.
    public static let most = 1000

    /// What figures are measured on, as people read it.
    public var name: String {
        switch kind {
        case .audited: "audited inputs"
        case .auditedLater: "audited inputs, later than every training example"
        case .synthetic: "synthetic inputs"
        }
    }
}

/// What a version was trained on.
public struct TrainedInputs: Sendable {
    /// Those of its training file.
    public var seen = SeenInputs()
    public var latest: WallTime?
    /// Nil: not known.
    public var count: Int?

    public init() {}

    /// Reads the inputs of a data set's lines for training; those of a validation file are not trained on.
    public static func read(_ dataSet: String?, from store: any CandidateStore & Ledger) async throws -> TrainedInputs {
        var trained = TrainedInputs()
        guard let dataSet, let document = try await store.document(kind: DataSet.kind, id: dataSet),
            let set = DataSet(json: document.json)
        else { return trained }
        trained.count = 0
        for file in set.files where file.part == .train {
            for line in file.lines {
                trained.count? += 1
                guard let candidate = try await store.candidate(line.candidate) else { continue }
                trained.add(candidate)
            }
        }
        return trained
    }

    mutating func add(_ candidate: Candidate) {
        if let input = candidate.input { seen.add(input) }
        latest = max(latest ?? candidate.createdAt, candidate.createdAt)
    }
}

extension EvaluationInputs {
    /// - Parameters:
    ///   - contract: the one in force.
    ///   - largeModel: its name in the settings: another model's answers are not large's.
    public static func read(
        route: String,
        contract: String,
        largeModel: String,
        trained: TrainedInputs,
        from store: any Store
    ) async throws -> EvaluationInputs {
        let reader = Reader(route: route, contract: contract, largeModel: largeModel, store: store)
        let audited = try await reader.items(of: [.audit])
        var heldOut = SeenInputs()
        for item in audited where Holdout.contains(item.input) { heldOut.add(item.text) }
        let fresh = audited.filter { !trained.seen.contains(near: $0.text) }
        let holdout = fresh.filter { Holdout.contains($0.input) }
        if holdout.count >= Holdout.enough {
            let later = holdout.filter { item in trained.latest.map { item.createdAt > $0 } ?? false }
            let isLater = later.count >= Holdout.enough
            return EvaluationInputs(
                kind: isLater ? .auditedLater : .audited,
                holdout: isLater ? later : holdout,
                tuning: fresh.filter { !Holdout.contains($0.input) && !heldOut.contains(near: $0.text) },
                trainedOn: audited.count { Holdout.contains($0.input) } - holdout.count,
                examples: trained.count
            )
        }
        let made = try await reader.items(of: [.generated, .imported])
        let unseen = made.filter { !trained.seen.contains(near: $0.text) }
        let fifth = unseen.filter { Holdout.containsSynthetic($0.input) }
        for item in fifth { heldOut.add(item.text) }
        return EvaluationInputs(
            kind: .synthetic,
            holdout: fifth,
            tuning: unseen.filter { !Holdout.containsSynthetic($0.input) && !heldOut.contains(near: $0.text) },
            trainedOn: made.count { Holdout.containsSynthetic($0.input) } - fifth.count,
            examples: trained.count
        )
    }
}

/// Candidates as items: each input once, the newest of it, the newest first.
private struct Reader {
    let route: String
    let contract: String
    let largeModel: String
    let store: any Store

    func items(of sources: [Candidate.Source]) async throws -> [EvaluationItem] {
        var items: [EvaluationItem] = []
        var turns: [Turn] = []
        for source in sources {
            var known = Set(items.map(\.input))
            // Those of the contract in force first: their answers stand.
            var later: [Candidate] = []
            // Audits that agree have a status of their own; what is incomplete has no answer yet.
            let statuses = Set(Candidate.Status.allCases).subtracting([.incomplete])
            let filter = CandidateFilter(route: route, statuses: statuses, source: source)
            var query = CandidateQuery(filter, limit: 500)
            repeat {
                let page = try await store.list(query)
                for candidate in page.data {
                    guard candidate.contract == contract else {
                        later.append(candidate)
                        continue
                    }
                    if let turn = Turn(candidate) { turns.append(turn) }
                    if let item = try await item(candidate, &known) { items.append(item) }
                }
                query.after = page.next
            } while query.after != nil
            for candidate in later { if let item = try await item(candidate, &known) { items.append(item) } }
        }
        let drawn = Turn.drawn(turns)
        for index in items.indices where items[index].isAudit && !drawn.contains(items[index].input) {
            items[index].label?.isBlind = false
        }
        return items.sorted { $0.createdAt > $1.createdAt }
    }

    /// An audit's place in the order in which the holdout is labelled (`CandidateID.shuffle`).
    private struct Turn {
        var place: Int64
        var input: Digest32
        var isDecided: Bool

        init?(_ candidate: Candidate) {
            guard candidate.source == .audit, candidate.isHoldout, candidate.audit?.draw != .always,
                let input = candidate.input
            else { return nil }
            place = candidate.id.shuffle
            self.input = Likeness.inputDigest(of: input)
            isDecided = ![.new, .audited].contains(candidate.status)
        }

        /// Inputs up to the first that nobody has decided on.
        static func drawn(_ turns: [Turn]) -> Set<Digest32> {
            let decided = Set(turns.filter(\.isDecided).map(\.input))
            return Set(turns.sorted { $0.place < $1.place }.map(\.input).prefix { decided.contains($0) })
        }
    }

    private func item(_ candidate: Candidate, _ known: inout Set<Digest32>) async throws -> EvaluationItem? {
        // What was bound to be audited is not drawn from traffic: it failed.
        guard candidate.audit?.draw != .always, let text = candidate.input else { return nil }
        let input = Likeness.inputDigest(of: text)
        guard known.insert(input).inserted else { return nil }
        let isInForce = candidate.contract == contract
        let stored = candidate.large.flatMap { $0.model == largeModel && !$0.cut ? $0 : nil }
        return EvaluationItem(
            id: candidate.id,
            input: input,
            text: text,
            request: candidate.request,
            createdAt: candidate.createdAt,
            isAudit: candidate.source == .audit,
            large: isInForce ? stored : nil,
            label: isInForce ? try await label(of: candidate) : nil
        )
    }

    private func label(of candidate: Candidate) async throws -> EvaluationItem.Label? {
        if candidate.source == .imported, candidate.status == .new, candidate.untrainable == nil {
            // Given with the input: whoever wrote it saw no answer of ours.
            return candidate.large.flatMap { CountedAnswer($0) }.map { .init(text: $0.text, isBlind: true) }
        }
        guard candidate.status == .accepted || candidate.status == .edited else { return nil }
        let text = candidate.completion ?? candidate.large.flatMap { CountedAnswer($0) }?.text
        guard let text else { return nil }
        let isBlind = candidate.isHoldout ? try await isBlind(candidate) : false
        return .init(text: text, isBlind: isBlind)
    }

    /// Written by somebody to whom the item was shown without an answer, as the review page shows the holdout; not by
    /// cluster, and not by somebody who had been shown the answers after an earlier decision.
    private func isBlind(_ candidate: Candidate) async throws -> Bool {
        guard candidate.status == .edited else { return false }
        let events = try await store.decisions(on: candidate.id)
        let undone = Set(events.compactMap(\.undoes))
        let last = events.last { $0.purpose == .review && $0.undoes == nil && !undone.contains($0.id) }
        return last.map { $0.decision.verb == .edit && !$0.byCluster && !$0.afterReveal } ?? false
    }
}
