internal import JSON

/// A place in an event where what a client is sent may differ from what the provider sent.
struct ChunkEdit: Sendable {
    enum Kind: UInt8, Sendable {
        /// The value of a choice's `logprobs`; `number` is the most alternatives a token has.
        case logprobs
        /// The null that `model` is; or the beginning of an event that has none.
        case model, noModel
        /// The null that `role` is in a choice's first delta; or the beginning of a delta that has none, with or without
        /// members after it.
        case role, noRole, noRoleAlone
        /// The value of `usage`; `number` is 1 where it is null. Or the end of an event that has none.
        case usage, noUsage
        /// The value of `choices`, which is to be empty.
        case choices
    }

    var kind: Kind
    var start: Int32
    var end: Int32
    var number: Int32 = 0

    init(_ kind: Kind, _ range: Range<Int>, number: Int = 0) {
        self.kind = kind
        start = Int32(truncatingIfNeeded: range.lowerBound)
        end = Int32(truncatingIfNeeded: range.upperBound)
        self.number = Int32(truncatingIfNeeded: number)
    }
}

/// What an event says about one choice, as places in it: what is needed to say it in the other dialect.
struct ChunkPart: Sendable {
    var index: Int
    /// No event before has spoken of the choice.
    var isFirst: Bool
    /// Strings without their quotes, as written. Of a completion's text the one leading space is left out.
    var text = 0..<0
    var refusal = 0..<0
    var finishReason = 0..<0
    var logprobs = 0..<0
    /// Unicode scalars of the choice's tokens before this event's.
    var offset = 0
    /// There is no text that a completion could show instead of the refusal.
    var refusalIsText = false
}

/// A chunk while its event is read: places only, no bytes.
struct ChunkDraft {
    private(set) var edits: [ChunkEdit] = []
    private(set) var parts: [ChunkPart] = []
    /// The value of `usage` unless null, and where its name begins.
    private(set) var usage = 0..<0
    private(set) var usageName = 0
    private(set) var choices = 0..<0
    private var root = 0..<0
    private var hasModel = false
    private var hasUsage = false
    private var dialect = Dialect.chat

    mutating func begin(_ root: JSONNode) {
        self = ChunkDraft()
        self.root = root.range
    }

    mutating func model(_ value: JSONNode) {
        hasModel = true
        if value.isNull { edits.append(ChunkEdit(.model, value.range)) }
    }

    mutating func usage(_ member: JSONNode.Member) {
        hasUsage = true
        usageName = member.name.range.lowerBound
        if !member.value.isNull { usage = member.value.range }
        edits.append(ChunkEdit(.usage, member.value.range, number: member.value.isNull ? 1 : 0))
    }

    /// All of the event but its choices has been read.
    mutating func choices(_ list: JSONNode?) {
        if let list { choices = list.range }
        if !hasModel { edits.append(ChunkEdit(.noModel, root.lowerBound + 1..<root.lowerBound + 1)) }
        if !hasUsage { edits.append(ChunkEdit(.noUsage, root.upperBound - 1..<root.upperBound - 1)) }
    }

    /// What follows is about that choice.
    mutating func begin(_ index: Int, _ state: StreamedChoice, of answer: CompletionAnswer) {
        dialect = answer.dialect
        parts.append(ChunkPart(index: index, isFirst: !state.hasBegun))
    }

    private var part: ChunkPart {
        get { parts[parts.count - 1] }
        _modify { yield &parts[parts.count - 1] }
    }

    mutating func text(_ node: JSONNode, isFirst: Bool) {
        var content = content(node)
        if isFirst, dialect == .completions {
            if node.content.first == UInt8(ascii: " ") {
                content = content.lowerBound + 1..<content.upperBound
            } else if node.content.starts(with: #"\u0020"#.utf8) {
                content = content.lowerBound + 6..<content.upperBound
            }
        }
        part.text = content
    }

    mutating func refusal(_ node: JSONNode, isText: Bool) {
        part.refusal = content(node)
        part.refusalIsText = isText
    }

    mutating func finishReason(_ node: JSONNode) { part.finishReason = content(node) }

    mutating func logprobs(_ node: JSONNode, before scalars: Int) {
        part.logprobs = node.range
        part.offset = scalars
        edits.append(ChunkEdit(.logprobs, node.range))
    }

    /// Of the log-probabilities named last.
    mutating func alternatives(_ most: Int) { edits[edits.count - 1].number = Int32(truncatingIfNeeded: most) }

    /// The first delta of a choice says no role, or null.
    mutating func role(_ role: JSONNode?, of delta: JSONNode) {
        if let role {
            edits.append(ChunkEdit(.role, role.range))
        } else {
            let place = delta.range.lowerBound + 1
            edits.append(ChunkEdit(delta.memberCount == 0 ? .noRoleAlone : .noRole, place..<place))
        }
    }

    private func content(_ node: JSONNode) -> Range<Int> { node.range.lowerBound + 1..<node.range.upperBound - 1 }
}
