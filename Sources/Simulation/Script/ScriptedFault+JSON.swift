import JSON

extension ScriptedFault {
    init(_ tree: JSONTree, at path: String) throws(ScriptError) {
        var reader = try ScriptReader(tree, at: path)
        var kinds: [FaultKind] = []
        let after = try reader.integer("after") ?? 0
        let pause = reader.value("for_ms")?.isNull == true ? nil : try reader.milliseconds("for_ms")
        let retryAfter = try reader.text("retry_after")
        let message = try reader.text("message")
        if let status = try reader.integer("status", atLeast: 400) {
            kinds.append(.status(status, retryAfter: retryAfter, message: message))
        }
        if let time = try reader.milliseconds("slow_ms") { kinds.append(.slow(time)) }
        if try reader.flag("hold") == true { kinds.append(.hold) }
        if reader.value("stall_ms")?.isNull == true {
            kinds.append(.stall(after: after, for: nil))
        } else if let time = try reader.milliseconds("stall_ms") {
            kinds.append(.stall(after: after, for: time))
        }
        switch try reader.text("reset") {
        case nil: break
        case "before": kinds.append(.resetBefore)
        case "inside": kinds.append(.resetInside(after: after))
        default: throw ScriptError(path: reader.at("reset"), message: "\"before\" or \"inside\" was expected")
        }
        if try reader.flag("malformed") == true { kinds.append(.malformed) }
        if let body = try reader.text("body") { kinds.append(.body(body)) }
        if let defect = try reader.text("logprobs") {
            guard let defect = LogprobDefect(rawValue: defect) else {
                let known = LogprobDefect.allCases.map(\.rawValue).joined(separator: ", ")
                throw ScriptError(path: reader.at("logprobs"), message: "one of \(known) was expected")
            }
            kinds.append(.logprobs(defect))
        }
        if let type = try reader.text("content_type") { kinds.append(.contentType(type)) }
        if let bytes = try reader.integer("oversized") { kinds.append(.oversized(bytes)) }
        if try reader.flag("close") == true { kinds.append(.closeAfter) }
        switch try reader.text("stream") {
        case nil: break
        case "reset": kinds.append(.stream(.reset(after: after)))
        case "close": kinds.append(.stream(.close(after: after)))
        case "end": kinds.append(.stream(.end(after: after)))
        case "error": kinds.append(.stream(.error(after: after, message: message)))
        case "malformed": kinds.append(.stream(.malformed(after: after)))
        case "stall": kinds.append(.stream(.stall(after: after, for: pause)))
        case "comments": kinds.append(.stream(.comments(after: after)))
        case "endless": kinds.append(.stream(.endless))
        case "no_done": kinds.append(.stream(.noDone))
        default:
            throw ScriptError(
                path: reader.at("stream"),
                message: "one of reset, close, end, error, malformed, stall, comments, endless, no_done was expected"
            )
        }
        let trigger = try FaultTrigger(from: &reader)
        try reader.finish()
        guard kinds.count == 1 else { throw ScriptError(path: path, message: "exactly one kind of fault was expected") }
        self.init(kinds[0], trigger)
    }
}

extension FaultTrigger {
    /// The members that say when, of any kind of fault. `after` is not among them: faults use that name for themselves.
    init(from reader: inout ScriptReader) throws(ScriptError) {
        self.init(
            share: try reader.number("share"),
            every: try reader.integer("every", atLeast: 1),
            first: try reader.integer("first"),
            contains: try reader.text("contains")
        )
    }
}
