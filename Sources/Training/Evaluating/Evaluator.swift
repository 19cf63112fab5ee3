// An evaluation from its plan to its document.
//
//     plan      the inputs, how many calls, what they will cost: nothing is asked yet
//     measure   everybody is asked; paid answers are remembered, so that a killed run goes on where it was
//     look      noted in the look book, before anybody sees a figure: it says how sure the bounds must be
//     choose    the threshold, where the settings say `auto`, on other inputs than those that are measured with
//     figures   and the bar
//     keep      the document, and the version with its threshold

import Digest
public import Harvest
import JSON
import Judgment
public import Settings
import Statistics

public struct Evaluator: Sendable {
    /// The version in service, to compare with.
    public struct InService: Sendable {
        public var model: String
        /// Its small model is that version.
        public var asking: any ModelAsking
        /// Its own, where the settings say `auto`.
        public var threshold: Double?

        public init(model: String, asking: any ModelAsking, threshold: Double? = nil) {
            self.model = model
            self.asking = asking
            self.threshold = threshold
        }
    }

    /// What an evaluation is going to do.
    public struct Plan: Sendable {
        public var inputs: EvaluationInputs
        public var estimate: Estimate
        fileprivate var book: LookBook
    }

    private let route: RouteSettings
    private let environment: String
    private let version: ModelVersion
    private let inService: InService?
    private let asking: any ModelAsking
    private let store: any Store

    /// - Parameters:
    ///   - version: what is measured: kept with its evaluation, whether the store has it already or not.
    ///   - asking: asks that version as the small model, and the route's large model.
    ///   - inService: nil where there is none, or one that was trained for another contract: what that leaves to large
    ///     says nothing about what this contract asks for.
    public init(
        _ version: ModelVersion,
        of route: RouteSettings,
        environment: String,
        inService: InService? = nil,
        asking: any ModelAsking,
        store: any Store
    ) {
        self.version = version
        self.route = route
        self.environment = environment
        self.inService = inService
        self.asking = asking
        self.store = store
    }

    // MARK: Plan

    /// - Parameter estimate: what asking that request once as that model will cost, most probably.
    public func plan(
        _ estimate: (_ request: [UInt8], _ role: ModelRole) -> Estimate
    ) async throws -> Plan {
        let trained = try await TrainedInputs.read(version.dataSet, from: store)
        var inputs = try await EvaluationInputs.read(
            route: route.name,
            contract: route.contract,
            largeModel: route.large.model ?? "",
            trained: trained,
            from: store
        )
        let book = LookBook(json: try await store.document(kind: LookBook.kind, id: route.name)?.json)
        inputs.holdout = Array(inputs.holdout.prefix(EvaluationInputs.most))
        inputs.holdout = book.choose(inputs.holdout, subject: version.model) { $0.input }
        inputs.tuning = route.isThresholdAuto ? Array(inputs.tuning.prefix(EvaluationInputs.most)) : []
        var sum = Estimate()
        for item in inputs.holdout {
            for _ in 0..<(item.large == nil ? 2 : 1) { sum = sum + estimate(item.request, .large) }
            for _ in 0..<(inService == nil ? 1 : 2) { sum = sum + estimate(item.request, .small) }
        }
        for item in inputs.tuning {
            if item.large == nil { sum = sum + estimate(item.request, .large) }
            sum = sum + estimate(item.request, .small)
        }
        return Plan(inputs: inputs, estimate: sum, book: book)
    }

    // MARK: Run

    /// - Parameters:
    ///   - spent: what the calls have cost, asked at the end.
    ///   - progress: called with how many inputs are done, of how many.
    /// - Throws: `AskFailure`, `StoreError`.
    public func run(
        _ plan: Plan,
        spent: @Sendable () async -> Double = { 0 },
        progress: @Sendable (Int, Int) -> Void = { _, _ in }
    ) async throws -> Evaluation {
        let inputs = plan.inputs
        let measuring = Measuring(
            route: route,
            asking: asking,
            incumbent: inService.map { .init(asking: $0.asking, gate: gate(own: $0.threshold)) },
            comparing: AnswerComparing(route.comparator, asking: asking)
        )
        let total = inputs.holdout.count + inputs.tuning.count
        let tuning = try await measuring.measure(inputs.tuning, twice: false) { progress($0, total) }
        let before = inputs.tuning.count
        let items = try await measuring.measure(inputs.holdout, twice: true) { progress(before + $0, total) }
        let look = try await look(at: items, and: tuning)
        let confidence = Looks.confidence(at: look)
        let finding =
            route.isThresholdAuto ? ThresholdFinding(tuning, heldOut: items.count, confidence: confidence) : nil
        let figures = Figures(
            items,
            gate: gate(own: finding?.choice?.threshold),
            confidence: confidence,
            prices: PriceList(small: route.small?.price, large: route.large.price),
            audit: route.audit,
            byLabel: LabelText.reader(route.compare)
        )
        let evaluation = Evaluation(
            id: "\(route.name)/\(version.model)/\(look)",
            route: route.name,
            environment: environment,
            model: version.model,
            contract: route.contract,
            largeModel: route.large.model ?? "",
            at: .now(),
            compare: route.compare,
            inputs: inputs,
            looks: look,
            figures: figures,
            threshold: finding,
            inService: inService?.model,
            require: route.require,
            bar: Bar(
                figures,
                require: route.require,
                isStale: version.contract != route.contract,
                items: inputs.name,
                threshold: finding
            ),
            cost: await spent()
        )
        try await keep(evaluation)
        return evaluation
    }

    /// What confidence lets through, with a version's own threshold where the settings leave it to versions.
    private func gate(own threshold: Double?) -> Gate {
        guard let rule = route.confidence else { return .open }
        guard route.isThresholdAuto else { return .from(rule.threshold, unscored: rule.whenMissing.text == .accept) }
        return threshold.map { .from($0, unscored: false) } ?? .closed
    }

    // MARK: Keep

    private func look(at items: [MeasuredItem], and tuning: [MeasuredItem]) async throws -> Int {
        let answers = digest(of: items, tuning)
        var number = 1
        _ = try await store.change(kind: LookBook.kind, id: route.name, route: route.name) { json in
            var book = LookBook(json: json)
            let before = book
            number = book.look(at: items.map(\.input), subject: version.model, answers: answers)
            return book == before ? nil : book.encode()
        }
        return number
    }

    /// Of everything that figures are made of, but for what changes by itself: costs and times.
    private func digest(of items: [MeasuredItem], _ tuning: [MeasuredItem]) -> Digest32 {
        var hash = SHA256()
        hash.update("understudy look 1" as StaticString)
        let setting = route.isThresholdAuto ? "auto" : route.confidence.map { "\($0.threshold)" } ?? "none"
        for part in [route.contract, route.compare, setting, "\(items.count)"] {
            hash.update(length: part.utf8.count)
            hash.update(part)
        }
        for item in (items + tuning) {
            hash.update(item.input)
            let facts =
                "\(item.small?.text ?? "")\u{0}\(item.small?.passes ?? false) \(item.small?.score ?? .nan) "
                + "\(item.reference ?? "")\u{0}\(item.label ?? "")\u{0}\(item.agreesWithLarge ?? false) "
                + "\(item.smallAgreesWithLabel ?? false) \(item.incumbentDefers.map { "\($0)" } ?? "")"
            hash.update(length: facts.utf8.count)
            hash.update(facts)
        }
        return hash.finish()
    }

    private func keep(_ evaluation: Evaluation) async throws {
        let json = evaluation.encode()
        _ = try await store.change(kind: Evaluation.kind, id: evaluation.id, route: route.name) { _ in json }
        var version = version
        version.evaluation = evaluation.id
        version.threshold = evaluation.threshold?.choice?.threshold
        try await store.put(version)
    }
}

/// How an answer becomes a label.
enum LabelText {
    /// - Returns: nil where the comparator compares no labels.
    static func reader(_ compare: String) -> ((String) -> String)? {
        compare == LabelComparator.name ? { LabelComparator.folded(Array($0.utf8)) } : nil
    }
}
