import JSON

/// The models that there are: scripted ones, base models, and what jobs made of these.
extension Provider {
    /// A model that can be asked. A trained one is as its own entry in the script says, or as trained ones are.
    func model(_ name: String) throws(ProviderError) -> ModelScript {
        if let trained = workshop.models[name] {
            var model = script.models[name] ?? script.training.model
            model.learnt = trained
            return model
        }
        guard let model = script.models[name] else { throw Self.unknown(name) }
        return model
    }

    func models() -> JSONTree {
        let names = Set(script.models.keys).union(script.training.bases).union(workshop.models.keys)
        return object([("object", .string("list")), ("data", .array(names.sorted().map(entry)))])
    }

    func described(model name: String) throws(ProviderError) -> JSONTree {
        guard script.models[name] != nil || script.training.bases.contains(name) || workshop.models[name] != nil else {
            throw Self.unknown(name)
        }
        return entry(name)
    }

    func delete(model name: String) throws(ProviderError) -> JSONTree {
        guard workshop.delete(model: name) else {
            if script.models[name] == nil, !script.training.bases.contains(name) { throw Self.unknown(name) }
            throw ProviderError(status: 403, message: "You have insufficient permissions for this operation.")
        }
        return object([("id", .string(name)), ("object", .string("model")), ("deleted", .bool(true))])
    }

    private func entry(_ name: String) -> JSONTree {
        let trained = workshop.models[name]
        let model = script.models[name] ?? (trained == nil ? nil : script.training.model)
        return object([
            ("id", .string(name)), ("object", .string("model")),
            ("created", .int(trained?.job.created ?? 1_700_000_000)),
            ("owned_by", .string(trained == nil ? "simulation" : "org-sim")),
            ("shutdown_date", model?.shutdownDate.map(JSONTree.string) ?? .null),
        ])
    }

    private static func unknown(_ name: String) -> ProviderError {
        ProviderError(
            status: 404,
            message: "The model `\(name)` does not exist or you do not have access to it.",
            code: "model_not_found"
        )
    }
}
