internal import JSON

/// What chat says of a choice in one event: role, text, refusal, parts of tool calls.
extension StreamedAnswer {
    func delta(
        _ node: JSONNode,
        _ position: Int,
        _ path: @autoclosure () -> String
    ) throws(MalformedAnswer) {
        guard node.kind == .object else { throw MalformedAnswer("\(path()) is \(AnswerFields.words(node))") }
        try AnswerFields.refuseDuplicates(node, parser, "\(path()).")
        var role: JSONNode?
        for member in node.members {
            let name = member.name
            let value = member.value
            switch name.content.count {
            case 4 where name.isString("role"): role = value
            case 7 where name.isString("content"): try text(value, position, "\(path()).content")
            case 7 where name.isString("refusal"): try refusal(value, position, "\(path()).refusal")
            case 10 where name.isString("tool_calls") && !value.isNull:
                guard value.kind == .array else {
                    throw MalformedAnswer("\(path()).tool_calls is \(AnswerFields.words(value))")
                }
                for call in value.elements { try toolCall(call, position, "\(path()).tool_calls") }
            case 13 where name.isString("function_call") && !value.isNull:
                let call = self.call(-1, position)
                try function(value, position, call, "\(path()).function_call")
            case 10 where name.isString("tool_calls"), 13 where name.isString("function_call"): continue
            default: sizeBeside += states[position].more.join(name, value)
            }
        }
        guard !states[position].hasRole else { return }
        states[position].hasRole = true
        if keepsChunks, role?.kind != .string { draft.role(role, of: node) }
    }

    private func refusal(
        _ node: JSONNode,
        _ position: Int,
        _ path: @autoclosure () -> String
    ) throws(MalformedAnswer) {
        guard try AnswerFields.isText(node, path()), !node.content.isEmpty else { return }
        dropEmptyText(position)
        if keepsChunks { draft.refusal(node, isText: !states[position].hasText) }
        if answer.choices[position].refusal == nil { answer.choices[position].refusal = [] }
        node.appendDecoded(to: &answer.choices[position].refusal!)
        size += node.content.count
    }

    /// A part of a tool call, whose whole has the same `index`. Without one: a name begins a new call, anything else
    /// belongs to the last.
    private func toolCall(
        _ node: JSONNode,
        _ position: Int,
        _ path: @autoclosure () -> String
    ) throws(MalformedAnswer) {
        guard node.kind == .object else { throw MalformedAnswer("\(path()) holds \(AnswerFields.words(node))") }
        let body = node["function"] ?? node["custom"]
        let index: Int
        if let given = node["index"], !given.isNull {
            index = try AnswerFields.index(given, "\(path()).index")
        } else {
            let begins = body?["name"].map { !$0.isNull } ?? false
            let last = states[position].calls.last?.index ?? -1
            index = begins || last < 0 ? last + 1 : last
        }
        let call = self.call(index, position)
        if let id = node["id"], try AnswerFields.isText(id, "\(path()).id"),
            answer.choices[position].toolCalls[call].id.isEmpty
        {
            answer.choices[position].toolCalls[call].id = id.decoded()
        }
        if let body, !body.isNull { try function(body, position, call, "\(path()).function") }
        for member in node.members {
            switch member.name.content.count {
            case 2 where member.name.isString("id"), 4 where member.name.isString("type"),
                5 where member.name.isString("index"), 8 where member.name.isString("function"):
                continue
            case 6 where member.name.isString("custom"):
                if !member.value.isNull { states[position].calls[call].isCustom = true }
            default: sizeBeside += states[position].calls[call].more.join(member.name, member.value)
            }
        }
    }

    /// Where the call with that index is; a new one at the end. Bounded, as every call costs memory and no bytes of
    /// text.
    private func call(_ index: Int, _ position: Int) -> Int {
        if let call = states[position].calls.firstIndex(where: { $0.index == index }) { return call }
        dropEmptyText(position)
        states[position].calls.append(StreamedCall(index: index))
        answer.choices[position].toolCalls.append(ToolCall(id: [], name: [], arguments: []))
        size += 64
        return states[position].calls.count - 1
    }

    private func function(
        _ node: JSONNode,
        _ position: Int,
        _ call: Int,
        _ path: @autoclosure () -> String
    ) throws(MalformedAnswer) {
        guard node.kind == .object else { throw MalformedAnswer("\(path()) is \(AnswerFields.words(node))") }
        for member in node.members {
            if member.name.isString("name") {
                guard try AnswerFields.isText(member.value, "\(path()).name") else { continue }
                // Some providers say the whole name in every event.
                let name = member.value.decoded()
                if answer.choices[position].toolCalls[call].name == name { continue }
                answer.choices[position].toolCalls[call].name += name
                size += name.count
            } else if member.name.isString("arguments") || member.name.isString("input") {
                guard try AnswerFields.isText(member.value, "\(path()).arguments") else { continue }
                member.value.appendDecoded(to: &answer.choices[position].toolCalls[call].arguments)
                size += member.value.content.count
            }
        }
    }

    /// The text that streams begin with, where something else is said.
    private func dropEmptyText(_ position: Int) {
        guard states[position].hasText, !states[position].saysText else { return }
        answer.choices[position].text = nil
        states[position].hasText = false
    }
}
