import Statistics

// The same rows for the terminal and for the page: each figure with its bound and what it was counted on.

/// A line of the report.
struct FigureRow: Sendable, Equatable {
    var name: String
    /// The figure, its bound, what it was measured on: as they are read.
    var value: String
    var bound: String
    var on: String
}

extension Evaluation {
    /// Who agrees with whom.
    var agreementRows: [FigureRow] {
        let reference = figures.reference.name
        var rows = [
            ("small against large", figures.smallAgainstLarge),
            ("accepted against \(reference)", figures.accepted),
            ("served against \(reference)", figures.served),
            ("large against itself (ceiling)", figures.largeAgainstItself),
        ]
        if figures.reference == .label { rows.insert(("small against the label", figures.small), at: 1) }
        if figures.smallAgainstReviewed.of > 0 {
            rows.append(("small against reviewed", figures.smallAgainstReviewed))
            rows.append(("large against reviewed", figures.largeAgainstReviewed))
        }
        return rows.map { name, share in
            FigureRow(
                name: name,
                value: share.share?.percent ?? "-",
                bound: share.of == 0 ? "" : "at least \(share.lower.percent)",
                on: "\(share.count) of \(share.of)"
            )
        }
    }

    /// What goes to large.
    var fallbackRows: [FigureRow] {
        var rows = [
            upper("left to large (fallback)", figures.fallback),
            upper("large failed its checks", figures.largeInvalid),
        ]
        if let inService, let difference = figures.againstInService {
            rows.append(
                FigureRow(
                    name: "fallback beyond \(inService)",
                    value: difference.estimate.points,
                    bound: "at most \(difference.upperBound(confidence: figures.confidence).points)",
                    on: "\(difference.onlyFirst) more, \(difference.onlySecond) fewer of \(difference.count)"
                )
            )
        }
        return rows
    }

    private func upper(_ name: String, _ share: MeasuredShare) -> FigureRow {
        FigureRow(
            name: name,
            value: share.share?.percent ?? "-",
            bound: share.of == 0 ? "" : "at most \(share.upper.percent)",
            on: "\(share.count) of \(share.of)"
        )
    }

    /// Beside what the method promises: 90 % similar, up to 40 times cheaper, 4 to 5 times quicker.
    var promiseRows: [FigureRow] {
        var rows: [FigureRow] = []
        if let price = figures.price {
            let on = "\(price.count) requests"
            let each = "\(price.small.dollarsEach) against \(price.large.dollarsEach) a call, \(on)"
            if let base = price.base {
                rows.append(FigureRow(name: "price ratio, list prices", value: base.times, bound: "", on: on))
            }
            if let call = price.call {
                rows.append(
                    FigureRow(name: "price ratio, a call (promise: up to 40x)", value: call.times, bound: "", on: each)
                )
            }
            if let effective = price.effective {
                let bound = price.effectiveLower.map { "at least \($0.times)" } ?? ""
                let on = "fallbacks and audits included: \(price.served.dollarsEach) a request"
                rows.append(FigureRow(name: "price ratio, effective", value: effective.times, bound: bound, on: on))
            }
        }
        if let latency = figures.latency {
            for (name, quantile) in [("p50", latency.p50), ("p95", latency.p95)] {
                let promise = name == "p50" ? " (promise: 4 to 5x)" : ""
                rows.append(
                    FigureRow(
                        name: "latency ratio, \(name)\(promise)",
                        value: quantile.ratio?.times ?? "-",
                        bound: quantile.ratioLower.map { "at least \($0.times)" } ?? "",
                        on: "\(quantile.small.estimate.milliseconds) against \(quantile.large.estimate.milliseconds); "
                            + "served \(quantile.served.estimate.milliseconds)"
                    )
                )
            }
        }
        return rows
    }

    /// Of the scores: what they are worth when some answers have to be left to large.
    var curveRows: [FigureRow] {
        guard let curve = figures.curve else { return [] }
        return [
            FigureRow(
                name: "deferral curve, area over random",
                value: curve.overRandom.map { "+\(($0 * 100).fixed(1)) %" } ?? "-",
                bound: "",
                on: "\(curve.area.fixed(4)) against \(curve.randomArea.fixed(4))"
            ),
            FigureRow(
                name: "least that any rule must leave to large",
                value: curve.floor.percent,
                bound: "",
                on: "for 90 % of the accepted to be right"
            ),
        ]
    }

    /// Of a route of labels, the commonest first.
    var labelRows: [FigureRow] {
        guard let labels = figures.labels else { return [] }
        let each = labels.byLabel.sorted {
            ($1.value.support, $0.key.count) < ($0.value.support, $1.key.count)
        }
        return [
            FigureRow(
                name: "macro-F1",
                value: labels.macroF1.fixed(3),
                bound: labels.kappa.map { "kappa \($0.fixed(3))" } ?? "",
                on: "\(labels.byLabel.count) labels"
            )
        ]
            + each.prefix(50).map { label, scores in
                FigureRow(
                    name: String(decoding: label.prefix(40), as: UTF8.self),
                    value: scores.f1.fixed(3),
                    bound: "precision \(scores.precision.fixed(3)), recall \(scores.recall.fixed(3))",
                    on: "\(scores.support)"
                )
            }
    }

    /// One line about what was measured, and how sure it is.
    var subtitle: String {
        let seen = looks == 1 ? "seen for the first time" : "look \(looks) at these inputs"
        return
            "\(figures.count) \(inputs.name), \(seen): each bound holds with \((figures.confidence * 100).fixed(2)) %"
    }

    /// Where the threshold comes from.
    var thresholdLine: String {
        guard let threshold else {
            return figures.gate.threshold.map { "threshold \($0), from the settings" }
                ?? "no threshold: what passes the checks is accepted"
        }
        switch threshold.result {
        case .chosen(let choice):
            let others = inputs.kind == .synthetic ? "other synthetic" : "other"
            return
                "threshold \(choice.threshold), chosen on \(threshold.count) \(others) "
                + "inputs: \(choice.accepted) accepted, \(choice.bad) of them unlike large's"
        case .tooFew(let needed):
            return "no threshold: \(threshold.count) inputs to choose on, \(needed) are needed at the least"
        case .notProven(let accepted, let bad):
            return "no threshold: \(bad) of the \(accepted) surest answers are unlike large's"
        }
    }

    /// What a reader has to know to take the figures for what they are.
    var notes: [String] {
        var notes: [String] = []
        if inputs.kind == .synthetic {
            notes.append(
                "synthetic: the inputs were generated or given, not drawn from traffic: that needs 100 audited ones"
            )
        }
        if inputs.examples == nil {
            notes.append("nobody knows what this model was trained on: it may have seen these inputs")
        }
        if inputs.trainedOn > 0 {
            notes.append("\(inputs.trainedOn) inputs are left out: trained on, or near to one that was")
        }
        if figures.reference == .large, figures.labelled > 0 {
            let enough = Figures.enoughLabels
            notes.append("\(figures.labelled) labelled blind: from \(enough) on the label is the reference")
        }
        if figures.areLabelsSelected {
            notes.append("those labelled are not like the rest (some were skipped?): label the rest too")
        }
        notes.append("served: what falls back is large's own answer, and agrees with itself")
        return notes
    }
}
