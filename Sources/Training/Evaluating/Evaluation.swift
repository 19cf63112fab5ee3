// What an evaluation found, as a document of the store (`evaluation`) and as a program reads it. The first members are
// those that `cycle --json` ends with; the rest says how they came about.

public import Harvest
public import JSON
public import Settings
import Statistics

public struct Evaluation: Sendable {
    public static let kind = "evaluation"

    public var id: String
    public var route: String
    public var environment: String
    public var model: String
    /// The contract in force, which answers were held to.
    public var contract: String
    public var largeModel: String
    public var at: WallTime
    /// The comparator's name.
    public var compare: String
    public var inputs: EvaluationInputs
    /// Which look at these inputs it was, from 1.
    public var looks: Int
    public var figures: Figures
    /// Where it was chosen here.
    public var threshold: ThresholdFinding?
    /// The model of the version in service that it was compared with.
    public var inService: String?
    public var require: RouteSettings.Requirement
    public var bar: Bar
    /// US dollars that were spent on it.
    public var cost: Double

    /// `audited`, or `synthetic`: no figure that was made from invented inputs goes without that word.
    public var evaluatedOn: String { inputs.kind == .synthetic ? "synthetic" : "audited" }

    /// What a caller's own JSON object begins with.
    public var summary: [(String, JSONTree)] {
        [
            ("model", .string(model)),
            ("examples", inputs.examples.map { .int($0) } ?? .null),
            ("similarity", .number(figures.smallAgainstLarge.share)),
            ("similarity_low", .low(figures.smallAgainstLarge)),
            ("accepted", .number(figures.accepted.share)),
            ("accepted_low", .low(figures.accepted)),
            ("served", .number(figures.served.share)),
            ("fallback", .number(figures.fallback.share)),
            ("price_ratio", .number(figures.price?.effective)),
            ("latency_ratio", .number(figures.latency?.p50.ratio)),
            ("evaluated_on", .string(evaluatedOn)),
            ("looks", .int(looks)),
            ("cost", .number(cost)),
        ]
    }

    public var json: JSONTree {
        .members(
            summary + [
                ("id", .string(id)), ("route", .string(route)), ("environment", .string(environment)),
                ("contract", .string(contract)), ("large_model", .string(largeModel)), ("at", .string(at.rfc3339)),
                ("compare", .string(compare)), ("reference", .string(figures.reference.rawValue)),
                ("confidence", .number(figures.confidence)), ("holdout", holdout),
                ("threshold", .number(figures.gate.threshold)), ("threshold_choice", choice),
                ("figures", shares), ("price", figures.price?.json ?? .null),
                ("latency", figures.latency?.json ?? .null), ("labels", labels),
                ("in_service", inServiceJSON), ("curve", figures.curve?.json ?? .null),
                ("require", .string(require.rawValue)), ("bar", bar.json),
            ]
        )
    }

    public func encode() -> [UInt8] { json.encode() }

    private var holdout: JSONTree {
        .members([
            ("kind", .string(inputs.kind.rawValue)), ("inputs", .int(figures.count)),
            ("trained_on", .int(inputs.trainedOn)), ("labelled_blind", .int(figures.labelled)),
            ("labels_selected", .bool(figures.areLabelsSelected)),
        ])
    }

    private var shares: JSONTree {
        .members([
            ("small_against_large", figures.smallAgainstLarge.json),
            ("small_against_reviewed", figures.smallAgainstReviewed.json),
            ("large_against_reviewed", figures.largeAgainstReviewed.json),
            ("small", figures.small.json),
            ("accepted", figures.accepted.json),
            ("served", figures.served.json),
            ("large_against_itself", figures.largeAgainstItself.json),
            ("large_invalid", figures.largeInvalid.json),
            ("fallback", figures.fallback.json),
            ("likeness", .number(figures.likeness)),
        ])
    }

    private var choice: JSONTree {
        guard let threshold else { return .null }
        var members: [(String, JSONTree)] = [("inputs", .int(threshold.count))]
        switch threshold.result {
        case .chosen(let choice):
            members += [
                ("accepted", .int(choice.accepted)), ("bad", .int(choice.bad)), ("chance", .number(threshold.chance)),
            ]
        case .tooFew(let needed): members.append(("needed", .int(needed)))
        case .notProven(let accepted, let bad):
            members += [("not_proven", .members([("accepted", .int(accepted)), ("bad", .int(bad))]))]
        }
        return .members(members)
    }

    private var labels: JSONTree {
        guard let labels = figures.labels else { return .null }
        let each = labels.byLabel.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { label, scores in
            JSONTree.members([
                ("label", .string(String(decoding: label, as: UTF8.self))), ("support", .int(scores.support)),
                ("precision", .number(scores.precision)), ("recall", .number(scores.recall)),
                ("f1", .number(scores.f1)),
            ])
        }
        return .members([
            ("macro_f1", .number(labels.macroF1)), ("kappa", .number(labels.kappa)), ("by_label", .array(each)),
        ])
    }

    private var inServiceJSON: JSONTree {
        guard let inService, let difference = figures.againstInService else { return .null }
        return .members([
            ("model", .string(inService)), ("of", .int(difference.count)),
            ("only_this_falls_back", .int(difference.onlyFirst)),
            ("only_that_falls_back", .int(difference.onlySecond)),
            ("difference", .number(difference.estimate)),
            ("low", .number(difference.lowerBound(confidence: figures.confidence))),
            ("high", .number(difference.upperBound(confidence: figures.confidence))),
        ])
    }
}

extension JSONTree {
    fileprivate static func low(_ share: MeasuredShare) -> JSONTree { share.of == 0 ? .null : .number(share.lower) }
}
