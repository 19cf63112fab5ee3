// What is wrong with a training file as a whole, and what the provider's own tool would advise (openai-python,
// `_validators.py`: `prepare_data`, and the cookbook's "Data preparation and analysis for chat model fine-tuning").

extension Export {
    /// Uploads of more than this are refused.
    private static let maximumBytes = 512_000_000

    /// What the provider refuses whatever the lines are.
    func fileViolations() -> [ExportViolation] {
        Part.allCases.compactMap { part in
            let size = size(part)
            guard size > Self.maximumBytes else { return nil }
            let message = "\(part.rawValue) has \(size) bytes; an upload has at most \(Self.maximumBytes)"
            return ExportViolation(id: nil, rule: "too_large", message: message)
        }
    }

    /// What the provider accepts, and advises against.
    func fileNotes() -> [String] {
        var notes: [String] = []
        let count = count(.train)
        if count < 10 {
            notes.append("the file has \(count) example(s): a fine-tuning job must have at least 10")
        } else if count < 100 {
            notes.append("the file has \(count) examples: quality tends to rise with every doubling, from 100 on")
        }
        if options.validation > 0, self.count(.validation) == 0 {
            notes.append("nothing fell into the validation file: there are too few inputs for that share")
        }
        if examples.count > 1, Set(examples.map(\.completion)).count == 1 {
            notes.append("all completions are the same: there is nothing to learn")
        }
        if options.format == .completions { notes += completionsNotes() }
        return notes
    }

    private func completionsNotes() -> [String] {
        guard examples.count > 1 else { return [] }
        var notes: [String] = []
        if let odd = Self.oddEnding(examples.lazy.map { ($0.id, $0.prompt) }) {
            notes.append("the prompts do not end alike (\(odd)): without a separator the model may continue the prompt")
        }
        if let odd = Self.oddEnding(examples.lazy.map { ($0.id, $0.completion) }) {
            notes.append(
                "the completions do not end alike (\(odd)): without a stop sequence the model may go on and on; "
                    + "set parameters.small.stop of the route"
            )
        }
        let beginning = examples.dropFirst().reduce(examples[0].prompt[...]) { common, example in
            common.prefix(zip(common, example.prompt).prefix { $0 == $1 }.count)
        }
        if beginning.count > 12 {
            let words = String(decoding: beginning.prefix(40), as: UTF8.self)
            notes.append("all prompts begin with '\(words)': what all have in common teaches nothing, and is paid for")
        }
        let shouting = examples.count { Self.isUpperCase($0.prompt) }
        if 3 * shouting > examples.count {
            notes.append("\(shouting) prompts are mostly in capitals: models do better with lower case")
        }
        return notes
    }

    /// Nil where all texts end alike, by one byte at least; else an id of one that does not end as most do.
    private static func oddEnding(_ texts: some Collection<(CandidateID, [UInt8])>) -> String? {
        var counts: [UInt8: Int] = [:]
        for (_, text) in texts { counts[text.last ?? 0, default: 0] += 1 }
        guard counts.count > 1, let usual = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) })?.key else {
            return nil
        }
        return texts.first { $0.1.last != usual }.map { "\($0.0), for example" }
    }

    private static func isUpperCase(_ text: [UInt8]) -> Bool {
        let upper = text.count { (0x41...0x5A).contains($0) }
        let lower = text.count { (0x61...0x7A).contains($0) }
        return upper > lower
    }
}
