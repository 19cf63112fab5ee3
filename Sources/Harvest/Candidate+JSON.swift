// The written form of a candidate: one JSON object with the members of the contract, in one order. It is what a spool
// record holds, what the store keeps, and what lists and `candidates list --json` show.
//
// Values of ours that are absent are written as null, so that every object has every member; `untrainable`, `stop` and
// `audit` and `client` are the exception, they stand only where there is something to say.

public import JSON

extension Candidate {
    /// Appends the object.
    public func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("id")
        writer.string(id.description)
        writer.name("request_id")
        writer.string(requestID)
        writer.name("created_at")
        writer.string(createdAt.rfc3339)
        writer.name("route")
        writer.string(route)
        writer.name("environment")
        writer.string(environment)
        writer.name("contract")
        writer.string(contract)
        writer.name("version")
        writer.stringOrNull(version)
        writer.name("source")
        writer.string(source.rawValue)
        writer.name("reason")
        writer.string(reason)
        writer.name("detail")
        writer.stringOrNull(detail)
        writer.name("request")
        writer.raw(request)
        writer.name("prompt")
        writer.beginObject()
        writer.name("small")
        writer.rawOrNull(prompt.small)
        writer.name("large")
        writer.rawOrNull(prompt.large)
        writer.endObject()
        writer.name("small")
        Self.write(small, to: &writer)
        writer.name("large")
        Self.write(large, to: &writer)
        writer.name("score")
        writer.numberOrNull(score)
        writer.name("threshold")
        writer.numberOrNull(threshold)
        writer.name("cache_key")
        writer.stringOrNull(cacheKey)
        writer.name("status")
        writer.string(status.rawValue)
        writer.name("completion")
        writer.stringOrNull(completion)
        writer.name("metadata")
        writer.rawOrNull(metadata)
        if let untrainable {
            writer.name("untrainable")
            writer.string(untrainable)
        }
        if let stop {
            writer.name("stop")
            writer.string(stop)
        }
        if let audit {
            writer.name("audit")
            Self.write(audit, to: &writer)
        }
        if let client {
            writer.name("client")
            writer.string(client)
        }
        writer.endObject()
    }

    /// The object, with the client's JSON as it came: line breaks between its members are kept.
    public func encode() -> [UInt8] {
        var writer = JSONWriter(reserving: approximateSize + 512)
        write(to: &writer)
        return writer.bytes
    }

    /// The object on one line, without its line end. JSON has raw line breaks only between tokens (inside strings they
    /// are escaped, RFC 8259 section 7), so a blank does as well.
    public func encodeOnOneLine() -> [UInt8] {
        encode().map { $0 == 0x0a || $0 == 0x0d ? 0x20 : $0 }
    }

    private static func write(_ answer: Answer?, to writer: inout JSONWriter) {
        guard let answer else { return writer.null() }
        writer.beginObject()
        writer.name("model")
        writer.string(answer.model)
        writer.name("choices")
        writer.raw(answer.choices)
        writer.name("usage")
        writer.rawOrNull(answer.usage)
        writer.name("cost")
        writer.numberOrNull(answer.cost)
        writer.name("ms")
        writer.number(answer.milliseconds)
        writer.name("cut")
        writer.bool(answer.cut)
        writer.name("cut_at")
        if let cutAt = answer.cutAt { writer.number(cutAt) } else { writer.null() }
        writer.endObject()
    }
}

extension Candidate {
    fileprivate static func write(_ audit: Audit, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("draw")
        writer.string(audit.draw.rawValue)
        writer.name("probability")
        writer.number(audit.probability)
        writer.name("result")
        writer.string(audit.result.rawValue)
        writer.name("similarity")
        writer.numberOrNull(audit.similarity)
        writer.name("note")
        writer.stringOrNull(audit.note)
        writer.endObject()
    }
}

extension JSONWriter {
    mutating func stringOrNull(_ text: String?) {
        if let text { string(text) } else { null() }
    }

    mutating func rawOrNull(_ value: [UInt8]?) {
        if let value { raw(value) } else { null() }
    }

    mutating func numberOrNull(_ value: Double?) {
        if let value { number(value) } else { null() }
    }
}

/// A record that is no candidate: its bytes are whole (the checksum holds), so a newer program wrote it, or a bug.
public struct UnreadableCandidate: Error, Sendable, Equatable, CustomStringConvertible {
    /// The member that could not be read: "small.cost".
    public var member: String

    public var description: String { "candidate: member \(member) is missing or has another type than expected" }
}

extension Candidate {
    /// Reads what `encode` wrote. Members it does not know are ignored.
    public init(json: some Collection<UInt8>) throws(UnreadableCandidate) {
        guard let members = RawMembers(ArraySlice(json)) else { throw UnreadableCandidate(member: "(object)") }
        let fields = Fields(members: members, path: "")
        let prompts = try fields.object("prompt")
        guard let id = CandidateID(try fields.string("id")) else { throw UnreadableCandidate(member: "id") }
        guard let createdAt = WallTime(rfc3339: try fields.string("created_at")) else {
            throw UnreadableCandidate(member: "created_at")
        }
        guard let source = Source(rawValue: try fields.string("source")) else {
            throw UnreadableCandidate(member: "source")
        }
        guard let status = Status(rawValue: try fields.string("status")) else {
            throw UnreadableCandidate(member: "status")
        }
        self.init(
            id: id,
            requestID: try fields.string("request_id"),
            createdAt: createdAt,
            route: try fields.string("route"),
            environment: try fields.string("environment"),
            contract: try fields.string("contract"),
            version: try fields.optionalString("version"),
            source: source,
            reason: try fields.string("reason"),
            detail: try fields.optionalString("detail"),
            request: try fields.raw("request"),
            prompt: Prompt(small: prompts?.optionalRaw("small"), large: prompts?.optionalRaw("large")),
            small: try Answer(fields.object("small")),
            large: try Answer(fields.object("large")),
            score: try fields.optionalNumber("score"),
            threshold: try fields.optionalNumber("threshold"),
            cacheKey: try fields.optionalString("cache_key"),
            status: status,
            completion: try fields.optionalString("completion"),
            metadata: fields.optionalRaw("metadata"),
            untrainable: try fields.optionalString("untrainable"),
            stop: try fields.optionalString("stop"),
            audit: try Audit(fields.object("audit")),
            client: try fields.optionalString("client")
        )
    }
}

extension Candidate.Audit {
    fileprivate init?(_ fields: Fields?) throws(UnreadableCandidate) {
        guard let fields else { return nil }
        guard let draw = Draw(rawValue: try fields.string("draw")),
            let result = Result(rawValue: try fields.string("result")),
            let probability = try fields.optionalNumber("probability")
        else { throw UnreadableCandidate(member: "audit") }
        self.init(
            draw: draw,
            probability: probability,
            result: result,
            similarity: try fields.optionalNumber("similarity"),
            note: try fields.optionalString("note")
        )
    }
}

extension Candidate.Answer {
    fileprivate init?(_ fields: Fields?) throws(UnreadableCandidate) {
        guard let fields else { return nil }
        guard let milliseconds = try fields.optionalNumber("ms") else { throw UnreadableCandidate(member: "ms") }
        self.init(
            model: try fields.string("model"),
            choices: try fields.raw("choices"),
            usage: fields.optionalRaw("usage"),
            cost: try fields.optionalNumber("cost"),
            milliseconds: milliseconds,
            cut: try fields.raw("cut").elementsEqual("true".utf8),
            cutAt: try fields.optionalNumber("cut_at").flatMap { Int(exactly: $0) }
        )
    }
}

/// Typed reads of one object's members; null and absent are the same.
private struct Fields {
    let members: RawMembers
    let path: String

    func optionalRaw(_ name: StaticString) -> [UInt8]? {
        guard let value = members[name], !value.elementsEqual("null".utf8) else { return nil }
        return Array(value)
    }

    func raw(_ name: StaticString) throws(UnreadableCandidate) -> [UInt8] {
        guard let value = optionalRaw(name) else { throw unreadable(name) }
        return value
    }

    func optionalString(_ name: StaticString) throws(UnreadableCandidate) -> String? {
        guard let value = optionalRaw(name) else { return nil }
        guard let text = try? JSONTree.parse(value).string else { throw unreadable(name) }
        return text
    }

    func string(_ name: StaticString) throws(UnreadableCandidate) -> String {
        guard let text = try optionalString(name) else { throw unreadable(name) }
        return text
    }

    func optionalNumber(_ name: StaticString) throws(UnreadableCandidate) -> Double? {
        guard let value = optionalRaw(name) else { return nil }
        guard let number = Double(String(decoding: value, as: UTF8.self)) else { throw unreadable(name) }
        return number
    }

    func object(_ name: StaticString) throws(UnreadableCandidate) -> Fields? {
        guard let value = members[name], !value.elementsEqual("null".utf8) else { return nil }
        guard let members = RawMembers(value) else { throw unreadable(name) }
        return Fields(members: members, path: path + "\(name).")
    }

    private func unreadable(_ name: StaticString) -> UnreadableCandidate {
        UnreadableCandidate(member: path + "\(name)")
    }
}
