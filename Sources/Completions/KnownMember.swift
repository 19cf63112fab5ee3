internal import Glibc
internal import JSON

/// The top-level members of a request that have a meaning here. All others pass through unread.
enum KnownMember: UInt8, Sendable {
    case model, messages, prompt
    case maxTokens, maxCompletionTokens, n, bestOf, stop, seed, suffix, echo
    case temperature, topP, presencePenalty, frequencyPenalty, logitBias
    case stream, streamOptions, logprobs, topLogprobs
    case tools, toolChoice, parallelToolCalls, functions, functionCall, responseFormat
    case user, store, metadata
    case modalities, audio, prediction, serviceTier, reasoningEffort, verbosity, webSearchOptions
    case safetyIdentifier, promptCacheKey

    /// By length first: a name is compared with one or two candidates at most.
    init?(_ name: UnsafeBufferPointer<UInt8>) {
        func named(_ text: StaticString, _ member: KnownMember) -> KnownMember? {
            // Only names of the same length are compared.
            memcmp(name.baseAddress!, text.utf8Start, text.utf8CodeUnitCount) == 0 ? member : nil
        }
        let found: KnownMember? =
            switch name.count {
            case 1: named("n", .n)
            case 4:
                named("stop", .stop) ?? named("user", .user) ?? named("seed", .seed) ?? named("echo", .echo)
            case 5:
                named("model", .model) ?? named("top_p", .topP) ?? named("tools", .tools)
                    ?? named("store", .store) ?? named("audio", .audio)
            case 6: named("stream", .stream) ?? named("prompt", .prompt) ?? named("suffix", .suffix)
            case 7: named("best_of", .bestOf)
            case 8: named("messages", .messages) ?? named("logprobs", .logprobs) ?? named("metadata", .metadata)
            case 9: named("functions", .functions) ?? named("verbosity", .verbosity)
            case 10:
                named("max_tokens", .maxTokens) ?? named("logit_bias", .logitBias)
                    ?? named("modalities", .modalities) ?? named("prediction", .prediction)
            case 11: named("temperature", .temperature) ?? named("tool_choice", .toolChoice)
            case 12: named("top_logprobs", .topLogprobs) ?? named("service_tier", .serviceTier)
            case 13: named("function_call", .functionCall)
            case 14: named("stream_options", .streamOptions)
            case 15: named("response_format", .responseFormat)
            case 16:
                named("presence_penalty", .presencePenalty) ?? named("reasoning_effort", .reasoningEffort)
                    ?? named("prompt_cache_key", .promptCacheKey)
            case 17: named("frequency_penalty", .frequencyPenalty) ?? named("safety_identifier", .safetyIdentifier)
            case 18: named("web_search_options", .webSearchOptions)
            case 19: named("parallel_tool_calls", .parallelToolCalls)
            case 21: named("max_completion_tokens", .maxCompletionTokens)
            default: nil
            }
        guard let found else { return nil }
        self = found
    }

    init?(_ name: JSONNode) {
        if name.hasEscapes {
            guard let member = name.decoded().withUnsafeBufferPointer({ KnownMember($0) }) else { return nil }
            self = member
        } else {
            guard let member = KnownMember(name.content) else { return nil }
            self = member
        }
    }

    /// Whether a client of that dialect means something by it. Members of the other dialect are unknown members: some
    /// providers take them all the same.
    func belongs(to dialect: Dialect) -> Bool {
        switch self {
        case .prompt, .bestOf, .echo, .suffix: dialect == .completions
        case .messages, .maxCompletionTokens, .topLogprobs, .tools, .toolChoice, .parallelToolCalls, .functions,
            .functionCall, .responseFormat, .modalities, .audio, .prediction, .serviceTier, .reasoningEffort,
            .verbosity, .webSearchOptions, .safetyIdentifier, .promptCacheKey:
            dialect == .chat
        default: true
        }
    }
}

/// A top-level member of a request, as places in its body.
struct RequestMember: Sendable {
    let known: KnownMember?
    let nameIsEscaped: Bool
    let isNull: Bool
    /// The name with its quotes, and the value.
    let nameStart, nameEnd, valueStart, valueEnd: UInt32

    init(_ member: JSONNode.Member, known: KnownMember?) {
        self.known = known
        nameIsEscaped = member.name.hasEscapes
        isNull = member.value.isNull
        nameStart = UInt32(member.name.range.lowerBound)
        nameEnd = UInt32(member.name.range.upperBound)
        valueStart = UInt32(member.value.range.lowerBound)
        valueEnd = UInt32(member.value.range.upperBound)
    }

    var nameContent: Range<Int> { Int(nameStart) + 1..<Int(nameEnd) - 1 }
    var value: Range<Int> { Int(valueStart)..<Int(valueEnd) }
    /// Name, colon and value.
    var whole: Range<Int> { Int(nameStart)..<Int(valueEnd) }
}
