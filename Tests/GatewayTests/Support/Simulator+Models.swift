import Simulation

extension Simulator {
    /// A provider with `small`, `large` and whatever else a test needs.
    static func with(
        small: ModelScript = ModelScript(says: "from small"),
        large: ModelScript = ModelScript(says: "from large"),
        _ others: [String: ModelScript] = [:]
    ) async throws -> Simulator {
        try await start(script: Script(models: ["small": small, "large": large].merging(others) { $1 }))
    }

    /// The body of the last request that the model saw.
    func lastBody(to model: String) -> String {
        requests(to: model).last.map { String(decoding: $0.body, as: UTF8.self) } ?? ""
    }
}

extension ModelScript {
    /// A model that breaks in one way, always.
    static func broken(_ fault: FaultKind, says text: String = "from small") -> ModelScript {
        ModelScript(says: text, faults: [ScriptedFault(fault)])
    }

    /// A model that says what the input asks for, by the first text that the input holds.
    static func table(_ rows: [(when: String, says: ScriptedReply)], logprobs: LogprobScript = .sure) -> ModelScript {
        ModelScript(answers: rows.map { AnswerRule(when: .contains($0.when), reply: $0.says) }, logprobs: logprobs)
    }
}

extension LogprobScript {
    static let sure = LogprobScript(base: .fixed(-0.05))
}
