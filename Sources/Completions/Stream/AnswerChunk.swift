/// One event of a model's stream, kept so that clients of either dialect can be sent it. Immutable: shared by all who wait
/// for the answer.
///
/// For a client of the model's dialect it is the event as the provider sent it, members we never heard of included, with
/// edits where they lie: log-probabilities null or trimmed, `usage` as the client asked, a role where the provider forgot
/// it, a model's name where there is none. For a client of the other dialect it is written anew (`AnswerChunk+Translate`).
public final class AnswerChunk: Sendable {
    let identity: StreamIdentity
    /// The event's data, in one line.
    let bytes: [UInt8]
    /// In the order of their places.
    let edits: [ChunkEdit]
    let parts: [ChunkPart]
    /// The value of `usage`; empty where absent or null.
    let usage: Range<Int>
    /// What is cut out where `usage` is not wanted: the member with a comma.
    private let usageCut: Range<Int>
    /// This is the event that tells the usage and nothing else.
    let isUsage: Bool
    /// The same event without choices, where it tells the usage beside them.
    let usageAlone: AnswerChunk?

    init(_ data: [UInt8], _ identity: StreamIdentity, _ draft: ChunkDraft) {
        self.identity = identity
        var bytes = data
        // Line ends in an event of several lines are white space of JSON: in strings they are escaped.
        for index in bytes.indices where bytes[index] == 0x0A || bytes[index] == 0x0D { bytes[index] = 0x20 }
        self.bytes = bytes
        edits = draft.edits.sorted { ($0.start, $0.end) < ($1.start, $1.end) }
        parts = draft.parts
        usage = draft.usage
        usageCut = Self.cut(usage: draft.usageName, edits, bytes)
        isUsage = !draft.usage.isEmpty && draft.parts.isEmpty
        usageAlone = draft.usage.isEmpty || isUsage ? nil : AnswerChunk(usageOf: bytes, identity, draft)
    }

    private init(usageOf bytes: [UInt8], _ identity: StreamIdentity, _ draft: ChunkDraft) {
        self.identity = identity
        self.bytes = bytes
        let kept = draft.edits.filter { $0.kind == .model || $0.kind == .noModel }
        edits = (kept + [ChunkEdit(.choices, draft.choices)]).sorted { $0.start < $1.start }
        parts = []
        usage = draft.usage
        usageCut = 0..<0
        isUsage = true
        usageAlone = nil
    }

    /// From the name to the value's end, and the comma before it, or after it where it is the first member.
    private static func cut(usage name: Int, _ edits: [ChunkEdit], _ bytes: [UInt8]) -> Range<Int> {
        guard let value = edits.first(where: { $0.kind == .usage }) else { return 0..<0 }
        var (start, end) = (name, Int(value.end))
        var before = name - 1
        while before > 0, bytes[before] <= 0x20 { before -= 1 }
        if bytes[before] == UInt8(ascii: ",") {
            start = before
        } else {
            while end < bytes.count, bytes[end] <= 0x20 { end += 1 }
            if end < bytes.count, bytes[end] == UInt8(ascii: ",") { end += 1 }
        }
        return start..<end
    }

    /// Appends `data: {...}` and an empty line; nothing where there is nothing to say to this client.
    public func encode(for presentation: StreamPresentation, into out: inout [UInt8]) {
        if isUsage, !presentation.includeUsage { return }
        guard presentation.answer.dialect == identity.dialect else {
            translate(for: presentation, into: &out)
            return
        }
        out.add("data: ")
        var cursor = 0
        for edit in edits { apply(edit, presentation, &cursor, &out) }
        out.append(contentsOf: bytes[cursor...])
        out.add("\n\n")
    }

    private func apply(
        _ edit: ChunkEdit,
        _ presentation: StreamPresentation,
        _ cursor: inout Int,
        _ out: inout [UInt8]
    ) {
        func replace(_ range: Range<Int>, _ text: StaticString) {
            out.append(contentsOf: bytes[cursor..<range.lowerBound])
            out.add(text)
            cursor = range.upperBound
        }
        let range = Int(edit.start)..<Int(edit.end)
        let answer = presentation.answer
        switch edit.kind {
        case .logprobs:
            if !answer.withLogprobs {
                replace(range, "null")
            } else if edit.number > answer.topLogprobs {
                replace(range, "")
                out += LogprobsTrimmer.trim(bytes[range], to: answer.topLogprobs)
            }
        case .model, .noModel:
            if answer.modelName.isEmpty { return }
            replace(range, edit.kind == .model ? "" : #""model":"#)
            out.addJSON(answer.modelName)
            if edit.kind == .noModel { out.add(",") }
        case .role: replace(range, #""assistant""#)
        case .noRole: replace(range, #""role":"assistant","#)
        case .noRoleAlone: replace(range, #""role":"assistant""#)
        case .usage:
            if isUsage { return }
            if !presentation.includeUsage {
                replace(usageCut, "")
            } else if edit.number == 0 {
                replace(range, "null")
            }
        case .noUsage: if presentation.includeUsage { replace(range, #","usage":null"#) }
        case .choices: replace(range, "[]")
        }
    }
}
