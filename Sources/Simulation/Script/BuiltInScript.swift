extension Script {
    /// The models that `understudy-sim` offers without a script.
    ///
    /// | model | what it does | ms |
    /// | --- | --- | --- |
    /// | `search-large` | does both jobs of `config/code-search` as their long prompts ask it to, always right; makes up inputs | about 350 |
    /// | `search-small` | turns questions into the search language, wrong for three in ten: see `Student` | about 100 |
    /// | `traits-small` | tells characteristics of code, wrong for three in ten | about 100 |
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
                    answers: [
                        AnswerRule(when: .contains("\nCharacteristics:"), reply: .teacher(.traits)),
                        AnswerRule(reply: .teacher(.search)),
                    ]
                ),
                "search-small": small(.search),
                "traits-small": small(.traits),
                "echo": ModelScript(answers: [AnswerRule(reply: .echo)]),
                "steady": ModelScript(says: "ok"),
            ]
        )
    }

    private static func small(_ job: Job) -> ModelScript {
        ModelScript(
            latency: .milliseconds(20),
            jitter: .milliseconds(10),
            perToken: .milliseconds(4),
            answers: [AnswerRule(reply: .student(job, .usual))],
            leadingSpace: true
        )
    }
}
