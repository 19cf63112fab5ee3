import Completions

extension FieldWriter {
    /// About how many bytes ``answer(_:)`` writes; a little more, in the usual case.
    static func room(for answer: CompletionAnswer) -> Int {
        var room = answer.raw.count + 96 + (answer.id?.count ?? 0) + (answer.model?.count ?? 0)
        for position in answer.choices.indices {
            room += 64 + (answer.choices[position].text?.count ?? 0)
            let tokens = answer.choices[position].logprobs?.count ?? 0
            room += tokens * 12 + (answer.choices[position].logprobs?.margins.count ?? 0) * 8
            room += answer.choices[position].logprobs?.tokenBytes.count ?? 0
        }
        return room
    }

    mutating func answer(_ answer: CompletionAnswer) {
        byte(answer.dialect == .completions ? 1 : answer.saysMore ? 2 : 0)
        text(answer.raw)
        optional(answer.id) { $0.text($1) }
        optional(answer.created) { $0.signed(Int64($1)) }
        optional(answer.model) { $0.text($1) }
        range(answer.modelRange, in: answer.raw)
        optional(answer.systemFingerprint) { $0.slice($1, of: answer.raw) }
        optional(answer.usage) { writer, usage in
            writer.signed(Int64(usage.promptTokens))
            writer.signed(Int64(usage.completionTokens))
            writer.signed(Int64(usage.totalTokens))
            writer.slice(usage.raw, of: answer.raw)
        }
        count(answer.choices.count)
        // Through pointers: a choice holds a dozen references, and a copy would count each of them.
        answer.choices.withUnsafeBufferPointer { choices in
            for position in choices.indices { choice(choices.baseAddress! + position, body: answer.raw) }
        }
    }

    private mutating func choice(_ choice: UnsafePointer<Choice>, body: [UInt8]) {
        signed(Int64(choice.pointee.index))
        optional(choice.pointee.text) { $0.text($1) }
        optional(choice.pointee.refusal) { $0.text($1) }
        count(choice.pointee.toolCalls.count)
        for call in choice.pointee.toolCalls {
            text(call.id)
            text(call.name)
            text(call.arguments)
        }
        optional(choice.pointee.finishReason) { writer, reason in
            if case .other(let text) = reason { writer.text(text) } else { writer.text(reason.text.utf8) }
        }
        optional(choice.pointee.logprobs) { $0.logprobs($1, body: body) }
        range(choice.pointee.logprobsRange, in: body)
        slice(choice.pointee.raw, of: body)
    }

    private mutating func logprobs(_ logprobs: TokenLogprobs, body: [UInt8]) {
        column(logprobs.logprobs) { $0.double($1) }
        text(logprobs.tokenBytes)
        column(logprobs.tokenEnds) { $0.unsigned(UInt64($1)) }
        column(logprobs.textOffsets) { $0.signed(Int64($1)) }
        column(logprobs.margins) { $0.double($1) }
        count(logprobs.alternatives)
        slice(logprobs.raw, of: body)
    }

    /// A place in the body; an empty one at its start where there is no such place.
    private mutating func range(_ range: Range<Int>, in body: [UInt8]) {
        let range = range.upperBound <= body.count ? range : 0..<0
        count(range.lowerBound)
        count(range.count)
    }

    private mutating func column<Value>(_ values: [Value], _ write: (inout FieldWriter, Value) -> Void) {
        count(values.count)
        for value in values { write(&self, value) }
    }

    /// A part of the body as its place there (0, offset, length), anything else as it is (1, length, bytes).
    private mutating func slice(_ slice: ArraySlice<UInt8>, of body: [UInt8]) {
        let offset = body.withUnsafeBytes { body in
            slice.withUnsafeBytes { slice -> Int? in
                guard slice.count > 0, let start = slice.baseAddress, let base = body.baseAddress, start >= base,
                    start + slice.count <= base + body.count
                else { return nil }
                return start - base
            }
        }
        byte(offset == nil ? 1 : 0)
        if let offset {
            count(offset)
            count(slice.count)
        } else {
            text(slice)
        }
    }
}

extension FieldReader {
    mutating func answer() throws(CorruptFields) -> CompletionAnswer {
        let dialect: Dialect
        let kind = try byte()
        switch kind {
        case 0, 2: dialect = .chat
        case 1: dialect = .completions
        default: throw CorruptFields()
        }
        var answer = CompletionAnswer(dialect: dialect, choices: [], raw: try text())
        answer.saysMore = kind == 2
        let body = answer.raw
        answer.id = try optional { (reader) throws(CorruptFields) in try reader.text() }
        answer.created = try optional { (reader) throws(CorruptFields) in Int(try reader.signed()) }
        answer.model = try optional { (reader) throws(CorruptFields) in try reader.text() }
        answer.modelRange = try range(in: body)
        answer.systemFingerprint = try optional { (reader) throws(CorruptFields) in try reader.slice(of: body) }
        answer.usage = try optional { (reader) throws(CorruptFields) in
            Usage(
                promptTokens: Int(try reader.signed()),
                completionTokens: Int(try reader.signed()),
                totalTokens: Int(try reader.signed()),
                raw: try reader.slice(of: body)
            )
        }
        answer.choices = try column(width: 8) { (reader) throws(CorruptFields) in try reader.choice(body: body) }
        return answer
    }

    private mutating func choice(body: [UInt8]) throws(CorruptFields) -> Choice {
        var choice = Choice(
            index: Int(try signed()),
            text: try optional { (reader) throws(CorruptFields) in try reader.text() },
            refusal: try optional { (reader) throws(CorruptFields) in try reader.text() },
            toolCalls: try column(width: 3) { (reader) throws(CorruptFields) in
                ToolCall(id: try reader.text(), name: try reader.text(), arguments: try reader.text())
            },
            finishReason: try optional { (reader) throws(CorruptFields) in FinishReason(try reader.view()) },
            logprobs: try optional { (reader) throws(CorruptFields) in try reader.logprobs(body: body) }
        )
        choice.logprobsRange = try range(in: body)
        choice.raw = try slice(of: body)
        return choice
    }

    /// Also checks what ``TokenLogprobs`` promises its readers: rows that match, token ends in order and in bounds.
    private mutating func logprobs(body: [UInt8]) throws(CorruptFields) -> TokenLogprobs {
        let logprobs = TokenLogprobs(
            logprobs: try column(width: 8) { (reader) throws(CorruptFields) in try reader.double() },
            tokenBytes: try text(),
            tokenEnds: try column(width: 1) { (reader) throws(CorruptFields) in
                Int32(try reader.number(atMost: Int(Int32.max)))
            },
            textOffsets: try column(width: 1) { (reader) throws(CorruptFields) in
                Int32(truncatingIfNeeded: try reader.signed())
            },
            margins: try column(width: 8) { (reader) throws(CorruptFields) in try reader.double() },
            alternatives: try number(atMost: 1 << 20),
            raw: try slice(of: body)
        )
        var before: Int32 = 0
        for end in logprobs.tokenEnds {
            guard end >= before else { throw CorruptFields() }
            before = end
        }
        guard logprobs.tokenEnds.count == logprobs.count, Int(before) <= logprobs.tokenBytes.count,
            logprobs.textOffsets.isEmpty || logprobs.textOffsets.count == logprobs.count,
            logprobs.margins.isEmpty || logprobs.margins.count == logprobs.count
        else { throw CorruptFields() }
        return logprobs
    }

    private mutating func column<Value>(
        width: Int,
        _ read: (inout FieldReader) throws(CorruptFields) -> Value
    ) throws(CorruptFields) -> [Value] {
        let count = try count(width: width)
        guard count > 0 else { return [] }
        var values: [Value] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try read(&self)) }
        return values
    }

    private mutating func range(in body: [UInt8]) throws(CorruptFields) -> Range<Int> {
        let offset = try number(atMost: body.count)
        let count = try number(atMost: body.count - offset)
        return offset..<offset + count
    }

    private mutating func slice(of body: [UInt8]) throws(CorruptFields) -> ArraySlice<UInt8> {
        switch try byte() {
        case 0:
            return body[try range(in: body)]
        case 1:
            let bytes = try text()
            return bytes[...]
        default: throw CorruptFields()
        }
    }
}
