internal import JSON

/// A place in an event, in half the room that a range takes.
struct ChunkSpan: Sendable {
    var start: Int32 = 0
    var end: Int32 = 0

    var isEmpty: Bool { start == end }
    var range: Range<Int> { Int(start)..<Int(end) }

    init() {}

    init(_ range: Range<Int>) {
        start = Int32(truncatingIfNeeded: range.lowerBound)
        end = Int32(truncatingIfNeeded: range.upperBound)
    }

    /// A string's content.
    init(within node: JSONNode) { self.init(node.range.lowerBound + 1..<node.range.upperBound - 1) }
}

/// A place in an event where what a client is sent may differ from what the provider sent.
struct ChunkEdit: Sendable {
    enum Kind: UInt8, Sendable {
        /// The value of a choice's `logprobs`; `number` is the most alternatives a token has.
        case logprobs
        /// The null that `model` is; or the beginning of an event that has none.
        case model, noModel
        /// The null that `role` is in a choice's first delta; or the beginning of a delta that has none, with or
        /// without members after it.
        case role, noRole, noRoleAlone
        /// The value of `usage`; `number` is where its name begins.
        case usage
        /// The value of `choices`, which is to be empty.
        case choices
    }

    var kind: Kind
    var place: ChunkSpan
    var number: Int32 = 0

    init(_ kind: Kind, _ range: Range<Int>, number: Int = 0) {
        self.kind = kind
        place = ChunkSpan(range)
        self.number = Int32(truncatingIfNeeded: number)
    }
}

/// What an event says about one choice, as places in it: what is needed to say it in the other dialect.
struct ChunkPart: Sendable {
    var index: Int
    /// No event before has spoken of the choice.
    var isFirst: Bool
    /// There is no text that a completion could show instead of the refusal.
    var refusalIsText = false
    /// Strings without their quotes, as written. Of a completion's text the one leading space is left out.
    var text = ChunkSpan()
    var refusal = ChunkSpan()
    var finishReason = ChunkSpan()
    var logprobs = ChunkSpan()
    /// Unicode scalars of the choice's tokens before this event's.
    var offset = 0
}

/// A chunk while its event is read: places only, no bytes.
struct ChunkDraft {
    /// In the order of their places.
    private(set) var edits: [ChunkEdit] = []
    /// The choice that is being spoken of, and those before it: nearly always none.
    private(set) var part: ChunkPart?
    private(set) var before: [ChunkPart] = []
    /// The value of `usage` unless null.
    private(set) var usage = ChunkSpan()
    private(set) var choices = 0..<0
    private(set) var hasUsage = false
    private var root = 0..<0
    private var hasModel = false

    /// Where a further member would go: before the brace at the end.
    var end: Int { root.upperBound - 1 }

    mutating func begin(_ root: JSONNode) {
        self = ChunkDraft()
        self.root = root.range
    }

    mutating func model(_ value: JSONNode) {
        hasModel = true
        if value.isNull { add(ChunkEdit(.model, value.range)) }
    }

    mutating func usage(_ member: JSONNode.Member) {
        hasUsage = true
        if !member.value.isNull { usage = ChunkSpan(member.value.range) }
        add(ChunkEdit(.usage, member.value.range, number: member.name.range.lowerBound))
    }

    /// All of the event but its choices has been read.
    mutating func choices(_ list: JSONNode?) {
        if let list { choices = list.range }
        if !hasModel { add(ChunkEdit(.noModel, root.lowerBound + 1..<root.lowerBound + 1)) }
    }

    /// What follows is about that choice.
    mutating func begin(_ index: Int, isFirst: Bool) {
        if let part { before.append(part) }
        part = ChunkPart(index: index, isFirst: isFirst)
    }

    /// `losesSpace`: a completion's first text, whose leading space chat does not show.
    mutating func text(_ node: JSONNode, losesSpace: Bool) {
        var content = ChunkSpan(within: node)
        if losesSpace {
            if node.content.first == UInt8(ascii: " ") {
                content.start += 1
            } else if node.content.starts(with: #"\u0020"#.utf8) {
                content.start += 6
            }
        }
        part!.text = content
    }

    mutating func refusal(_ node: JSONNode, isText: Bool) {
        part!.refusal = ChunkSpan(within: node)
        part!.refusalIsText = isText
    }

    mutating func finishReason(_ node: JSONNode) { part!.finishReason = ChunkSpan(within: node) }

    mutating func logprobs(_ node: JSONNode, alternatives: Int, offset: Int) {
        part!.logprobs = ChunkSpan(node.range)
        part!.offset = offset
        add(ChunkEdit(.logprobs, node.range, number: alternatives))
    }

    /// The first delta of a choice says no role, or null.
    mutating func role(_ role: JSONNode?, of delta: JSONNode) {
        if let role {
            add(ChunkEdit(.role, role.range))
        } else {
            let place = delta.range.lowerBound + 1
            add(ChunkEdit(delta.memberCount == 0 ? .noRoleAlone : .noRole, place..<place))
        }
    }

    /// Few, and nearly in order.
    private mutating func add(_ edit: ChunkEdit) {
        edits.append(edit)
        var index = edits.count - 1
        while index > 0, edits[index - 1].place.start > edits[index].place.start {
            edits.swapAt(index - 1, index)
            index -= 1
        }
    }
}
