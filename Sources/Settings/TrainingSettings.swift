/// `training:` of a route — who makes its next small model out of data sets.
public struct TrainingSettings: Sendable, Hashable {
    public enum Trainer: Sendable, Hashable {
        /// Files and fine-tuning jobs of a provider that speaks OpenAI's protocol.
        case openai
        /// The house's own: a command and its arguments, run without a shell.
        case command(run: [String])
    }

    /// Which answers are trained on.
    public enum Use: String, Sendable, Hashable, CaseIterable {
        /// Answers of large that nobody looked at too.
        case all
        case reviewed
    }

    public let trainer: Trainer
    /// Where the provider is; nil for a command.
    public let baseURL: String?
    /// A secret.
    public let apiKey: String?
    /// The model that is trained further; empty where a command was given none.
    public let base: String
    /// What the provider puts into the new model's name.
    public let suffix: String?
    /// US dollars per million tokens, each token counted once an epoch; nil: not said.
    public let price: Double?
    public let use: Use
    /// By name, each a JSON number.
    public let hyperparameters: [String: [UInt8]]

    /// - Returns: nil where no trainer can be read (reported).
    init?(_ fields: Fields) {
        guard case .mapping = fields.node.value else { return nil }
        if fields.value("trainer") == nil { fields.missing("trainer", "is missing: openai or command") }
        let name = fields.word("trainer", of: Name.self)
        baseURL = fields.baseURL("base_url")
        apiKey = fields.apiKey("api_key", for: baseURL ?? "https://")
        let run = fields.command("run")
        base = fields.text("base") ?? ""
        suffix = Self.suffix(fields)
        price = fields.number("price", in: 0...(.infinity))
        use = fields.word("use", default: .all)
        hyperparameters = Self.hyperparameters(fields)
        switch name {
        case .openai:
            for (key, why) in [("base_url", "where the provider is"), ("base", "the model that is trained further")]
            where fields.value(key) == nil {
                fields.missing(key, "is missing: \(why)")
            }
            Self.refuse(["run"], "belongs to 'trainer: command'", fields)
            trainer = .openai
        case .command:
            if fields.value("run") == nil { fields.missing("run", "is missing: the command and its arguments") }
            Self.refuse(["base_url", "api_key", "suffix", "price"], "belongs to 'trainer: openai'", fields)
            trainer = .command(run: run ?? [])
        case nil:
            return nil
        }
    }

    private enum Name: String, CaseIterable { case openai, command }

    private static func refuse(_ keys: [String], _ message: String, _ fields: Fields) {
        for key in keys {
            guard let node = fields.value(key) else { continue }
            fields.reading.problems.add(node.keyPlace, key: node.key, message)
        }
    }

    private static func suffix(_ fields: Fields) -> String? {
        guard let suffix = fields.text("suffix"), let node = fields.value("suffix") else { return nil }
        guard suffix.utf8.count <= 64, suffix.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            let message = "must be at most 64 printable ASCII characters without spaces: it goes into the model's name"
            fields.reading.problems.add(node.place, key: node.key, message)
            return nil
        }
        return suffix
    }

    private static func hyperparameters(_ fields: Fields) -> [String: [UInt8]] {
        fields.section("hyperparameters") { fields in
            var numbers: [String: [UInt8]] = [:]
            for entry in fields.own.sorted(by: { $0.name < $1.name }) {
                guard case .scalar(let scalar) = entry.value.value, scalar.isPlain, JSONText.isNumber(scalar.text)
                else {
                    let message = "expected a number, found \(entry.value.kind)"
                    fields.reading.problems.add(entry.value.place, key: entry.value.key, message)
                    continue
                }
                numbers[entry.name] = Array(scalar.text.utf8)
                fields.put(entry.name, .plain(scalar.text))
            }
            return numbers
        }
    }
}

/// `canary:` of a route — how a new small model proves itself before it takes over.
public struct CanarySettings: Sendable, Hashable {
    /// Of the route's inputs, 0 to 1: so many begin with the new model, and as many are the control.
    public let share: Double
    /// Without a decision by then the new model goes: not proven.
    public let within: Duration

    init(_ fields: Fields) {
        share = fields.share("share", default: 0.05)
        if let node = fields.value("share"), share <= 0 || share > 0.5 {
            let message = "must be above 0% and at most 50%: as many are the control that it is compared with"
            fields.reading.problems.add(node.place, key: node.key, message)
        }
        within = fields.duration("within", default: .seconds(7 * 86_400))
    }
}
