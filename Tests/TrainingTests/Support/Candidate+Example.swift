import Harvest

extension Candidate {
    /// A candidate of the route `r`: a question and what large answered.
    static func example(
        _ input: String,
        _ answer: String,
        source: Source = .fallback,
        contract: String = "c",
        reason: String = "low_confidence",
        finish: String = "stop"
    ) -> Candidate {
        Candidate(
            requestID: "req",
            route: "r",
            environment: "default",
            contract: contract,
            version: nil,
            source: source,
            reason: reason,
            request: Array(#"{"model":"r","messages":[{"role":"user","content":"\#(input)"}]}"#.utf8),
            large: Answer(
                model: "huge",
                choices: Array(
                    #"[{"index":0,"message":{"role":"assistant","content":"\#(answer)"},"finish_reason":"\#(finish)"}]"#
                        .utf8
                ),
                cost: 0.002,
                milliseconds: 10
            )
        )
    }
}
