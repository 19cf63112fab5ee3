// The bar for going live. All of it has to hold, each part at the look's confidence: to pass one that is not met in
// truth is as rare as that, however many parts there are.
//
//     references    at most 5 % of large's answers fail its own checks
//     contract      the version was trained for the contract in force
//     (a)           the accepted answers agree: lower bound at least 90 % (`require: small`: all answers of small)
//     (b)           a request costs less than all-large, fallbacks and audits included, where prices are known
//     (c)           where a version is in service: no more is left to large than by that one

import JSON
public import Settings
import Statistics

public struct Bar: Sendable, Equatable {
    /// What the lower bound has to reach.
    public static let least = 0.9
    /// Of large's answers, those that may fail the checks.
    public static let mostInvalid = 0.05

    /// Why it is not met: empty where it is.
    public let reasons: [String]
    /// What would help.
    public let help: [String]

    public var isMet: Bool { reasons.isEmpty }

    /// - Parameters:
    ///   - isStale: the version was trained for another contract than the one in force.
    ///   - items: what the inputs are called: `audited inputs`.
    ///   - threshold: how it was chosen; nil: the settings say it, or there is none.
    public init(
        _ figures: Figures,
        require: RouteSettings.Requirement,
        isStale: Bool,
        items: String,
        threshold: ThresholdFinding? = nil
    ) {
        var unmet = Unmet()
        if isStale {
            unmet.add(
                "the version was trained for another contract than the one in force",
                help: "train again: its examples are answers to another prompt, model or format"
            )
        }
        if let share = figures.largeInvalid.share, share > Self.mostInvalid {
            let invalid = figures.largeInvalid
            unmet.add(
                "large failed the checks in \(invalid.count) of \(invalid.of) answers (\(share.percent)), "
                    + "more than 5 %",
                help: "mend the large prompt or the checks until large passes them: it is what small learns from"
            )
        }
        Self.agreement(figures, require, items, threshold, &unmet)
        if let price = figures.price, price.served >= price.large {
            unmet.add(
                "a request would cost \(price.served.dollarsEach), all-large costs \(price.large.dollarsEach)",
                help: "a shorter prompt for small, or fewer fallbacks (now \(figures.fallback.share?.percent ?? "all"))"
            )
        }
        if let difference = figures.againstInService {
            let upper = difference.upperBound(confidence: figures.confidence)
            if upper > 0 {
                unmet.add(
                    "not shown to leave no more to large than the version in service: \(difference.estimate.points), "
                        + "with certainty only at most \(upper.points)",
                    help: Self.help(difference, figures.confidence)
                )
            }
        }
        reasons = unmet.reasons
        help = unmet.help
    }

    private struct Unmet {
        var reasons: [String] = []
        var help: [String] = []

        mutating func add(_ reason: String, help text: String) {
            reasons.append(reason)
            if !help.contains(text) { help.append(text) }
        }
    }

    private static func agreement(
        _ figures: Figures,
        _ require: RouteSettings.Requirement,
        _ items: String,
        _ threshold: ThresholdFinding?,
        _ unmet: inout Unmet
    ) {
        let measured = require == .small ? figures.small : figures.accepted
        let whose = require == .small ? "small's answers" : "accepted answers"
        guard measured.lower < least else { return }
        guard let share = measured.share else {
            switch threshold?.result {
            case .tooFew(let needed)?:
                unmet.add(
                    "no threshold can be proven on so few inputs, so nothing is accepted",
                    help: "\(needed) inputs to choose on at the least, beside those to measure with"
                )
            case .notProven(let accepted, let bad)?:
                unmet.add(
                    "no threshold keeps nine in ten answers right, so nothing is accepted: of the \(accepted) surest "
                        + "answers \(bad) differ from large's",
                    help: "more examples, or more reviews of where the two differ"
                )
            default:
                unmet.add("there is nothing to measure: none of the \(whose) has a reference", help: "more \(items)")
            }
            return
        }
        let reason =
            "\(whose) agree with \(figures.reference.name) in \(share.percent), "
            + "for certain only \(measured.lower.percent): \(measured.count) of \(measured.of)"
        guard let needed = needed(share: share, confidence: figures.confidence) else {
            let better = "a share of \(share.percent) will not reach 90 % with more \(items): more examples"
            unmet.add(reason, help: require == .small ? better : better + ", or a stricter threshold")
            return
        }
        // Of the items only some are accepted and have a reference.
        let rate = Double(measured.of) / Double(max(1, figures.count))
        let more = max(1, Int((Double(needed - measured.of) / max(rate, 0.001)).rounded(.up)))
        unmet.add(reason, help: "about \(more) more \(items), if the share stays what it is")
    }

    /// How many must be measured for the lower bound to reach the bar at an observed share; nil: no number does.
    public static func needed(share: Double, confidence: Double) -> Int? {
        guard share > least + 0.001 else { return nil }
        func reaches(_ count: Int) -> Bool {
            let agreeing = Int((share * Double(count)).rounded())
            return Binomial.atLeast(agreeing, of: count, share: least) <= 1 - confidence
        }
        // Since only whole answers agree, it may be reached, missed by one more, and reached again: the first counts.
        var count = 1
        while !reaches(count) { count += max(1, count / 200) }
        return count
    }

    private static func help(_ difference: PairedDifference, _ confidence: Double) -> String {
        guard difference.estimate < 0 else {
            return "it leaves no less to large than the one in service: more examples of what falls back"
        }
        for factor in 2...64 {
            let more = PairedDifference(
                onlyFirst: difference.onlyFirst * factor,
                onlySecond: difference.onlySecond * factor,
                of: difference.count * factor
            )
            if more.upperBound(confidence: confidence) <= 0 {
                return "about \(difference.count * (factor - 1)) more inputs, if the difference stays what it is"
            }
        }
        return "the difference is too small to be shown with any number of inputs: more examples of what falls back"
    }

    var json: JSONTree {
        .members([
            ("met", .bool(isMet)), ("reasons", .array(reasons.map { .string($0) })),
            ("help", .array(help.map { .string($0) })),
        ])
    }
}

extension EvaluationReference {
    /// As people read it.
    var name: String { self == .large ? "large" : "the label" }
}
