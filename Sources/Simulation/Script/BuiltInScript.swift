extension Script {
    /// The models that `understudy-sim` offers without a script.
    ///
    /// | model | what it does | ms |
    /// | --- | --- | --- |
    /// | `search-large` | turns questions about code into the search language, always right | about 300 |
    /// | `search-small` | knows half of the language: see `SearchStudent` | about 60 |
    /// | `echo` | says what it was asked | 0 |
    /// | `steady` | says "ok", log-probability -0.05 | 0 |
    public static func builtIn(seed: UInt64 = 1, apiKeys: [String] = []) -> Script {
        Script(
            seed: seed,
            apiKeys: apiKeys,
            models: [
                "search-large": ModelScript(
                    latency: .milliseconds(260),
                    jitter: .milliseconds(80),
                    answers: [AnswerRule(reply: .searchTeacher)]
                ),
                "search-small": ModelScript(
                    latency: .milliseconds(50),
                    jitter: .milliseconds(20),
                    answers: [AnswerRule(reply: .searchStudent)],
                    leadingSpace: true
                ),
                "echo": ModelScript(answers: [AnswerRule(reply: .echo)]),
                "steady": ModelScript(says: "ok"),
            ]
        )
    }
}
