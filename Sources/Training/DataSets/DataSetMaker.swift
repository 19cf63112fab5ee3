// A data set: what a route's next small model is to learn, out of the store.
//
//     plan     what there is by the rules of Export, and by these:            nothing is paid, nothing is written
//                 reviewed before large's answers before generated ones       (Export.dropDoubles)
//                 a fifth of generated and given inputs held out, while few are audited       (Holdout)
//                 no client supplies more than a quarter of what nobody reviewed              (ClientShares)
//                 use: all only if large is known to agree with the reviewers                 (LargeTrust)
//     repeat   on routes that reason or write a language of their own: a model's word counts if it comes again
//     write    document, files, pins: in this order, so that no text lies about that the store knows nothing of
//
// The same content is the same data set: made again, after a kill or on another day, it is found.

import Completions
import Digest
public import Harvest
import JSON
import Loop
public import Settings

/// See the head of the file.
public struct DataSetMaker: Sendable {
    let route: RouteSettings
    let training: TrainingSettings
    let store: any Store
    /// `var/training/ROUTE`
    let directory: String
    let by: String

    /// From so many examples on, a tenth of the inputs is put aside for the trainer to watch with.
    private static let watchedFrom = 200
    private static let watched = 0.1
    private static let mostOfOneClient = 0.25

    public init(
        route: RouteSettings,
        training: TrainingSettings,
        store: any Store,
        directory: String,
        by: String
    ) {
        self.route = route
        self.training = training
        self.store = store
        self.directory = directory
        self.by = by
    }

    // MARK: Plan

    /// - Parameter most: at most so many examples to train on; nil: all there are.
    public func plan(most: Int? = nil) async throws -> DataSetPlan {
        guard let small = route.small else {
            throw TrainingFailure("route \(route.name) has no 'small': there is nothing to train")
        }
        let holdout = try await Holdout.kind(of: route.name, contract: route.contract, in: store)
        var options = ExportOptions(
            format: small.api == .chat ? .chat : .completions,
            route: route.name,
            statuses: training.use == .reviewed ? [.accepted, .edited] : ExportOptions.exportable,
            contracts: [route.name: route.contract],
            prompts: route.trainingTarget.map { [route.name: SmallPrompt($0)] } ?? [:],
            leavesOutInvalid: true,
            holdout: holdout,
            mostOfOneClient: Self.mostOfOneClient,
            isOrderedByContent: true
        )
        var export = try await Export.plan(from: store, options)
        if export.count >= Self.watchedFrom {
            options.validation = Self.watched
            options.most = most
            export = try await Export.plan(from: store, options)
        } else if let most, most < export.count {
            options.most = most
            export = try await Export.plan(from: store, options)
        }
        let toRepeat = mustRepeat ? export.unvouched : []
        let isProvider = training.trainer == .openai
        return DataSetPlan(
            route: route.name,
            contract: route.contract,
            use: training.use,
            export: export,
            trust: try await trust(),
            kind: route.kind,
            toRepeat: toRepeat,
            repeatCost: try await cost(of: toRepeat),
            bytesPerToken: small.bytesPerToken,
            epochs: training.hyperparameters["n_epochs"].flatMap { Int(String(decoding: $0, as: UTF8.self)) },
            trainingPrice: TrainingPrice.perMillion(training),
            least: isProvider ? 10 : 1
        )
    }

    private var mustRepeat: Bool { route.kind == .reasoning || route.kind == .dsl }

    private func trust() async throws -> LargeTrust {
        let filter = CandidateFilter(
            route: route.name,
            statuses: [.accepted, .edited, .rejected],
            contract: route.contract
        )
        var reviewed: [Candidate] = []
        var query = CandidateQuery(filter, limit: 500)
        repeat {
            let page = try await store.list(query)
            // What is measured with decides nothing about what is learnt.
            reviewed += page.data.filter { !$0.isHoldout }
            query.after = page.next
        } while query.after != nil
        return LargeTrust(reviewed, comparator: route.comparator)
    }

    /// What large took for these, or for as many of its usual answers.
    private func cost(of ids: [CandidateID]) async throws -> Double? {
        guard !ids.isEmpty else { return 0 }
        guard route.large.price != nil else { return nil }
        var known: [Double] = []
        for id in ids.prefix(100) {
            if let cost = try await store.candidate(id)?.large?.cost { known.append(cost) }
        }
        guard !known.isEmpty else { return nil }
        return known.reduce(0, +) / Double(known.count) * Double(ids.count)
    }

    // MARK: Repeat

    /// Asks large again what only it vouches for. Each question is paid once, also over kills (`ModelAsking`).
    /// - Parameter report: how many of how many are asked.
    /// - Returns: the plan with what came again.
    public func repeated(
        _ plan: DataSetPlan,
        asking: any ModelAsking,
        report: @escaping @Sendable (Int, Int) -> Void
    ) async throws -> DataSetPlan {
        guard !plan.toRepeat.isEmpty else { return plan }
        let count = plan.toRepeat.count
        // As many as an asker that bounds its calls can use.
        let came = try await plan.toRepeat.concurrentMap(atMost: 64, whenDone: { report($0, count) }) { id in
            try await repeats(id, asking)
        }
        var options = plan.export.options
        options.repeated = Set(zip(plan.toRepeat, came).filter(\.1).map(\.0))
        var plan = plan
        plan.export = try await Export.plan(from: store, options)
        plan.toRepeat = []
        return plan
    }

    private func repeats(_ id: CandidateID, _ asking: any ModelAsking) async throws -> Bool {
        guard let candidate = try await store.candidate(id), let first = CountedAnswer(candidate) else { return false }
        let again: AskedAnswer
        do {
            // The first answer is sample 0: of what was generated that would be the answer it has.
            again = try await asking.ask(candidate.request, as: .large, sample: 1)
        } catch AskFailure.refused, AskFailure.unaskable {
            return false
        }
        guard let second = CountedAnswer(again.kept) else { return false }
        return first == second || CountedAnswer.same(second.text, first, input: candidate.input ?? "", route.comparator)
    }

    // MARK: Write

    /// Puts the data set on the books and into files.
    public func write(_ plan: DataSetPlan) async throws -> DataSet {
        if let obstacle = plan.obstacles.first { throw TrainingFailure(obstacle) }
        try TrainingFile.makeDirectory(directory)
        var dataSet = plan.export.dataSet(at: directory + "/new.jsonl")
        if let known = try await known(dataSet) {
            dataSet = known
        } else {
            let path = "\(directory)/\(dataSet.id).jsonl"
            // Under the name it will have, with what is known beside the counts.
            dataSet = plan.export.dataSet(at: path, madeAt: dataSet.madeAt)
            dataSet.summary = plan.tree
            try await Export.record(dataSet, in: store, by: by)
        }
        try await store.pin(dataSet.files.flatMap { $0.lines.map(\.candidate) }, to: dataSet.id)
        guard let path = dataSet.files.first?.path else {
            throw TrainingFailure("the data set \(dataSet.id) was given away, and is not in a file here")
        }
        if !dataSet.files.allSatisfy({ Self.isWhole($0) }) { try plan.export.write(to: path, madeAt: dataSet.madeAt) }
        return dataSet
    }

    /// A data set with the same lines.
    private func known(_ dataSet: DataSet) async throws -> DataSet? {
        try await store.documents(kind: DataSet.kind, route: route.name).lazy
            .compactMap { DataSet(json: $0.json) }
            .first { known in
                known.files.map(\.sha256) == dataSet.files.map(\.sha256) && known.contracts == dataSet.contracts
                    && known.files.allSatisfy { $0.path?.hasPrefix(directory + "/") ?? false }
            }
    }

    private static func isWhole(_ file: DataSet.File) -> Bool {
        guard let path = file.path, let bytes = try? TrainingFile.read(path) else { return false }
        return SHA256.digest(of: bytes) == file.sha256
    }
}
