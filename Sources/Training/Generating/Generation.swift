// Examples made by the large model: inputs, its answers, and only those that may be learnt from.
//
//     inputs     given, logged, or invented (Inventor)             known ones are not asked again
//       ▼
//     answer     as the route asks large                           many at once
//       ▼ fails a check: asked once more, with the failure quoted; fails again: kept out
//     repeat     `agree` times, and all equal                      else kept out
//       ▼
//     decide     in the order of the inputs: near one that is there, with an equal answer: kept out
//       ▼
//     keep       candidates, `source: generated`, redacted         fifty at a time, in one transaction
//
// What is decided depends on answers and their order alone, and answers are remembered (Journal): a run that was killed
// and is started again ends with what it would have ended with, and pays only for what it had not asked.

public import Harvest
import JSON
import Judgment
import Loop
import Settings

/// One run of `understudy generate`.
public struct Generation: Sendable {
    public enum Source: Sendable {
        case given([GivenInput])
        /// Made up until so many are kept.
        case invented(count: Int, examples: [String])
    }

    let asker: Asker
    let store: any Store
    let environment: String
    /// What equal answers are on the route.
    let comparator: any Comparator
    /// How often large has to say the same; 1: once is enough.
    let agree: Int
    /// The run's label: what it makes is named by it.
    let run: String
    /// Where inputs are answered before they are asked; nil: each is a call.
    let batches: Batches?
    let progress: @Sendable (GenerationReport) -> Void

    /// - Parameters:
    ///   - run: the run's label; one that was cut short has the same when it goes on.
    ///   - progress: called after each input.
    public init(
        asker: Asker,
        store: any Store,
        environment: String,
        agree: Int = 1,
        run: String,
        batches: Batches? = nil,
        progress: @escaping @Sendable (GenerationReport) -> Void = { _ in }
    ) {
        self.asker = asker
        self.store = store
        self.environment = environment
        comparator = asker.route.comparator
        self.agree = agree
        self.run = run
        self.batches = batches
        self.progress = progress
    }

    var route: RouteSettings { asker.route }
    var prefix: String { "generate-\(run)-" }

    /// Makes them. What is kept is in the store when this returns, also where it stopped early: the report says why.
    /// - Throws: what the store says.
    public func make(_ source: Source) async throws -> GenerationReport {
        var line = try await ProductionLine(self)
        do {
            switch source {
            case .given(let inputs):
                line.report.wanted = inputs.count
                try await line.take(inputs)
            case .invented(let count, let examples):
                line.report.wanted = count
                line.report.isInvented = true
                try await invent(count, examples, &line)
            }
            line.report.isComplete = true
        } catch let failure as AskFailure {
            line.report.stopped = "\(failure)"
        }
        try await line.keepBatch()
        line.report.spent = await asker.purse.spent
        return line.report
    }

    /// Rounds of topics, as long as they bring something new.
    private func invent(_ count: Int, _ examples: [String], _ line: inout ProductionLine) async throws {
        let inventor = Inventor(asker: asker, examples: examples, run: run)
        var topics: [String] = []
        var round = 0
        while line.made < count {
            let left = count - line.made
            // A quarter more than needed: some are near others, some fail.
            let wanted = min(Inventor.mostTopics, max(1, (left * 5 / 4 + 19) / Inventor.inputsPerTopic))
            let drawn = try await inventor.topics(wanted, round: round, before: topics).prefix(wanted)
            let inputs = try await inputs(about: Array(drawn), round, inventor)
            let before = line.made
            try await line.take(inputs.map { GivenInput($0, for: route) }, until: count)
            guard line.made > before + left / 50 else {
                throw AskFailure.unavailable(
                    inputs.isEmpty
                        ? "large invents no inputs: its answer is no JSON array of texts"
                        : "large invents hardly anything new: \(line.made) of \(count); give it --inputs instead"
                )
            }
            topics += drawn
            round += 1
        }
    }

    private func inputs(about topics: [String], _ round: Int, _ inventor: Inventor) async throws -> [String] {
        try await topics.concurrentMap(atMost: topics.count) { topic in
            try await inventor.inputs(topic, round: round)
        }.flatMap { $0 }
    }
}
