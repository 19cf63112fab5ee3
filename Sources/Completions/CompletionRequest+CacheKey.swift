internal import JSON

/// The request's share of the cache key (CONTRACTS section 2): every top-level member, known or not, after the route's
/// parameters are applied, except those that change nothing of the answer; sorted by name; nested values as sent,
/// without white space. Two spellings of one question share a key only if they differ in white space and order.
extension CompletionRequest {
    /// Feeds `{"name":value,...}` to a hash.
    /// - Parameter plainly: the input stands by a name of its own in both dialects; only where ``isPlain``.
    public func cacheMembers(
        parameters: [RouteParameter],
        plainly: Bool = false,
        into feed: (UnsafeRawBufferPointer) -> Void
    ) {
        // Names and values are places in `text`: what the client did not write itself is put behind its body.
        var text = body
        var entries: [Entry] = []
        entries.reserveCapacity(members.count + parameters.count)
        for member in members where countsForCache(member, parameters) {
            if plainly, member.known == .messages || member.known == .prompt {
                let input = dialect == .chat ? messages[0].contentRange : promptRange
                entries.append(Entry(name: text.place(behind: "input".utf8), value: input))
                continue
            }
            let name = member.nameIsEscaped ? text.place(behind: name(of: member)) : member.nameContent
            entries.append(Entry(name: name, value: member.value))
        }
        let limit = parameters.tokenLimit
        for parameter in parameters where !parameter.isReserved {
            var value = parameter.value
            if let limit, parameter.limit != nil {
                guard parameter.known == limit.name else { continue }
                value = Array(String(min(limit.value, maxTokens ?? limit.value)).utf8)
            }
            entries.append(Entry(name: text.place(behind: parameter.nameBytes), value: text.place(behind: value)))
        }
        text.withUnsafeBufferPointer { Self.write(&entries, of: $0) }.withUnsafeBytes(feed)
    }

    /// Whether a client of the other dialect would say the same with the same words: one text to answer, and beside it
    /// nothing but members that both dialects have.
    public var isPlain: Bool {
        switch dialect {
        case .completions: guard promptKind == .text else { return false }
        case .chat: guard messages.count == 1, messages[0].role == .user, isText(messages[0]) else { return false }
        }
        return members.allSatisfy { member in
            guard let known = member.known else { return false }
            switch known {
            case .messages: return dialect == .chat
            case .prompt: return dialect == .completions
            // Not in the key.
            case .topLogprobs: return dialect == .chat
            default: return known.belongs(to: .chat) && known.belongs(to: .completions)
            }
        }
    }

    /// The message is its role and a text: beside the text, white space not counted, it is as long as that takes, and
    /// any other member, or another spelling of these, would make it longer.
    private func isText(_ message: Message) -> Bool {
        let (raw, content) = (message.rawRange, message.contentRange)
        guard !content.isEmpty, body[content.lowerBound] == UInt8(ascii: "\"") else { return false }
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }
        var length = 0
        for byte in body[raw.lowerBound..<content.lowerBound] where !isBlank(byte) { length += 1 }
        for byte in body[content.upperBound..<raw.upperBound] where !isBlank(byte) { length += 1 }
        return length == #"{"role":"user","content":}"#.utf8.count
    }

    private struct Entry {
        let name: Range<Int>
        let value: Range<Int>
    }

    private static func write(_ entries: inout [Entry], of text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        entries.sort { precedes(text[$0.name], text[$1.name]) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count + 128)
        for entry in entries {
            bytes.append(UInt8(ascii: bytes.isEmpty ? "{" : ","))
            JSONWriter.escape(UnsafeBufferPointer(rebasing: text[entry.name]), into: &bytes)
            bytes.append(UInt8(ascii: ":"))
            let value = UnsafeBufferPointer(rebasing: text[entry.value])
            switch value.first {
            case UInt8(ascii: "{"), UInt8(ascii: "["): JSONText.appendCompact(value, to: &bytes)
            default: bytes.append(contentsOf: value)
            }
        }
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    private func countsForCache(_ member: RequestMember, _ parameters: [RouteParameter]) -> Bool {
        switch member.known {
        case .stream, .streamOptions, .user, .metadata, .store, .logprobs, .topLogprobs: return false
        default:
            for parameter in parameters where parameter.replaces(member, name: name(of: member)) { return false }
            return true
        }
    }

    /// Byte order, a prefix first.
    private static func precedes(_ a: Slice<UnsafeBufferPointer<UInt8>>, _ b: Slice<UnsafeBufferPointer<UInt8>>) -> Bool
    {
        a.lexicographicallyPrecedes(b)
    }
}

extension [UInt8] {
    /// Appends, and says where it lies now.
    fileprivate mutating func place(behind more: some Collection<UInt8>) -> Range<Int> {
        let start = count
        append(contentsOf: more)
        return start..<count
    }
}
