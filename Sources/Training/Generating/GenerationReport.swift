public import JSON

/// What a run of `generate` came to.
public struct GenerationReport: Sendable, Equatable {
    /// Inputs that were given, or examples that were asked for.
    public var wanted = 0
    /// Examples are made up until so many are kept.
    public var isInvented = false
    public var kept = 0
    /// Answers that were heard; of these, paid for by an earlier part.
    public var asked = 0
    public var remembered = 0
    /// Inputs that were in the store, or twice among those given.
    public var known = 0
    /// Near one that is there, with an equal answer.
    public var duplicates = 0
    /// Inputs whose first answer failed a check; those whose second failed too, by reason.
    public var retried = 0
    public var failed: [String: Int] = [:]
    /// Large did not say the same each time.
    public var disagreed = 0
    /// The file expects another answer.
    public var unexpected = 0
    public var unanswered = 0
    public var lastFailure: String?
    /// US dollars.
    public var spent = 0.0
    public var isComplete = false
    /// Why it ended early.
    public var stopped: String?

    public init() {}

    /// Inputs that are done with.
    public var decided: Int {
        kept + known + duplicates + disagreed + unexpected + unanswered + failed.values.reduce(0, +)
    }

    mutating func note(_ facts: Production.Facts) {
        asked += facts.asked
        remembered += facts.remembered
        if facts.wasRetried { retried += 1 }
    }

    /// What was kept out and why, in words.
    public var losses: [String] {
        var losses: [String] = []
        func add(_ count: Int, _ words: String) { if count > 0 { losses.append("\(count) \(words)") } }
        add(known, "known already")
        add(duplicates, "near another with an equal answer")
        for (reason, count) in failed.sorted(by: { $0.key < $1.key }) { add(count, "failed twice: \(reason)") }
        add(disagreed, "answered differently when asked again")
        add(unexpected, "answered otherwise than the file expects")
        add(unanswered, "without an answer" + (lastFailure.map { " (the last: \($0))" } ?? ""))
        return losses
    }

    /// As a program reads it.
    public var tree: JSONTree {
        let counts = [
            ("wanted", wanted), ("kept", kept), ("asked", asked), ("remembered", remembered), ("known", known),
            ("duplicates", duplicates), ("retried", retried), ("disagreed", disagreed), ("unexpected", unexpected),
            ("unanswered", unanswered),
        ]
        let failed = failed.sorted { $0.key < $1.key }.map { JSONTree.Member(name: $0.key, value: .int($0.value)) }
        return .object(
            counts.map { .init(name: $0.0, value: .int($0.1)) } + [
                .init(name: "failed", value: .object(failed)), .init(name: "cost", value: .double(spent)),
                .init(name: "complete", value: .bool(isComplete)),
                .init(name: "stopped", value: stopped.map { .string($0) } ?? .null),
            ]
        )
    }
}
