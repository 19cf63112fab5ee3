import JSON

/// The part of a script that is about training:
///
///     "training": {
///       "bases": ["babbage-002", "in-house"],
///       "model": { "latency_ms": 20, "per_token_ms": 4, "faults": [] },
///       "faults": [
///         { "at": "upload", "status": 429, "retry_after": "1", "first": 1 },
///         { "at": "upload", "unprocessed": 2 },
///         { "at": "create", "status": 503, "every": 2 },
///         { "at": "create", "lost": true, "first": 1 },
///         { "at": "retrieve", "status": 500, "every": 3 },
///         { "job": "invalid", "message": "..." },
///         { "job": "breaks", "after": 1 },
///         { "job": "queued" }, { "job": "endless" },
///         { "job": "slow", "epoch_ms": 200, "contains": "a suffix" } ] }
extension TrainingScript {
    init(_ tree: JSONTree, at path: String, over base: TrainingScript) throws(ScriptError) {
        self = base
        var reader = try ScriptReader(tree, at: path)
        bases = try reader.texts("bases") ?? bases
        if let tree = reader.value("model") { model = try ModelScript(tree, at: reader.at("model")) }
        faults =
            try reader.list("faults") { tree, path throws(ScriptError) in try TrainingFault(tree, at: path) } ?? faults
        try reader.finish()
    }
}

extension TrainingFault {
    init(_ tree: JSONTree, at path: String) throws(ScriptError) {
        var reader = try ScriptReader(tree, at: path)
        let at = try reader.text("at")
        let place = at.flatMap(Place.init(rawValue:))
        if at != nil, place == nil {
            throw ScriptError(path: reader.at("at"), message: "one of upload, create, retrieve was expected")
        }
        let message = try reader.text("message")
        let retryAfter = try reader.text("retry_after")
        let after = try reader.integer("after") ?? 0
        let pause = try reader.milliseconds("epoch_ms")
        var kinds: [Kind] = []
        if let status = try reader.integer("status", atLeast: 400), let place {
            kinds.append(.status(place, status, retryAfter: retryAfter, message: message))
        }
        if try reader.flag("lost") == true, let place, place != .retrieve { kinds.append(.lost(place)) }
        if let looks = try reader.integer("unprocessed", atLeast: 1) { kinds.append(.unprocessed(looks: looks)) }
        switch try reader.text("job") {
        case nil: break
        case "invalid": kinds.append(.invalid(message: message))
        case "breaks": kinds.append(.breaks(afterEpoch: after))
        case "queued": kinds.append(.staysQueued)
        case "endless": kinds.append(.neverEnds)
        case "slow": kinds.append(.slow(pause ?? .milliseconds(100)))
        default:
            throw ScriptError(
                path: reader.at("job"),
                message: "one of invalid, breaks, queued, endless, slow was expected"
            )
        }
        let trigger = try FaultTrigger(from: &reader)
        try reader.finish()
        guard kinds.count == 1 else {
            throw ScriptError(
                path: path,
                message: "\"at\" with one of status, lost, unprocessed, or \"job\" was expected"
            )
        }
        self.init(kinds[0], trigger)
    }
}
