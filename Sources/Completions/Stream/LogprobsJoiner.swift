internal import JSON

/// The `logprobs` values of a choice's events joined into the one that a whole answer would have had.
///
/// Chat: `{"content":[...]}`, with `refusal` where it was sent. Completions: four lists side by side; alternatives or
/// offsets that only some events have are null for the tokens without, and offsets, which cannot be null, are left out.
struct LogprobsJoiner {
    private enum Shape { case objects, columns }

    private var shape: Shape?
    private var rows = 0
    private var objects: [UInt8] = []
    private var refusal: [UInt8]?
    private var tokens: [UInt8] = []
    private var values: [UInt8] = []
    private var alternatives: [UInt8]?
    private var offsets: [UInt8]?

    /// The lists of one event, which hold `count` tokens. Returns how much they add to the answer's size.
    mutating func join(
        _ lists: LogprobsLists,
        count: Int,
        _ path: @autoclosure () -> String
    ) throws(MalformedAnswer) -> Int {
        let shape = lists.content != nil ? Shape.objects : .columns
        guard self.shape == nil || self.shape == shape else { throw MalformedAnswer("\(path()) changes its shape") }
        self.shape = shape
        let before = objects.count + tokens.count + values.count + (alternatives?.count ?? 0)
        switch shape {
        case .objects:
            if objects.isEmpty {
                objects.reserveCapacity(4096)
                objects += #"{"content":["#.utf8
            }
            if let content = lists.content { Self.add(content, to: &objects, isFirst: rows == 0) }
            if let more = lists.refusal { joinRefusal(more) }
        case .columns:
            if let list = lists.tokens { Self.add(list, to: &tokens, isFirst: rows == 0) }
            if let list = lists.values { Self.add(list, to: &values, isFirst: rows == 0) }
            joinAlternatives(lists.alternatives, count: count)
            if rows == 0, lists.offsets != nil { offsets = [] }
            if let list = lists.offsets { offsets.addIfSome(list, isFirst: rows == 0) } else { offsets = nil }
        }
        rows += count
        return objects.count + tokens.count + values.count + (alternatives?.count ?? 0) - before
    }

    /// The lists of an event whose tokens are all of a refusal. Returns how much they add.
    mutating func join(refusal lists: LogprobsLists) -> Int {
        guard let more = lists.refusal, more.kind == .array, more.elementCount > 0 else { return 0 }
        let before = refusal?.count ?? 0
        joinRefusal(more)
        return refusal!.count - before
    }

    /// There are tokens of a refusal, and no others.
    var isRefusalAlone: Bool { shape == nil && refusal != nil }

    /// The joined value. Nothing is joined after it.
    mutating func finish() -> [UInt8] {
        switch shape {
        case nil:
            guard let refusal else { return [] }
            return Array(#"{"content":null,"refusal":["#.utf8) + refusal + Array("]}".utf8)
        case .objects:
            var bytes: [UInt8] = []
            swap(&bytes, &objects)
            bytes.append(UInt8(ascii: "]"))
            if let refusal {
                bytes += #","refusal":"#.utf8
                bytes += refusal.isEmpty ? Array("null".utf8) : Array("[".utf8) + refusal + Array("]".utf8)
            }
            bytes.append(UInt8(ascii: "}"))
            return bytes
        case .columns:
            var bytes = Array(#"{"tokens":["#.utf8)
            bytes.reserveCapacity(tokens.count + values.count + (alternatives?.count ?? 0) + 256)
            bytes += tokens
            bytes += #"],"token_logprobs":["#.utf8
            bytes += values
            bytes += #"],"top_logprobs":"#.utf8
            bytes += alternatives.map { Array("[".utf8) + $0 + Array("]".utf8) } ?? Array("null".utf8)
            bytes += #","text_offset":"#.utf8
            bytes += offsets.map { Array("[".utf8) + $0 + Array("]".utf8) } ?? Array("null".utf8)
            bytes.append(UInt8(ascii: "}"))
            return bytes
        }
    }

    private mutating func joinRefusal(_ more: JSONNode) {
        if refusal == nil { refusal = [] }
        if more.kind == .array { refusal.addIfSome(more, isFirst: refusal!.isEmpty) }
    }

    private mutating func joinAlternatives(_ list: JSONNode?, count: Int) {
        if let list {
            if alternatives == nil {
                alternatives = []
                for row in 0..<rows { alternatives! += (row == 0 ? "null" : ",null").utf8 }
            }
            alternatives.addIfSome(list, isFirst: rows == 0)
        } else if alternatives != nil {
            for row in rows..<rows + count { alternatives! += (row == 0 ? "null" : ",null").utf8 }
        }
    }

    /// The elements of a list, without its brackets.
    fileprivate static func add(_ list: JSONNode, to bytes: inout [UInt8], isFirst: Bool) {
        guard list.elementCount > 0 else { return }
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: list.raw.dropFirst().dropLast()))
    }
}

extension [UInt8]? {
    fileprivate mutating func addIfSome(_ list: JSONNode, isFirst: Bool) {
        if self != nil { LogprobsJoiner.add(list, to: &self!, isFirst: isFirst) }
    }
}
