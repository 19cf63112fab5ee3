import Harvest

extension Candidate {
    /// A candidate with something in every member.
    static func sample(
        id: CandidateID = .next(),
        route: String = "code-search",
        reason: String = "low_confidence",
        input: String = "find me my slowest recursive functions",
        large: String = "functions where recursive sort by duration desc",
        status: Status = .new
    ) -> Candidate {
        Candidate(
            id: id,
            requestID: "req-\(input.count)",
            createdAt: WallTime(milliseconds: 1_795_392_344_123),
            route: route,
            environment: "production",
            contract: "5f2b",
            version: "v3",
            reason: reason,
            detail: "min_logprob -3.5 < -1.2",
            request: Array(
                #"{ "model" : "code-search", "messages": [{"role":"user","content":"\#(input)"}], "n": 1.0e0 }"#.utf8
            ),
            prompt: Prompt(
                small: Array(#""\#(input)\n\n###\n\n""#.utf8),
                large: Array(
                    #"[{"role":"system","content":"Answer in the DSL."},{"role":"user","content":"\#(input)"}]"#.utf8
                )
            ),
            small: Answer(
                model: "ft:babbage-002",
                choices: Array(
                    #"[{"text":" functions","index":0,"logprobs":{"tokens":[" functions"],"token_logprobs":[-3.50]},"finish_reason":"stop"}]"#
                        .utf8
                ),
                usage: Array(#"{"prompt_tokens":9,"completion_tokens":1,"total_tokens":10}"#.utf8),
                cost: 0.000016,
                milliseconds: 41.5
            ),
            large: Answer(
                model: "large-1",
                choices: Array(
                    #"[{"index":0,"message":{"role":"assistant","content":"\#(large)","refusal":null},"finish_reason":"stop"}]"#
                        .utf8
                ),
                usage: Array(#"{"prompt_tokens":90,"completion_tokens":11,"total_tokens":101}"#.utf8),
                cost: 0.00123,
                milliseconds: 912
            ),
            score: -3.5,
            threshold: -1.2,
            cacheKey: "00ff",
            status: status,
            metadata: Array(#"{"tenant":"a"}"#.utf8),
            stop: "\n"
        )
    }
}
