import Digest
public import Harvest
import Settings

/// What a run of `generate` is going to do, and what that will probably cost.
public struct GenerationPlan: Sendable {
    public enum Inputs: Sendable {
        case given([GivenInput])
        /// Of the store, with answers under an older contract only.
        case logged
        /// After these, or after a few of the store.
        case invented(after: [String]?)
    }

    public let source: Generation.Source
    /// What decides what is made: `GenerationRun`.
    public let arguments: [String]
    public let estimate: Estimate

    /// - Parameter count: how many; nil: all of the inputs, or what the route's kind needs.
    public init(
        _ inputs: Inputs,
        count: Int?,
        agree: Int,
        asker: Asker,
        environment: String,
        store: any Store
    ) async throws {
        let route = asker.route
        let answerTokens = try await LoggedInputs.answerTokens(of: route, in: store) ?? Self.usualAnswer
        var estimate = Estimate()
        switch inputs {
        case .given(let inputs):
            source = .given(Array(inputs.prefix(count ?? .max)))
            var hash = SHA256()
            for input in inputs {
                hash.update(length: input.request.count)
                hash.update(input.request)
            }
            arguments = ["given", hash.finish().hex, "\(agree)"]
        case .logged:
            let old = try await LoggedInputs.old(of: route, environment: environment, in: store)
            source = .given(Array(old.prefix(count ?? .max)))
            arguments = ["logged", "\(agree)"]
        case .invented(let given):
            let examples =
                if let given { given } else {
                    try await LoggedInputs.examples(of: route, environment: environment, in: store)
                }
            guard !examples.isEmpty || route.prompts.large != nil else { throw NothingToGoBy(route: route.name) }
            let count = count ?? route.kind?.enough ?? Self.usualCount
            source = .invented(count: count, examples: examples)
            arguments = ["invented", given?.joined(separator: "\n") ?? "", "\(agree)"]
        }
        switch source {
        case .given(let inputs):
            for input in inputs {
                estimate =
                    estimate
                    + asker.estimate(input.request, as: .large, count: agree, answerTokens: answerTokens)
            }
        case .invented(let count, let examples):
            let sample = GivenInput(examples.first ?? String(repeating: "x", count: 60), for: route)
            // A quarter more than is wanted is asked, and inventing twenty inputs is a call.
            let calls = (count * 5 + 3) / 4
            estimate = asker.estimate(sample.request, as: .large, count: calls * agree, answerTokens: answerTokens)
            let instruction = Inventor.instruction(of: route).map { $0.utf8.count / 4 } ?? 0
            estimate.add(
                (calls + Inventor.inputsPerTopic - 1) / Inventor.inputsPerTopic + 1,
                promptTokens: instruction + 300,
                answerTokens: 20 * Inventor.inputsPerTopic,
                of: route.large
            )
        }
        self.estimate = estimate
    }

    /// Begins the run, or goes on with the one that was cut short, and makes what is missing.
    /// - Parameters:
    ///   - name: of whatever it is a part of: under one name it is made once, however often it is carried out.
    ///   - batches: nil: each input is a call.
    ///   - resumed: called with the label of a run that was begun before.
    public func carryOut(
        by asker: Asker,
        agree: Int,
        environment: String,
        store: any Store,
        name: String? = nil,
        batches: Batches? = nil,
        resumed: @Sendable (String) -> Void = { _ in },
        progress: @escaping @Sendable (GenerationReport) -> Void = { _ in }
    ) async throws -> GenerationReport {
        let run = try await GenerationRun.begin(
            asker.route,
            environment: environment,
            arguments: arguments,
            name: name,
            in: store
        )
        if let kept = run.kept {
            var report = GenerationReport()
            (report.wanted, report.kept, report.isComplete) = (kept, kept, true)
            return report
        }
        if run.isResumed { resumed(run.label) }
        let generation = Generation(
            asker: asker,
            store: store,
            environment: environment,
            agree: agree,
            run: run.label,
            batches: batches,
            progress: progress
        )
        let report = try await generation.make(source)
        if report.isComplete { try await run.finish(kept: report.kept, in: store) }
        return report
    }

    private static let usualAnswer = 64
    static let usualCount = 200
}

/// There is nothing to invent inputs after.
public struct NothingToGoBy: Error, Sendable, CustomStringConvertible {
    public let route: String

    public var description: String {
        "nothing says what '\(route)' is asked: its large model has no prompt of its own, and the store has no inputs; "
            + "give inputs (--inputs FILE), or a few to invent others after (--examples FILE)"
    }
}
