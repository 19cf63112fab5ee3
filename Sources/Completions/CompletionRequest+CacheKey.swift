internal import JSON

/// The request's share of the cache key (CONTRACTS section 2): every top-level member, known or not, after the route's
/// parameters are applied, except those that change nothing of the answer; sorted by name; nested values as sent,
/// without white space. Two spellings of one question share a key only if they differ in white space and order.
extension CompletionRequest {
    /// Feeds `{"name":value,...}` to a hash.
    public func cacheMembers(parameters: [RouteParameter], into feed: (UnsafeRawBufferPointer) -> Void) {
        // Names and values are places in `text`: what the client did not write itself is put behind its body.
        var text = body
        var entries: [Entry] = []
        entries.reserveCapacity(members.count + parameters.count)
        for member in members where countsForCache(member, parameters) {
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
