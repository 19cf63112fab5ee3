internal import JSON

/// Members of the parts of a stream that we do not know, put together: strings are joined, of anything else the last
/// one counts, nulls say nothing.
struct JoinedMembers: Sendable {
    private struct Member: Sendable {
        let name: [UInt8]
        let isText: Bool
        /// As written; of a text without quotes.
        var value: [UInt8]
    }

    private var members: [Member] = []
    private var places: [[UInt8]: Int] = [:]

    var isEmpty: Bool { members.isEmpty }

    /// Returns how many bytes it adds.
    mutating func join(_ name: JSONNode, _ value: JSONNode) -> Int {
        if value.isNull { return 0 }
        let isText = value.kind == .string
        let name = name.decoded()
        guard let known = places[name] else {
            places[name] = members.count
            members.append(Member(name: name, isText: isText, value: Self.bytes(value)))
            return name.count + value.range.count
        }
        if isText, members[known].isText {
            members[known].value += value.content
            return value.content.count
        }
        let before = members[known].value.count
        members[known] = Member(name: name, isText: isText, value: Self.bytes(value))
        return members[known].value.count - before
    }

    private static func bytes(_ value: JSONNode) -> [UInt8] {
        value.kind == .string ? Array(value.content) : Array(value.raw)
    }

    func write(to writer: inout JSONWriter) {
        for member in members {
            writer.name(member.name)
            if member.isText { writer.string(escaped: member.value) } else { writer.raw(member.value) }
        }
    }
}
