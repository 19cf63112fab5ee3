// Whether a request can be put to a model with nothing lost, before it is: routing asks this of the small model, and
// sends elsewhere what it cannot be asked.
//
// A template covers what it names. What it does not name has no place, unless the settings say that it may be dropped
// (`prompt.ignore`). Without a template everything is covered that the model's dialect can say (`Translation.swift`).
// Never in the way are `metadata`, which is for filing and for templates that name it, and the `name` of a message.

internal import JSON

/// Why a model is not asked a request.
public struct Obstacle: Error, Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        /// The request carries something that the prompt has no place for.
        case uncovered
        /// It does not fit the model's context.
        case tooLong
    }

    public let kind: Kind
    /// As the client would be told.
    public let error: InvalidRequest
}

extension CompletionRequest {
    /// What is in the way of asking the model that, if anything is. Where it is nil, ``encode(for:)`` does not throw.
    public func obstacle(to target: UpstreamTarget) -> Obstacle? {
        do throws(InvalidRequest) {
            try checkPrompt(for: target)
            if target.dialect != dialect {
                for member in members where keeps(member, for: target) { _ = try carriesOver(member, to: target) }
            }
            try checkLogprobs(for: target)
        } catch {
            return Obstacle(kind: .uncovered, error: error)
        }
        do throws(InvalidRequest) {
            try checkLength(for: target)
        } catch {
            return Obstacle(kind: .tooLong, error: error)
        }
        return nil
    }

    /// Whether the prompt, phrased anew or passed on, says all that the request says.
    func checkPrompt(for target: UpstreamTarget) throws(InvalidRequest) {
        if let template = target.prompt {
            try checkMembers(shownBy: template, for: target)
            if dialect == .chat { try checkMessages(shownBy: template, dropping: target.ignored) }
            return
        }
        switch (dialect, target.dialect) {
        case (.chat, .chat), (.completions, .completions): return
        case (.completions, .chat): try checkPromptIsText()
        case (.chat, .completions):
            throw InvalidRequest(
                "The model of this route takes a prompt, not messages: the route needs a prompt template.",
                param: "messages",
                code: "prompt_template_needed"
            )
        }
    }

    private func checkMembers(shownBy template: PromptTemplate, for target: UpstreamTarget) throws(InvalidRequest) {
        if dialect == .completions { try checkPromptIsText() }
        for member in members {
            switch member.known {
            case .tools where dialect == .chat, .functions where dialect == .chat:
                if template.showsTools || target.ignored.contains(.tools) || isEmptyArray(member) { continue }
            // What would come back is not the prompt that was sent.
            case .echo where dialect == .completions:
                if !echo { continue }
            case .suffix where dialect == .completions:
                if isEmptyText(member) { continue }
            default: continue
            }
            if isOverridden(member, for: target) { continue }
            let name = String(decoding: name(of: member), as: UTF8.self)
            throw .noPlace(name, "'\(name)'")
        }
    }

    private func checkMessages(shownBy template: PromptTemplate, dropping ignored: Set<PromptPart>)
        throws(InvalidRequest)
    {
        let input = messages.lastIndex { $0.role == .user }
        for (index, message) in messages.enumerated() where index != input {
            if message.isInstruction {
                if template.showsSystem { continue }
                // Without a question nothing would be left to ask.
                if input != nil, ignored.contains(.system) { continue }
                throw .noPlace("messages[\(index)]", "a \(message.role.rawValue) message")
            }
            if template.showsMessages { continue }
            if let input, index < input {
                if ignored.contains(.messages) { continue }
                throw .noPlace("messages[\(index)]", "turns before the last user message")
            }
            throw .noPlace("messages[\(index)]", "turns after the last user message")
        }
        try checkTexts(shownBy: template, input: input, dropping: ignored)
    }

    /// A template has text to work with: neither images nor the results of tools have a place in it.
    private func checkTexts(
        shownBy template: PromptTemplate,
        input: Int?,
        dropping ignored: Set<PromptPart>
    ) throws(InvalidRequest) {
        for (index, message) in messages.enumerated() where message.hasNonText || message.concernsTools {
            let isShown =
                index == input || template.showsMessages || (message.isInstruction && template.showsSystem)
            guard isShown else { continue }
            if message.hasNonText, !ignored.contains(.content) || text(of: message).isEmpty {
                throw .noPlace("messages[\(index)].content", "anything but text")
            }
            if message.concernsTools, !ignored.contains(.tools) {
                throw .noPlace("messages[\(index)]", "calls of tools and their results")
            }
        }
    }

    private func checkPromptIsText() throws(InvalidRequest) {
        guard promptKind != .text else { return }
        throw InvalidRequest(
            "Invalid 'prompt': this model takes one prompt as text; neither tokens nor several prompts.",
            param: "prompt",
            code: "unsupported_content"
        )
    }

    func checkLogprobs(for target: UpstreamTarget) throws(InvalidRequest) {
        guard wantsLogprobs, topLogprobs > target.dialect.mostAlternatives else { return }
        throw InvalidRequest(
            "Invalid 'top_logprobs': the model of this route gives at most \(target.dialect.mostAlternatives).",
            param: "top_logprobs",
            code: "integer_above_max_value"
        )
    }

    func isEmptyArray(_ member: RequestMember) -> Bool {
        member.isNull || body[member.value].allSatisfy { $0 == 0x5B || $0 == 0x5D || $0 <= 0x20 }
    }

    private func isEmptyText(_ member: RequestMember) -> Bool {
        member.isNull || body[member.value].elementsEqual([0x22, 0x22])
    }
}

extension Message {
    /// Of the system or the developer.
    var isInstruction: Bool { role == .system || role == .developer }
}

extension InvalidRequest {
    fileprivate static func noPlace(_ param: String, _ what: String) -> InvalidRequest {
        InvalidRequest(
            "Invalid '\(param)': the prompt that this route gives its model has no place for \(what).",
            param: param,
            code: "unsupported_content"
        )
    }
}
