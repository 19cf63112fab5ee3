import Judgment

extension ConfidenceRule {
    /// `confidence:` of a route; nil where no threshold can be read (reported).
    init?(_ fields: Fields) {
        let score = fields.word("score", default: ScoreName.min)
        let threshold = Self.threshold(fields)
        let quantile = fields.value("quantile")
        if score != .quantile, let quantile {
            let message = "belongs to 'score: \(ScoreName.quantile.rawValue)'"
            fields.reading.problems.add(quantile.keyPlace, key: quantile.key, message)
        }
        let level = fields.number("quantile", in: 0...1)
        if score == .quantile, quantile == nil { fields.put("quantile", .plain("0.1")) }
        let over = fields.word("over", default: ScoreSpan.all)
        let whenMissing = Self.whenMissing(fields)
        guard let threshold else { return nil }
        self.init(score: score, threshold: threshold, quantile: level ?? 0.1, over: over, whenMissing: whenMissing)
    }

    private static func threshold(_ fields: Fields) -> Double? {
        guard let node = fields.value("threshold") else {
            fields.missing("threshold", "is missing: answers with a lower score are rejected")
            return nil
        }
        if case .scalar(let scalar) = node.value, scalar.text == "auto" {
            // Nothing is that sure: until a version brings its threshold, everything falls back.
            return fields.standard("threshold", .infinity, .plain("auto"))
        }
        return fields.number("threshold", in: -(.infinity)...(.infinity))
    }

    private static func whenMissing(_ fields: Fields) -> WhenMissing {
        guard case .mapping = fields.value("when_missing")?.value else {
            let policy = fields.word("when_missing", default: MissingPolicy.fallback)
            return WhenMissing(text: policy, tools: policy)
        }
        return fields.section("when_missing") { fields in
            WhenMissing(
                text: fields.word("text", default: .fallback),
                tools: fields.word("tools", default: .fallback)
            )
        }
    }
}
