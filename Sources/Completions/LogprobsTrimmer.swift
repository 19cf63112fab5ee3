internal import JSON

/// Takes alternatives away from a `logprobs` value, in the shape that it has, so that the client sees as many as it
/// asked for and not those that were asked for judging.
enum LogprobsTrimmer {
    static func trim(_ raw: ArraySlice<UInt8>, to count: Int) -> [UInt8] {
        if let trimmed = raw.withUnsafeBufferPointer({ JSONText.trimLogprobs($0, to: count) }) { return trimmed }
        // Columns: by way of a tree. Validated when the answer was read.
        guard case .object(var members)? = try? JSONTree.parse(raw) else { return Array("null".utf8) }
        for index in members.indices {
            switch (members[index].name, members[index].value) {
            case ("top_logprobs", .array(let tokens)):
                let chosen = members.last { $0.name == "tokens" }?.value.array ?? []
                members[index].value =
                    count == 0
                    ? .null
                    : .array(
                        tokens.enumerated().map { place, alternatives in
                            trim(
                                alternatives,
                                to: count,
                                keeping: chosen.indices.contains(place) ? chosen[place].string : nil
                            )
                        }
                    )
            default:
                continue
            }
        }
        return JSONTree.object(members).encode()
    }

    /// Completions: the likeliest, and the chosen token too where it is none of them.
    private static func trim(_ object: JSONTree, to count: Int, keeping chosen: String?) -> JSONTree {
        guard case .object(let members) = object, members.count > count else { return object }
        let likeliest = members.indices.sorted {
            (members[$0].value.double ?? -.infinity) > (members[$1].value.double ?? -.infinity)
        }
        let kept = Set(likeliest.prefix(count))
        return .object(members.indices.filter { kept.contains($0) || members[$0].name == chosen }.map { members[$0] })
    }
}
