public import Settings

/// What providers ask for training. US dollars per million tokens, each token counted once an epoch.
///
/// From the providers' price pages as of 2026 (WIRE); a model that is not here has no known price, and then no
/// estimate.
public enum TrainingPrice {
    private static let known: [(base: String, price: Double)] = [
        ("babbage-002", 0.4),
        ("davinci-002", 6),
        ("gpt-4o-mini", 3),
        ("gpt-4o", 25),
        ("gpt-4.1-nano", 1.5),
        ("gpt-4.1-mini", 5),
        ("gpt-4.1", 25),
    ]

    /// What a route says, or else what its base model is known to cost; nil: neither.
    public static func perMillion(_ training: TrainingSettings) -> Double? {
        training.trainer == .openai ? training.price ?? perMillion(training.base) : nil
    }

    /// Said where a budget has to hold and the price is not known.
    public static func isMissing(_ training: TrainingSettings) -> String? {
        guard training.trainer == .openai, perMillion(training) == nil else { return nil }
        return "what training '\(training.base)' costs is not known: say it with training.price "
            + "(US dollars per million tokens; 0 where it costs nothing)"
    }

    /// - Parameter base: the name, with or without a date behind it (`gpt-4o-mini-2024-07-18`).
    public static func perMillion(_ base: String) -> Double? {
        known.filter { base == $0.base || base.hasPrefix($0.base + "-2") }.max { $0.base.count < $1.base.count }?.price
    }

    /// How often a provider goes through so many examples where nobody says: three times, more often where there are
    /// few and less where there are very many (OpenAI's cookbook, "Data preparation and analysis for chat model
    /// fine-tuning").
    public static func epochs(_ examples: Int) -> Int {
        guard examples > 0 else { return 0 }
        let usual = 3
        if examples * usual < 100 { return min(25, (100 + examples - 1) / examples) }
        if examples * usual > 25_000 { return max(1, 25_000 / examples) }
        return usual
    }
}
