internal import JSON

/// `messages`: roles, contents as text or as parts, tool calls and their results.
enum MessageReader {
    static func read(_ node: JSONNode, parser: JSONParser) throws(InvalidRequest) -> [Message] {
        try RequestRules.array(node, "messages", of: "objects")
        guard node.elementCount > 0 else { throw .emptyArray("messages") }
        var messages: [Message] = []
        messages.reserveCapacity(node.elementCount)
        for message in node.elements {
            messages.append(try read(message, index: messages.count, parser: parser))
        }
        return messages
    }

    private static func read(
        _ node: JSONNode,
        index: Int,
        parser: JSONParser
    ) throws(InvalidRequest) -> Message {
        guard node.kind == .object else { throw .type("messages[\(index)]", expected: "an object", got: node) }
        if let name = parser.duplicateName(in: node) { throw .duplicate(name, in: "messages[\(index)]") }
        var role: Role?
        var content: JSONNode?
        var calls: JSONNode?
        var functionCall: JSONNode?
        var callID: JSONNode?
        var saysOtherwise = false
        for member in node.members {
            if member.name.isString("role") {
                role = try read(role: member.value, index)
            } else if member.name.isString("content") {
                content = member.value
            } else if member.value.isNull {
                continue
            } else if member.name.isString("tool_calls") {
                calls = member.value
            } else if member.name.isString("function_call") {
                functionCall = member.value
            } else if member.name.isString("tool_call_id") {
                callID = member.value
                try RequestRules.string(member.value, "messages[\(index)].tool_call_id")
            } else if member.name.isString("name") {
                try RequestRules.string(member.value, "messages[\(index)].name")
            } else if member.name.isString("refusal") {
                try RequestRules.string(member.value, "messages[\(index)].refusal")
                saysOtherwise = true
            } else if member.name.isString("audio") {
                saysOtherwise = true
            }
        }
        guard let role else { throw .missing("messages[\(index)].role") }
        if let calls { try read(calls: calls, "messages[\(index)].tool_calls") }
        if let functionCall { try RequestRules.object(functionCall, "messages[\(index)].function_call") }
        if role == .tool, callID == nil { throw .missing("messages[\(index)].tool_call_id") }
        return Message(
            role: role,
            hasNonText: try hasNonText(content, role, index) || saysOtherwise,
            concernsTools: calls != nil || functionCall != nil || role == .tool || role == .function,
            rawRange: node.range,
            contentRange: content.map(\.range) ?? 0..<0
        )
    }

    private static func read(role node: JSONNode, _ index: Int) throws(InvalidRequest) -> Role {
        if node.isString("user") { return .user }
        if node.isString("system") { return .system }
        if node.isString("assistant") { return .assistant }
        if node.isString("developer") { return .developer }
        if node.isString("tool") { return .tool }
        if node.isString("function") { return .function }
        let path = "messages[\(index)].role"
        guard node.kind == .string else { throw .type(path, expected: "a string", got: node) }
        throw .value(
            path,
            String(decoding: node.decoded().prefix(100), as: UTF8.self),
            supported: ["system", "assistant", "user", "function", "tool", "developer"]
        )
    }

    /// Validates the content, and says whether any of it is not text.
    private static func hasNonText(
        _ content: JSONNode?,
        _ role: Role,
        _ index: Int
    ) throws(InvalidRequest) -> Bool {
        guard let content else {
            if role == .assistant || role == .function { return false }
            throw .missing("messages[\(index)].content")
        }
        switch content.kind {
        case .string: return false
        case .null where role == .assistant || role == .function: return false
        case .array: return try hasNonText(parts: content, "messages[\(index)].content")
        default:
            throw .type("messages[\(index)].content", expected: "one of a string or array of objects", got: content)
        }
    }

    private static func hasNonText(parts: JSONNode, _ path: @autoclosure () -> String) throws(InvalidRequest) -> Bool {
        guard parts.elementCount > 0 else { throw .emptyArray(path()) }
        var found = false
        for (index, part) in parts.elements.enumerated() {
            guard part.kind == .object else { throw .type("\(path())[\(index)]", expected: "an object", got: part) }
            guard let type = part["type"] else { throw .missing("\(path())[\(index)].type") }
            guard type.kind == .string else { throw .type("\(path())[\(index)].type", expected: "a string", got: type) }
            if type.isString("text") {
                guard let text = part["text"] else { throw .missing("\(path())[\(index)].text") }
                guard text.kind == .string else {
                    throw .type("\(path())[\(index)].text", expected: "a string", got: text)
                }
            } else {
                found = true
            }
        }
        return found
    }

    private static func read(calls: JSONNode, _ path: @autoclosure () -> String) throws(InvalidRequest) {
        try RequestRules.array(calls, path(), of: "objects")
        guard calls.elementCount > 0 else { throw .emptyArray(path()) }
        for (index, call) in calls.elements.enumerated() {
            try RequestRules.object(call, "\(path())[\(index)]")
            guard let id = call["id"] else { throw .missing("\(path())[\(index)].id") }
            try RequestRules.string(id, "\(path())[\(index)].id")
            guard let function = call["function"] else { continue }
            try RequestRules.object(function, "\(path())[\(index)].function")
            for name: StaticString in ["name", "arguments"] {
                guard let value = function[name] else { throw .missing("\(path())[\(index)].function.\(name)") }
                try RequestRules.string(value, "\(path())[\(index)].function.\(name)")
            }
        }
    }
}
