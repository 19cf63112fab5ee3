internal import JSON

/// One event's object, added to the answer.
extension StreamedAnswer {
    /// Returns what the upstream says against going on, if the event is an error object.
    func take(_ root: JSONNode) throws(MalformedAnswer) -> StreamFault? {
        guard root.kind == .object else { throw MalformedAnswer("an event is \(AnswerFields.words(root))") }
        try AnswerFields.refuseDuplicates(root, parser, "")
        if keepsChunks { draft.begin(root) }
        var choices: JSONNode?
        var error: JSONNode?
        var saysError = false
        var hasUsage = false
        for member in root.members {
            let name = member.name
            let value = member.value
            switch name.content.count {
            case 2 where name.isString("id"):
                try Self.take(value, "id", into: &answer.id)
            case 5 where name.isString("model"):
                try Self.take(value, "model", into: &answer.model)
                if keepsChunks { draft.model(value) }
            case 5 where name.isString("usage"):
                if keepsChunks { draft.usage(member) }
                guard !value.isNull else { continue }
                answer.usage = try AnswerFields.usage(value, raw: Array(value.raw)[...])
                hasUsage = true
            case 5 where name.isString("error"):
                error = value
            case 6 where name.isString("object"):
                saysError = value.isString("error")
            case 7 where name.isString("choices") && !value.isNull:
                choices = value
            case 7 where name.isString("created") && !value.isNull:
                // Azure's first event, which comes before the answer, says 0.
                if answer.created == nil || answer.created == 0 { answer.created = try AnswerFields.created(value) }
            case 18 where name.isString("system_fingerprint"):
                if answer.systemFingerprint == nil || !value.isNull && answer.systemFingerprint!.first == 0x6E {
                    answer.systemFingerprint = Array(value.raw)[...]
                }
            default:
                guard name.hasEscapes else { continue }
                if name.isString("choices") || name.isString("usage") {
                    throw MalformedAnswer("a member's name is written with escapes")
                }
            }
        }
        if let error, error.kind == .object || (error.kind == .string && !error.content.isEmpty) {
            return Self.refusal(error)
        }
        guard let choices else {
            if saysError { return Self.refusal(root) }
            guard hasUsage else { throw MalformedAnswer("choices is missing") }
            if keepsChunks { draft.choices(nil) }
            return nil
        }
        guard choices.kind == .array else { throw MalformedAnswer("choices is \(AnswerFields.words(choices))") }
        if keepsChunks { draft.choices(choices) }
        var place = 0
        for node in choices.elements {
            try choice(node, place: place)
            place += 1
        }
        return nil
    }

    /// The first value that says something.
    private static func take(
        _ value: JSONNode,
        _ path: @autoclosure () -> String,
        into text: inout [UInt8]?
    ) throws(MalformedAnswer) {
        guard try AnswerFields.isText(value, path()), text == nil || text!.isEmpty else { return }
        text = value.decoded()
    }

    private static func refusal(_ error: JSONNode) -> StreamFault {
        let message = error.kind == .string ? error : error["message"]
        var status: Int?
        for node in [error["status"], error["status_code"], error["code"]] {
            guard let node else { continue }
            let number = node.int ?? (node.kind == .string ? Int(String(decoding: node.content, as: UTF8.self)) : nil)
            if let number, (400...599).contains(number) {
                status = number
                break
            }
        }
        guard let message, message.kind == .string, !message.content.isEmpty else {
            return .refused(status: status, message: nil)
        }
        let words = String(decoding: message.decoded(), as: UTF8.self)
        return .refused(status: status, message: String(words.prefix(2_000)))
    }

    // MARK: - Choices

    private func choice(_ node: JSONNode, place: Int) throws(MalformedAnswer) {
        func path(_ rest: String) -> String { "choices[\(place)]\(rest)" }
        guard node.kind == .object else { throw MalformedAnswer("\(path("")) is \(AnswerFields.words(node))") }
        try AnswerFields.refuseDuplicates(node, parser, path("."))
        var index = place
        var content: JSONNode?
        var reason: JSONNode?
        var logprobs: JSONNode?
        for member in node.members where !member.value.isNull {
            let name = member.name
            switch name.content.count {
            case 4 where answer.dialect == .completions && name.isString("text"): content = member.value
            case 5 where answer.dialect == .chat && name.isString("delta"): content = member.value
            case 5 where name.isString("index"): index = try AnswerFields.index(member.value, path(".index"))
            case 8 where name.isString("logprobs"): logprobs = member.value
            case 13 where name.isString("finish_reason"): reason = member.value
            default: continue
            }
        }
        let position = try position(of: index)
        if keepsChunks { draft.begin(index, isFirst: !states[position].hasBegun) }
        let before = size
        if let content {
            if answer.dialect == .chat {
                try delta(content, position, path(".delta"))
            } else {
                try text(content, position, path(".text"))
            }
        }
        if size > before {
            states[position].events += 1
            positions.insert(position)
        }
        if let logprobs { try self.logprobs(logprobs, position, path(".logprobs")) }
        if let reason { try finish(reason, position, path(".finish_reason")) }
        states[position].hasBegun = true
    }

    /// Of the choice with that index: nearly always the same number.
    private func position(of index: Int) throws(MalformedAnswer) -> Int {
        if index < answer.choices.count, answer.choices[index].index == index { return index }
        if let position = answer.choices.firstIndex(where: { $0.index == index }) { return position }
        guard answer.choices.count < ChoicePositions.most else {
            throw MalformedAnswer("more than \(ChoicePositions.most) choices")
        }
        answer.choices.append(Choice(index: index, text: nil, finishReason: nil))
        states.append(StreamedChoice())
        unfinished += 1
        positions.insert(states.count - 1)
        return states.count - 1
    }

    func text(
        _ node: JSONNode,
        _ position: Int,
        _ path: @autoclosure () -> String
    ) throws(MalformedAnswer) {
        guard try AnswerFields.isText(node, path()) else { return }
        if keepsChunks { draft.text(node, losesSpace: answer.dialect == .completions && !states[position].saysText) }
        if !states[position].hasText {
            // Streams of refusals and tool calls say an empty text, too.
            if node.content.isEmpty, saysOtherwise(position) { return }
            answer.choices[position].text = []
            states[position].hasText = true
        }
        guard !node.content.isEmpty else { return }
        states[position].saysText = true
        node.appendDecoded(to: &answer.choices[position].text!)
        size += node.content.count
    }

    private func saysOtherwise(_ position: Int) -> Bool {
        answer.choices[position].refusal != nil || !answer.choices[position].toolCalls.isEmpty
    }

    private func logprobs(
        _ node: JSONNode,
        _ position: Int,
        _ path: @autoclosure () -> String
    ) throws(MalformedAnswer) {
        let lists = try LogprobsLists(node, path())
        let columns = try lists.columns(parser, path())
        if keepsChunks {
            draft.logprobs(node, alternatives: columns?.alternatives ?? 0, offset: states[position].scalars)
        }
        guard let columns else {
            sizeBeside += states[position].logprobs.join(refusal: lists)
            return
        }
        if states[position].rows == 0 { answer.choices[position].logprobs = .growing }
        answer.choices[position].logprobs!.append(columns)
        states[position].rows += columns.count
        size += try states[position].logprobs.join(lists, count: columns.count, path())
        positions.insert(position)
        if keepsChunks {
            for byte in columns.tokenBytes where byte & 0xC0 != 0x80 { states[position].scalars += 1 }
        }
    }

    private func finish(
        _ node: JSONNode,
        _ position: Int,
        _ path: @autoclosure () -> String
    ) throws(MalformedAnswer) {
        guard node.kind == .string else { throw MalformedAnswer("\(path()) is \(AnswerFields.words(node))") }
        if node.content.isEmpty { return }
        if !states[position].hasEnded { unfinished -= 1 }
        states[position].hasEnded = true
        answer.choices[position].finishReason = node.isString("stop") ? .stop : FinishReason(node.decoded())
        positions.insert(position)
        if keepsChunks { draft.finishReason(node) }
    }
}
