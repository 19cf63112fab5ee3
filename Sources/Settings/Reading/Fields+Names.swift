// Readers for values that name something.

extension Fields {
    /// A name that goes into headers, metrics and file names.
    func name(_ key: String, default fallback: String) -> String {
        guard let (node, scalar) = scalar(key, "a name") else {
            return standard(key, fallback, .text(fallback))
        }
        guard Name.isValid(scalar.text) else {
            reading.problems.add(node.place, key: node.key, "\(Name.rule), found \(node.kind)")
            return standard(key, fallback, .text(fallback))
        }
        return standard(key, scalar.text, .text(scalar.text))
    }

    /// The model that `key` names.
    func model(_ key: String, among models: [String: ModelSettings]) -> ModelSettings? {
        guard let (node, scalar) = scalar(key, "a model's name") else { return nil }
        guard let model = models[scalar.text] else {
            let suggestion = Suggestion.nearest(to: scalar.text, among: models.keys.sorted())
            reading.problems.add(node.place, key: node.key, "no model is named \(node.kind)", suggestion: suggestion)
            return nil
        }
        return standard(key, model, .text(model.name))
    }

    func share(_ key: String, default fallback: Double) -> Double {
        share(key) ?? standard(key, fallback, .plain(ShareText.print(fallback)))
    }

    /// Between 0 and 1, written as `2%`.
    func share(_ key: String) -> Double? {
        guard let (node, scalar) = scalar(key, "a share such as 2%") else { return nil }
        guard let share = ShareText.read(scalar.text) else {
            let guess = NumberText.read(scalar.written).flatMap { (0...1).contains($0) ? ShareText.print($0) : nil }
            let message = "expected a share such as 2%, between 0% and 100%, found \(node.kind)"
            reading.problems.add(node.place, key: node.key, message, suggestion: guess)
            return nil
        }
        return standard(key, share, .plain(ShareText.print(share)))
    }
}

/// Names of routes, models, environments and clients.
enum Name {
    /// Queues of the gateway's own: metrics name them beside the queues of models.
    static let takenByQueues = ["audit", "spool", "spool_segments"]

    static let rule = "expected at most 128 letters, digits, '-', '_', '.', ':' or '/'"

    static func isValid(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 128
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: "-_.:/".utf8.contains(byte)
                }
            }
    }
}
