import Completions
import JSON
import Settings

// How long each model's input is, in tokens: as the provider counted it where it was asked, else estimated by its
// bytes. The difference is what the small model is spared: its instructions are in its weights.
extension Explanation {
    struct Length {
        let input: InputLength
        let context: Int?
        let bytesPerToken: Double
        /// As the provider counted.
        let counted: Int?

        var tokens: Int { counted ?? input.tokens(bytesPerToken: bytesPerToken) }

        var facts: Facts {
            var facts = Facts()
            facts.add("bytes", input.bytes)
            facts.add("tokens", tokens)
            facts.add("tokens_from", counted == nil ? estimate : "the provider's usage")
            if let counted, counted > 0, input.bytes > 0 {
                facts.add("bytes_per_token", Explanation.rounded(Double(input.bytes) / Double(counted), 2))
            }
            facts.add("context", context)
            return facts
        }

        private var estimate: String {
            if input.bytes == 0, input.marks > 0 { return "counted" }
            return "estimated at \(NumberText.print(bytesPerToken)) bytes a token"
        }
    }

    func length(of model: ServedModel, _ turn: Trial.Turn?) -> Length {
        var counted: Int?
        if let turn, case .success = turn.attempt.result { counted = turn.attempt.call.input }
        return Length(
            input: request.inputLength(for: model.target(for: request)),
            context: model.settings.context,
            bytesPerToken: model.settings.bytesPerToken,
            counted: counted
        )
    }

    /// What small does not have to read of what large would; nil where either cannot be asked this.
    var spared: Facts? {
        guard let small = route.small(choice) ?? route.trainee else { return nil }
        for model in [small, route.large] where request.obstacle(to: model.target(for: request)) != nil { return nil }
        let lengths = (small: length(of: small, trial?.small), large: length(of: route.large, trial?.large))
        var facts = Facts()
        facts.add("tokens", lengths.large.tokens - lengths.small.tokens)
        if lengths.large.tokens > 0 {
            let share = 1 - Double(lengths.small.tokens) / Double(lengths.large.tokens)
            facts.add("percent", Explanation.rounded(share * 100, 1))
        }
        let isCounted = lengths.small.counted != nil && lengths.large.counted != nil
        facts.add("estimated", !isCounted)
        return facts
    }
}
