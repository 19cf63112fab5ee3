public import Harvest
public import JSON
public import Settings
import Statistics

/// What a data set would be made of, what speaks against it, and what it costs: known before anything is paid.
public struct DataSetPlan: Sendable {
    public let route: String
    public let contract: String
    public let use: TrainingSettings.Use
    public internal(set) var export: Export
    /// What figures will be made from.
    public var holdout: Holdout.Kind { export.options.holdout }
    public let trust: LargeTrust
    /// How many examples are enough for what the route's small model learns; nil: its kind is not said.
    public let kind: RouteKind?
    /// Answers of a model that nobody reviewed, and that count only if they come again when asked again.
    public internal(set) var toRepeat: [CandidateID]
    /// What asking them again costs, about. US dollars; nil: large has no price.
    public let repeatCost: Double?
    /// Of a token, on average.
    let bytesPerToken: Double
    let epochs: Int?
    /// US dollars per million tokens; nil: not known, or it costs nothing here.
    let trainingPrice: Double?
    /// The trainer takes no fewer.
    let least: Int

    public var examples: Int { export.count(.train) }
    /// Of the lines that are trained on, about, each counted once.
    public var tokens: Int { Int((Double(export.size(.train)) / bytesPerToken).rounded(.up)) }
    public var epochsMeant: Int { epochs ?? TrainingPrice.epochs(examples) }
    /// US dollars; nil: not known.
    public var trainingCost: Double? {
        trainingPrice.map { $0 * Double(tokens) * Double(epochsMeant) / 1_000_000 }
    }
    /// What is known of it: unknown prices count as nothing.
    public var cost: Double { (repeatCost ?? 0) + (trainingCost ?? 0) }

    /// Why it is not made, a sentence each; empty: it can be.
    public var obstacles: [String] {
        var found: [String] = []
        if use == .all, !trust.isEnough {
            found.append(
                "use: all is refused: large agrees with \(trust.agreed) of \(trust.of) reviewed answers, which is "
                    + "\(percent(trust.low)) at least, and under \(percent(LargeTrust.least)); set training.use: reviewed, "
                    + "or mend large's prompt"
            )
        }
        if examples < least {
            found.append(
                "\(examples) examples are too few: a training needs at least \(least); generate or review more"
            )
        }
        for violation in export.violations where violation.id == nil { found.append("\(violation)") }
        return found
    }

    /// What is good to know, a sentence each.
    public var notes: [String] {
        var notes = export.notes
        if let kind, examples < kind.enough {
            let rule =
                switch kind {
                case .format: "a couple of hundred to learn a format"
                case .reasoning: "about a thousand where there is something to reason"
                case .dsl: "several thousand for a language of its own"
                }
            notes.append("\(examples) examples of about \(kind.enough): the rule of thumb is \(rule)")
        }
        if kind == nil { notes.append("the route says no 'kind', so nobody knows how many examples are enough") }
        if holdout == .synthetic {
            notes.append(
                "fewer than \(Holdout.enough) inputs are audited: a fifth of the generated and given ones is held out, "
                    + "and figures from it are synthetic"
            )
        }
        return notes
    }

    /// For a person, before anything is paid.
    public var lines: [String] {
        var lines = [
            "data set of \(route): \(examples) examples to train on (\(export.reviewedCount) reviewed of all "
                + "\(export.count)), \(export.count(.validation)) to watch with"
        ]
        for (reason, count) in export.leftOut.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            lines.append("  left out: \(count) (\(reason.rawValue))")
        }
        if trust.of > 0 {
            lines.append(
                "  large agrees with \(trust.agreed) of \(trust.of) reviewed answers (at least \(percent(trust.low)))"
            )
        }
        if !toRepeat.isEmpty {
            let price = repeatCost.map { "about \($0.dollars)" } ?? "large has no price"
            lines.append("  asked again before they count: \(toRepeat.count) unreviewed answers, \(price)")
        }
        let price = trainingCost.map { "about \($0.dollars)" } ?? "a price is not known, and counts as nothing"
        lines.append("training: about \(tokens) tokens, \(epochsMeant) times, \(price)")
        return lines
    }

    public var tree: JSONTree {
        func number(_ value: Double?) -> JSONTree { value.map { .double($0) } ?? .null }
        return .object(
            [
                .init(name: "examples", value: .int(examples)),
                .init(name: "validation", value: .int(export.count(.validation))),
                .init(name: "tokens", value: .int(tokens)),
                .init(name: "epochs", value: .int(epochsMeant)),
                .init(name: "training_cost", value: number(trainingCost)),
                .init(name: "asked_again", value: .int(toRepeat.count)),
                .init(name: "asking_cost", value: number(repeatCost)),
                .init(name: "enough", value: kind.map { .int($0.enough) } ?? .null),
            ] + trust.members + export.summary + [
                .init(name: "obstacles", value: .array(obstacles.map { .string($0) }))
            ]
        )
    }
}

private func percent(_ share: Double) -> String {
    let tenths = (share * 1000).rounded(.down)
    return "\(Int(tenths) / 10).\(Int(tenths) % 10) %"
}
