extension Script {
    /// The models that `understudy-sim` offers without a script.
    ///
    /// | model | what it does | ms |
    /// | --- | --- | --- |
    /// | `search-large` | turns questions about code into the search language, always right | about 350 |
    /// | `search-small` | knows half of the language: see `SearchStudent` | about 100 |
    /// | `echo` | says what it was asked | 0 |
    /// | `steady` | says "ok", log-probability -0.05 | 0 |
    public static func builtIn(seed: UInt64 = 1, apiKeys: [String] = []) -> Script {
        Script(
            seed: seed,
            apiKeys: apiKeys,
            models: [
                "search-large": ModelScript(
                    latency: .milliseconds(220),
                    jitter: .milliseconds(80),
                    perToken: .milliseconds(5),
                    answers: [AnswerRule(reply: .searchTeacher)]
                ),
                "search-small": ModelScript(
                    latency: .milliseconds(20),
                    jitter: .milliseconds(10),
                    perToken: .milliseconds(4),
                    answers: [AnswerRule(reply: .searchStudent)],
                    leadingSpace: true
                ),
                "echo": ModelScript(answers: [AnswerRule(reply: .echo)]),
                "steady": ModelScript(says: "ok"),
            ]
        )
    }
}
