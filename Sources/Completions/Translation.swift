internal import JSON

/// Which members mean the same in the other dialect. A member that does not, and asks for something, is an error: the
/// client is told rather than given another answer than it asked for. One that asks for nothing (null, false, the
/// default) is left out. Unknown members are the provider's own and stay.
extension CompletionRequest {
    /// Whether the member is copied to a request of the other dialect.
    func carriesOver(_ member: RequestMember, to target: UpstreamTarget) throws(InvalidRequest) -> Bool {
        let other = target.dialect
        guard let known = member.known else { return true }
        if member.isNull { return false }
        guard known.belongs(to: dialect) else {
            // A name of the other dialect that this one does not know would come alive by the translation.
            throw InvalidRequest(
                "Unrecognized request argument supplied: \(String(decoding: name(of: member), as: UTF8.self))",
                param: String(decoding: name(of: member), as: UTF8.self),
                code: "unknown_parameter"
            )
        }
        if known.belongs(to: other) {
            // Two spellings of one limit become one; it is written anew.
            return known != .maxTokens || other == .chat
        }
        let carries =
            switch known {
            // Said again in the other dialect's words.
            case .messages, .prompt, .maxCompletionTokens: true
            // About speed, price or bookkeeping, not about the answer.
            case .prediction, .safetyIdentifier, .promptCacheKey: true
            case .serviceTier: value(of: member, is: #""auto""#, #""default""#)
            // Asks for nothing without tools.
            case .parallelToolCalls: !hasTools || target.ignored.contains(.tools)
            case .toolChoice, .functionCall: target.ignored.contains(.tools)
            case .tools, .functions: isEmptyArray(member) || target.ignored.contains(.tools)
            case .responseFormat: !hasResponseFormat || target.ignored.contains(.responseFormat)
            case .modalities: value(of: member, is: #"["text"]"#)
            case .echo: !echo
            case .bestOf: bestOf == n
            case .suffix: value(of: member, is: #""""#)
            default: false
            }
        if carries { return false }
        let name = String(decoding: name(of: member), as: UTF8.self)
        throw InvalidRequest(
            "Unsupported parameter: '\(name)' is not supported by the model of this route.",
            param: name,
            code: "unsupported_parameter"
        )
    }

    private func value(of member: RequestMember, is texts: String...) -> Bool {
        var compact: [UInt8] = []
        body[member.value].withUnsafeBufferPointer { JSONText.appendCompact($0, to: &compact) }
        return texts.contains { compact.elementsEqual($0.utf8) }
    }
}
