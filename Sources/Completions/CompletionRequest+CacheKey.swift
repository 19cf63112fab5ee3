internal import JSON

/// The request's share of the cache key (CONTRACTS section 2): every top-level member, known or not, after the route's
/// parameters are applied, except those that change nothing of the answer; sorted by name; nested values as sent,
/// without white space. Two spellings of one question share a key only if they differ in white space and order.
extension CompletionRequest {
    /// Feeds `{"name":value,...}` to a hash.
    public func cacheMembers(parameters: [RouteParameter], into feed: (UnsafeRawBufferPointer) -> Void) {
        var entries: [(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)] = []
        entries.reserveCapacity(members.count + parameters.count)
        for member in members where countsForCache(member, parameters) {
            entries.append((name(of: member), body[member.value]))
        }
        let limit = parameters.tokenLimit
        for parameter in parameters where !parameter.isReserved {
            if let limit, parameter.limit != nil {
                guard parameter.known == limit.name else { continue }
                let value = min(limit.value, maxTokens ?? limit.value)
                entries.append((parameter.nameBytes[...], Array(String(value).utf8)[...]))
            } else {
                entries.append((parameter.nameBytes[...], parameter.value[...]))
            }
        }
        entries.sort { Self.precedes($0.name, $1.name) }

        var bytes: [UInt8] = []
        bytes.reserveCapacity(body.count + 128)
        for entry in entries {
            bytes.append(UInt8(ascii: bytes.isEmpty ? "{" : ","))
            entry.name.withUnsafeBufferPointer { JSONWriter.escape($0, into: &bytes) }
            bytes.append(UInt8(ascii: ":"))
            switch entry.value.first {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                entry.value.withUnsafeBufferPointer { JSONText.appendCompact($0, to: &bytes) }
            default:
                bytes += entry.value
            }
        }
        bytes.append(UInt8(ascii: "}"))
        bytes.withUnsafeBytes(feed)
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
    private static func precedes(_ a: ArraySlice<UInt8>, _ b: ArraySlice<UInt8>) -> Bool {
        a.withUnsafeBufferPointer { a in b.withUnsafeBufferPointer { b in a.lexicographicallyPrecedes(b) } }
    }
}
