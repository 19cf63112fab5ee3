/// One event of a model's stream, kept so that clients of either dialect can be sent it. Immutable: shared by all who
/// wait for the answer.
///
/// For a client of the model's dialect it is the event as the provider sent it, members we never heard of included,
/// with edits where they lie: log-probabilities null or trimmed, `usage` as the client asked, a role where the provider
/// forgot it, a model's name where there is none. For a client of the other dialect it is written anew
/// (`AnswerChunk+Translate`).
public final class AnswerChunk: Sendable {
    let identity: StreamIdentity
    /// The event's data, in one line.
    let bytes: [UInt8]
    /// In the order of their places.
    private let edits: [ChunkEdit]
    /// What it says of choices: of the one, and of those before it.
    let part: ChunkPart?
    let before: [ChunkPart]
    /// The value of `usage`; empty where absent or null.
    let usage: ChunkSpan
    /// Where `usage` would go that the event does not have; else -1.
    private let noUsage: Int
    /// This is the event that tells the usage and nothing else.
    let isUsage: Bool

    /// `data` without line ends.
    init(_ data: [UInt8], _ identity: StreamIdentity, _ draft: ChunkDraft) {
        self.identity = identity
        bytes = data
        edits = draft.edits
        part = draft.part
        before = draft.before
        usage = draft.usage
        noUsage = draft.hasUsage ? -1 : draft.end
        isUsage = part == nil && !usage.isEmpty
    }

    /// The same event without choices, of one that tells the usage beside them.
    init(usageOf chunk: AnswerChunk, _ draft: ChunkDraft) {
        identity = chunk.identity
        bytes = chunk.bytes
        let names = draft.edits.filter { $0.kind == .model || $0.kind == .noModel }
        edits = (names + [ChunkEdit(.choices, draft.choices)]).sorted { $0.place.start < $1.place.start }
        part = nil
        before = []
        usage = chunk.usage
        noUsage = -1
        isUsage = true
    }

    /// From the name to the value's end, and the comma before it, or after it where it is the first member.
    private func cut(usage edit: ChunkEdit) -> Range<Int> {
        var start = Int(edit.number)
        var end = Int(edit.place.end)
        var place = start - 1
        while place > 0, bytes[place] <= 0x20 { place -= 1 }
        if bytes[place] == UInt8(ascii: ",") {
            start = place
        } else {
            while end < bytes.count, bytes[end] <= 0x20 { end += 1 }
            if end < bytes.count, bytes[end] == UInt8(ascii: ",") { end += 1 }
        }
        return start..<end
    }

    /// What it takes in memory, about.
    public var footprint: Int { bytes.count + 192 }

    /// Appends `data: {...}` and an empty line; nothing where there is nothing to say to this client.
    public func encode(for presentation: StreamPresentation, into out: inout [UInt8]) {
        if isUsage, !presentation.includeUsage { return }
        guard presentation.answer.dialect == identity.dialect else {
            translate(for: presentation, into: &out)
            return
        }
        bytes.withUnsafeBufferPointer { bytes in
            var cursor = 0
            out.add("data: ")
            for edit in edits { apply(edit, bytes, presentation, &cursor, &out) }
            if presentation.includeUsage, noUsage >= 0 {
                Self.copy(bytes, &cursor, to: noUsage, into: &out)
                out.add(#","usage":null"#)
            }
            Self.copy(bytes, &cursor, to: bytes.count, into: &out)
            out.add("\n\n")
        }
    }

    private static func copy(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ cursor: inout Int,
        to end: Int,
        into out: inout [UInt8]
    ) {
        out.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[cursor..<end]))
        cursor = end
    }

    private func apply(
        _ edit: ChunkEdit,
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ presentation: StreamPresentation,
        _ cursor: inout Int,
        _ out: inout [UInt8]
    ) {
        func replace(_ range: Range<Int>, _ text: StaticString) {
            Self.copy(bytes, &cursor, to: range.lowerBound, into: &out)
            out.add(text)
            cursor = range.upperBound
        }
        let range = edit.place.range
        let answer = presentation.answer
        switch edit.kind {
        case .logprobs:
            if !answer.withLogprobs {
                replace(range, "null")
            } else if edit.number > answer.topLogprobs {
                replace(range, "")
                out += LogprobsTrimmer.trim(self.bytes[range], to: answer.topLogprobs)
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
                replace(cut(usage: edit), "")
            } else if !usage.isEmpty {
                replace(range, "null")
            }
        case .choices: replace(range, "[]")
        }
    }
}
