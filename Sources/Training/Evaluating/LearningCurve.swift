// What more examples bring: models that learnt from growing parts of one data set, measured on the same inputs.

public import JSON
public import Settings

/// The parts, the smallest first.
public struct LearningCurve: Sendable {
    public struct Point: Sendable {
        /// Lines it was trained on.
        public var examples: Int
        public var evaluation: Evaluation

        public init(examples: Int, evaluation: Evaluation) {
            self.examples = examples
            self.evaluation = evaluation
        }

        var agreement: MeasuredShare { evaluation.figures.smallAgainstLarge }
    }

    public let points: [Point]

    public init(_ points: [Point]) { self.points = points }

    /// The smallest part from which on the largest may be no better: what that one reaches is within the bounds of what
    /// this one may really be. Nil: the last step still helped, or too little was measured.
    public var enough: Int? {
        guard let last = points.last, let share = last.agreement.share else { return nil }
        return points.dropLast().first { $0.agreement.of > 0 && $0.agreement.upper >= share }?.examples
    }

    /// A table, and what it says.
    public var lines: [String] {
        var lines = ["examples  as large answers     left to large  accepted agree"]
        for point in points {
            let figures = point.evaluation.figures
            let agreement =
                "\(point.agreement.share?.percent ?? "-") (\(point.agreement.lower.percent) to "
                + "\(point.agreement.upper.percent))"
            let cells = [
                ("\(point.examples)", 10), (agreement, 21), (figures.fallback.share?.percent ?? "-", 15),
                (figures.accepted.share?.percent ?? "-", 0),
            ]
            lines.append(cells.map { $0.0 + String(repeating: " ", count: max(0, $0.1 - $0.0.count)) }.joined())
        }
        guard points.count > 1 else { return lines }
        if let enough {
            lines.append("more stopped helping at \(enough) examples, as far as \(measured) inputs can tell")
        } else {
            lines.append("more still helps at \(points[points.count - 1].examples) examples: make more")
        }
        if let looks = points.last?.evaluation.looks {
            lines.append("the bounds are those of look \(looks) at these inputs")
        }
        return lines
    }

    private var measured: Int { points.last?.agreement.of ?? 0 }

    public var json: JSONTree {
        .members([
            (
                "points",
                .array(
                    points.map { point in
                        .members([
                            ("examples", .int(point.examples)), ("model", .string(point.evaluation.model)),
                            ("similarity", point.agreement.json), ("fallback", point.evaluation.figures.fallback.json),
                            ("accepted", point.evaluation.figures.accepted.json),
                            ("evaluation", .string(point.evaluation.id)),
                        ])
                    }
                )
            ),
            ("enough", enough.map { .int($0) } ?? .null),
        ])
    }
}

extension Estimate {
    /// Measuring a model: a fifth is held out while nothing is audited; each input is asked twice of large and once of
    /// the new model.
    /// - Parameter examples: under the contract in force.
    public static func measuring(_ examples: Int, of route: RouteSettings) -> (inputs: Int, estimate: Estimate) {
        var estimate = Estimate()
        let held = max(1, examples / 5)
        estimate.add(2 * held, promptTokens: 400, answerTokens: 64, of: route.large)
        if let small = route.small { estimate.add(held, promptTokens: 64, answerTokens: 64, of: small) }
        return (held, estimate)
    }
}
