// `{"messages": [...], "tools"?: [...], "parallel_tool_calls"?: bool}`, one object a line.
//
// The messages are those that small was sent, where it speaks chat, else those of the client's request; then the
// answer. Rules after the provider's cookbook ("Data preparation and analysis for chat model fine-tuning"); their names
// are used where it has one. Earlier answers in the conversation get weight 0: they are context, and nobody vouches
// for them.

import JSON

extension Export {
    private static let roles: Set<String> = ["system", "user", "assistant", "tool", "function"]
    private static let keys: Set<String> = [
        "role", "content", "name", "function_call", "weight", "tool_calls", "tool_call_id",
    ]

    func chatExample(_ candidate: Candidate, _ answer: TrainingAnswer) throws(ExportViolation) -> Example {
        func violation(_ rule: String, _ message: String) -> ExportViolation {
            ExportViolation(id: candidate.id, rule: rule, message: message)
        }
        let request = try? JSONTree.parse(candidate.request)
        guard let asked = messages(of: candidate, request: request), !asked.isEmpty else {
            throw violation("missing_messages_list", "neither the request nor the small model's prompt has messages")
        }
        var messages: [JSONTree] = []
        var called: Set<String> = []
        for (index, message) in asked.enumerated() {
            do throws(MessageProblem) {
                messages.append(try Self.message(message, after: called))
                for call in message["tool_calls"]?.array ?? [] { called.insert(call["id"]?.string ?? "") }
            } catch {
                throw violation(error.rule, "messages[\(index)]: \(error.message)")
            }
        }
        let text = answer.text ?? ""
        guard !text.isEmpty || answer.toolCalls != nil else {
            throw violation("missing_content", "the answer is empty")
        }
        if let token = SpecialTokens.first(in: text) {
            throw violation("invalid_token", "the answer contains \(token)")
        }
        let prompt = JSONTree.array(messages).encode()
        var reply: [JSONTree.Member] = [
            .init(name: "role", value: .string("assistant")),
            .init(name: "content", value: answer.text.map { .string($0) } ?? .null),
        ]
        if let calls = answer.toolCalls { reply.append(.init(name: "tool_calls", value: calls)) }
        messages.append(.object(reply))
        var line: [JSONTree.Member] = [.init(name: "messages", value: .array(messages))]
        if let tools = request?["tools"], tools.array?.isEmpty == false {
            line.append(.init(name: "tools", value: tools))
            if let parallel = request?["parallel_tool_calls"], parallel.bool != nil {
                line.append(.init(name: "parallel_tool_calls", value: parallel))
            }
        }
        return Example(
            id: candidate.id,
            line: JSONTree.object(line).encode(),
            prompt: prompt,
            completion: JSONTree.object(reply).encode(),
            isReviewed: answer.isReviewed
        )
    }

    private func messages(of candidate: Candidate, request: JSONTree?) -> [JSONTree]? {
        if let messages = smallPrompt(of: candidate)?.array { return messages }
        if let messages = request?["messages"]?.array { return messages }
        guard let prompt = request?["prompt"]?.string else { return nil }
        return [.object([.init(name: "role", value: .string("user")), .init(name: "content", value: .string(prompt))])]
    }

    private struct MessageProblem: Error {
        var rule: String
        var message: String
    }

    /// A message as the format has it: known members only, content as text.
    /// - Parameter called: the ids of the tool calls before it.
    private static func message(_ message: JSONTree, after called: Set<String>) throws(MessageProblem) -> JSONTree {
        guard let members = message.object else { throw MessageProblem(rule: "data_type", message: "not an object") }
        guard var role = message["role"]?.string else {
            throw MessageProblem(rule: "message_missing_key", message: "role is missing")
        }
        // The provider's newer word for the same role; training files know the older one only.
        if role == "developer" { role = "system" }
        guard roles.contains(role) else {
            throw MessageProblem(rule: "unrecognized_role", message: "role \(role) is not one of the format")
        }
        let calls = message["tool_calls"]?.array?.isEmpty == false || message["function_call"]?.object != nil
        let content = try text(of: message["content"] ?? .null)
        if content?.isEmpty != false, !(role == "assistant" && calls) {
            throw MessageProblem(rule: "missing_content", message: "content is missing, or empty")
        }
        if role == "function", message["name"]?.string == nil {
            throw MessageProblem(rule: "message_missing_key", message: "name is missing")
        }
        if role == "tool" {
            guard let id = message["tool_call_id"]?.string else {
                throw MessageProblem(rule: "message_missing_key", message: "tool_call_id is missing")
            }
            guard called.contains(id) else {
                throw MessageProblem(rule: "unknown_tool_call", message: "no call before it has the id \(id)")
            }
        }
        var written: [JSONTree.Member] = [
            .init(name: "role", value: .string(role)),
            .init(name: "content", value: content.map { .string($0) } ?? .null),
        ]
        for member in members where member.name != "role" && member.name != "content" {
            if member.value.isNull || member.value.array?.isEmpty == true { continue }
            guard keys.contains(member.name) else {
                throw MessageProblem(rule: "message_unrecognized_key", message: "\(member.name) is not in the format")
            }
            if member.name != "weight" { written.append(member) }
        }
        if role == "assistant" { written.append(.init(name: "weight", value: .int(0))) }
        return .object(written)
    }

    /// Content as text; parts of text are put together.
    private static func text(of content: JSONTree) throws(MessageProblem) -> String? {
        var text: String?
        switch content {
        case .null: text = nil
        case .string(let whole): text = whole
        case .array(let parts):
            var whole = ""
            for part in parts {
                guard part["type"]?.string == "text", let piece = part["text"]?.string else {
                    throw MessageProblem(rule: "missing_content", message: "content has a part that is not text")
                }
                whole += piece
            }
            text = whole
        default: throw MessageProblem(rule: "missing_content", message: "content is neither text nor a list of parts")
        }
        if let text, let token = SpecialTokens.first(in: text) {
            throw MessageProblem(rule: "invalid_token", message: "content contains \(token)")
        }
        return text
    }
}
