import JSON

/// What a job's creation asks for, checked as the provider checks it.
struct JobRequest: Equatable {
    /// A number, or the provider's choice.
    enum Setting: Equatable {
        case auto
        case number(Double)
    }

    var base: String
    var trainingFile: String
    var validationFile: String?
    var suffix: String?
    var seed: Int?
    var epochs = Setting.auto
    var batch = Setting.auto
    var rate = Setting.auto
    var metadata = JSONTree.null

    static func read(_ body: [UInt8], bases: [String]) throws(ProviderError) -> JobRequest {
        guard let tree = try? JSONTree.parse(body), tree.object != nil else {
            throw .invalid("We could not parse the JSON body of your request.")
        }
        let base = try text(tree, "model")
        guard let base else { throw missing("model") }
        guard bases.contains(base) else {
            throw .invalid(
                "Model \(base) is not available for fine-tuning or does not exist.",
                param: "model",
                code: "model_not_available"
            )
        }
        guard let file = try text(tree, "training_file") else { throw missing("training_file") }
        var request = JobRequest(base: base, trainingFile: file)
        request.validationFile = try text(tree, "validation_file")
        request.suffix = try text(tree, "suffix")
        if let suffix = request.suffix, !(1...64).contains(suffix.unicodeScalars.count) {
            throw .invalid("Invalid 'suffix': a string of 1 to 64 characters was expected.", param: "suffix")
        }
        if let value = tree["seed"], !value.isNull {
            guard let seed = value.int, (0...Int(Int32.max)).contains(seed) else {
                throw .invalid("Invalid 'seed': an integer between 0 and 2147483647 was expected.", param: "seed")
            }
            request.seed = seed
        }
        if let type = tree["method"]?["type"], type.string != "supervised" {
            throw .invalid("The simulator trains with the method 'supervised' only.", param: "method.type")
        }
        let method = tree["method"]?["supervised"]?["hyperparameters"]
        let settings = method ?? tree["hyperparameters"]
        let path = method == nil ? "hyperparameters" : "method.supervised.hyperparameters"
        request.epochs = try setting(settings, "n_epochs", path, whole: true, in: 1...50)
        request.batch = try setting(settings, "batch_size", path, whole: true, in: 1...256)
        request.rate = try setting(settings, "learning_rate_multiplier", path, whole: false, in: 1e-9...1e9)
        if let metadata = tree["metadata"], !metadata.isNull {
            guard let members = metadata.object, members.count <= 16,
                members.allSatisfy({ member in
                    member.name.unicodeScalars.count <= 64
                        && member.value.string.map { $0.unicodeScalars.count <= 512 } == true
                })
            else {
                throw .invalid(
                    "Invalid 'metadata': at most 16 pairs of strings, 64 and 512 characters long, were expected.",
                    param: "metadata"
                )
            }
            request.metadata = metadata
        }
        return request
    }

    private static func missing(_ name: String) -> ProviderError {
        .invalid("Missing required parameter: '\(name)'.", param: name, code: "missing_required_parameter")
    }

    private static func text(_ tree: JSONTree, _ name: String) throws(ProviderError) -> String? {
        guard let value = tree[name], !value.isNull else { return nil }
        guard let text = value.string else {
            throw .invalid("Invalid type for '\(name)': expected a string.", param: name, code: "invalid_type")
        }
        return text
    }

    private static func setting(
        _ settings: JSONTree?,
        _ name: String,
        _ path: String,
        whole: Bool,
        in range: ClosedRange<Double>
    ) throws(ProviderError) -> Setting {
        guard let value = settings?[name], !value.isNull, value.string != "auto" else { return .auto }
        guard let number = whole ? value.int.map(Double.init) : value.double, range.contains(number) else {
            let kind =
                whole ? "an integer from \(Int(range.lowerBound)) to \(Int(range.upperBound))" : "a number above 0"
            throw .invalid("Invalid '\(path).\(name)': 'auto' or \(kind) was expected.", param: "\(path).\(name)")
        }
        return .number(number)
    }
}
