// Training files out of candidates. Everything is gathered and held against the provider's rules first; only a file
// without a violation is written. A job that fails on line 6174 after an hour in a queue helps nobody.
//
// What is exported of a candidate: its prompt, as small would be sent it now, and the completion a reviewer chose or
// wrote, else large's answer. Left out, and counted:
//
//     not decided for training         rejected, skipped and incomplete ones
//     of another contract              the answer is to another prompt, or checks, than those in force
//     not worth learning               failed the route's checks, broke off, a refusal, no answer; what small cannot be
//                                      asked; and what nobody reviewed and came by `rule` or `client`, or did not
//                                      come again when asked again
//     kept to measure with             the holdout, and whatever is near one of its inputs
//     said already                     the same line; an unreviewed answer where a reviewer gave one; a generated one
//                                      where a client was given one; an older answer
//     too much of one client's         unreviewed lines beyond its share (ClientShares)
//
// Near-identical inputs (InputGroups), and what the store has in one cluster, go into one file together: a validation
// file with near-copies of what was trained on measures memory.

import Digest
import JSON

/// A training file in the making, and what there is to say about it. A value: `plan` gathers it, `write` writes it.
public struct Export: Sendable {
    public let options: ExportOptions
    public private(set) var violations: [ExportViolation] = []
    /// What the provider accepts but advises against, in words.
    public private(set) var notes: [String] = []
    /// Candidates left out on purpose: by reason.
    public internal(set) var leftOut: [LeftOut: Int] = [:]
    var examples: [Example] = []
    private var groups = InputGroups()
    private var heldOut: Set<Int> = []
    /// The first input of each group, as its digest: it says on which side the group is, and later ones do not move it.
    private(set) var firstInputs: [Int: Digest32] = [:]
    /// The groups of those that break a rule.
    private var violators: [CandidateID: Int] = [:]

    public enum LeftOut: String, Sendable, CaseIterable {
        case notExportable = "not decided for training"
        case otherContract = "of another contract than the one in force"
        case holdout = "kept to measure with"
        case nearHoldout = "near to an input that is kept to measure with"
        case untrainable = "answer failed the checks, or did not survive redaction"
        case uncovered = "small cannot be asked it"
        case untaught = "sent to large by a rule, the client or its length, and not reviewed"
        case noAnswer = "no answer of large"
        case unfinished = "answer broke off"
        case refusal = "answer is a refusal"
        case duplicate = "same line as another"
        case overruled = "a reviewed record has the same prompt"
        case outranked = "an answer to a client has the same prompt"
        case older = "a newer record has the same prompt"
        case invalid = "breaks a rule"
        case unrepeated = "not reviewed, and another answer when asked again"
        case oneClient = "not reviewed, and more than a client's share"
        case beyond = "beyond the part that is asked for"
    }

    /// Which file a line is in.
    public enum Part: String, Sendable, CaseIterable {
        case train, validation
    }

    /// One line, without its line end.
    struct Example: Sendable {
        var id: CandidateID
        var line: [UInt8]
        /// What is asked, as written.
        var prompt: [UInt8]
        var completion: [UInt8]
        var isReviewed: Bool
        var group = 0
        var part = Part.train
        var source = Candidate.Source.fallback
        var version: String?
        var client: String?

        /// Of two lines with one prompt the higher one stands.
        var rank: Int { isReviewed ? 2 : source == .generated ? 0 : 1 }
        /// A model's word and nobody else's.
        var isUnvouched: Bool { !isReviewed && source != .imported }
    }

    public init(_ options: ExportOptions) {
        self.options = options
    }

    /// All candidates of a store that the options name.
    /// - Throws: `.refused` for a status that is never exported.
    public static func plan(
        from store: any CandidateStore & ReviewStore,
        _ options: ExportOptions
    ) async throws(StoreError) -> Export {
        if let never = options.statuses.subtracting(ExportOptions.exportable).map(\.rawValue).min() {
            throw .refused("status: candidates that are \(never) are never exported")
        }
        var export = Export(options)
        // The holdout first, whatever was decided about it: what follows has to keep away from it.
        let sources: [Candidate.Source] = options.holdout == .synthetic ? [.audit, .generated, .imported] : [.audit]
        for source in sources {
            let filter = CandidateFilter(
                route: options.route,
                statuses: Set(Candidate.Status.allCases),
                source: source
            )
            try await export.read(filter, of: store) { $0.hold(out: $1, cluster: $2) }
        }
        let wanted = CandidateFilter(route: options.route, statuses: options.statuses)
        try await export.read(wanted, of: store) { $0.add($1, cluster: $2) }
        export.finish()
        return export
    }

    private mutating func read(
        _ filter: CandidateFilter,
        of store: any CandidateStore & ReviewStore,
        _ body: (inout Export, Candidate, _ cluster: CandidateID?) -> Void
    ) async throws(StoreError) {
        var query = CandidateQuery(filter, limit: 500, order: .oldestFirst)
        repeat {
            let page = try await store.list(query)
            let clusters = try await store.clusters(of: page.data.map(\.id))
            for candidate in page.data { body(&self, candidate, clusters[candidate.id]) }
            query.after = page.next
        } while query.after != nil
    }

    /// Before the first `add`: a candidate that may be of the holdout.
    /// - Parameter cluster: the store's, that it belongs to.
    public mutating func hold(out candidate: Candidate, cluster: CandidateID? = nil) {
        if candidate.isHeldOut(options.holdout) { heldOut.insert(group(of: candidate, cluster)) }
    }

    /// - Parameter cluster: the store's, that it belongs to.
    public mutating func add(_ candidate: Candidate, cluster: CandidateID? = nil) {
        guard options.statuses.contains(candidate.status), ExportOptions.exportable.contains(candidate.status) else {
            return leaveOut(.notExportable)
        }
        if let contracts = options.contracts, contracts[candidate.route] != candidate.contract {
            return leaveOut(.otherContract)
        }
        if candidate.isHeldOut(options.holdout) { return leaveOut(.holdout) }
        let group = group(of: candidate, cluster)
        let answer: TrainingAnswer
        switch TrainingAnswer.of(candidate) {
        case .success(let found): answer = found
        case .failure(let reason): return leaveOut(reason.why)
        }
        do throws(ExportViolation) {
            var example: Example
            switch options.format {
            case .chat:
                example = try chatExample(candidate, answer)
            case .completions:
                example = try completionsExample(candidate, answer)
            }
            example.group = group
            example.source = candidate.source
            example.version = candidate.version
            example.client = candidate.client
            if let repeated = options.repeated, example.isUnvouched, !repeated.contains(example.id) {
                return leaveOut(.unrepeated)
            }
            examples.append(example)
        } catch {
            violations.append(error)
            violators[candidate.id] = group
        }
    }

    /// The prompt as small would be sent it now, or else as it was sent.
    func smallPrompt(of candidate: Candidate) -> JSONTree? {
        options.prompts[candidate.route]?.phrase(candidate)
            ?? candidate.prompt.small.flatMap { try? JSONTree.parse($0) }
    }

    private mutating func group(of candidate: Candidate, _ cluster: CandidateID?) -> Int {
        // An input without text is near to itself alone.
        let input = candidate.input ?? String(decoding: candidate.request, as: UTF8.self)
        let group = groups.add(input, cluster: cluster)
        if firstInputs[group] == nil { firstInputs[group] = Likeness.inputDigest(of: input) }
        return group
    }

    mutating func leaveOut(_ reason: LeftOut, count: Int = 1) {
        if count > 0 { leftOut[reason, default: 0] += count }
    }

    /// After the last `add`: drops what is said twice, splits, and looks at the file as a whole.
    public mutating func finish() {
        // Only now it is known which groups are one.
        let (groups, violators) = (groups, violators)
        let heldOut = Set(heldOut.map { groups.whole($0) })
        for index in examples.indices { examples[index].group = groups.whole(examples[index].group) }
        let before = examples.count + violations.count
        examples.removeAll { heldOut.contains($0.group) }
        violations.removeAll { $0.id.flatMap { violators[$0] }.map { heldOut.contains(groups.whole($0)) } ?? false }
        leaveOut(.nearHoldout, count: before - examples.count - violations.count)
        if options.leavesOutInvalid { leaveOut(.invalid, count: violations.count) }
        dropDoubles()
        holdToShares()
        let validation = Set(firstInputs.keys.filter { isValidation(firstInputs[$0]) })
        for index in examples.indices where validation.contains(examples[index].group) {
            examples[index].part = .validation
        }
        if let most = options.most { takePart(most) }
        if options.isOrderedByContent { orderByContent() }
        violations += fileViolations()
        notes = fileNotes()
    }

    // MARK: What there is

    /// Whether there is something to write, and nothing speaks against it.
    public var isValid: Bool {
        violations.allSatisfy { options.leavesOutInvalid && $0.id != nil }
    }

    public var count: Int { examples.count }

    public func count(_ part: Part) -> Int { examples.count { $0.part == part } }

    public var reviewedCount: Int { examples.count(where: \.isReviewed) }

    /// Candidates whose lines are a model's word alone: nobody reviewed them, nobody gave them.
    public var unvouched: [CandidateID] { examples.lazy.filter(\.isUnvouched).map(\.id) }

    /// Bytes of the lines of a part, line ends included.
    public func size(_ part: Part) -> Int { examples.reduce(0) { $0 + ($1.part == part ? $1.line.count + 1 : 0) } }

    private mutating func orderByContent() {
        let digests = examples.map { SHA256.digest(of: $0.line).hex }
        examples = examples.indices.sorted { digests[$0] < digests[$1] }.map { examples[$0] }
    }

    /// The lines without their line ends, in the order of the candidates' ids or as their contents have it.
    public func lines(_ part: Part = .train) -> [[UInt8]] {
        examples.lazy.filter { $0.part == part }.map(\.line)
    }

    /// The whole file. Empty where it is not valid.
    public func encode(_ part: Part = .train) -> [UInt8] {
        guard isValid else { return [] }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(examples.reduce(0) { $0 + $1.line.count + 1 })
        for example in examples where example.part == part {
            bytes.append(contentsOf: example.line)
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }
}
