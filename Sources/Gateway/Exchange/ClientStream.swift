// One client's event stream: what has been sent of it, and what may be.
//
//     nothing ──first event, or the whole answer──► head with all that is known, events
//        │
//        └── stream_comment of silence ──► bare head, comments ──► events, then ": understudy {...}"
//
// Nothing is sent before there is an answer to give; an error is then an ordinary answer with its status. Once a head
// is out, an error is an event, and no [DONE] follows it. What is not known for certain when the head goes is left out
// of it, and said in a comment before [DONE] (CONTRACTS section 4).
//
// A reader that does not keep up is fed no further than the high mark; its cursor stays where it is.

import Completions
import HTTPServer
import Loop

/// See the head of the file. Confined to its exchange's loop.
final class ClientStream {
    /// Bytes that may wait for the reader.
    private static let highMark = 64 * 1024
    /// One write takes about this much, so that a long answer is not copied in one piece.
    private static let batch = 16 * 1024

    private let responder: Responder
    private(set) var presentation: StreamPresentation
    /// So many of the feed's chunks were written.
    private(set) var cursor = 0
    private(set) var hasHead = false
    /// It leaves with the first bytes behind it, in one write.
    private var unsentHead: [UInt8]?
    /// The head went before anything was known.
    private(set) var headIsBare = false
    private(set) var isBlocked = false
    /// Some of the answer has been written.
    var hasEvents: Bool { cursor > 0 }
    private(set) var sent = 0

    init(_ responder: Responder, _ presentation: StreamPresentation) {
        self.responder = responder
        self.presentation = presentation
    }

    /// Names the model where the answer's own chunks do not.
    func name(_ model: String) { presentation.answer.modelName = model }

    func begin(_ fields: [UInt8], bare: Bool = false) {
        hasHead = true
        headIsBare = bare
        unsentHead = fields
    }

    func comment(_ text: String) {
        write(EventText.comment(text))
    }

    /// Writes what the reader can take of the chunks so far.
    /// - Parameter first: which of the answer's chunks the first of these is.
    /// - Returns: whether all of them have been written.
    func write(_ chunks: [AnswerChunk], from first: Int) -> Bool {
        while cursor < first + chunks.count {
            guard responder.bufferedBytes < Self.highMark else {
                isBlocked = true
                return false
            }
            var bytes: [UInt8] = []
            while cursor < first + chunks.count, bytes.count < Self.batch {
                chunks[cursor - first].encode(for: presentation, into: &bytes)
                cursor += 1
            }
            write(bytes)
        }
        isBlocked = false
        return true
    }

    /// The proper end: what was not known when the head went, and [DONE].
    func finish(_ note: [UInt8]?) {
        var bytes: [UInt8] = []
        if let note { bytes += note }
        bytes += EventText.done
        end(bytes)
    }

    /// The whole answer behind a bare head.
    func replay(_ answer: CompletionAnswer) {
        var bytes: [UInt8] = []
        answer.encodeEvents(for: presentation, into: &bytes)
        write(bytes)
    }

    /// The error is an event, and the connection ends without [DONE].
    func fail(_ error: APIError) {
        end(EventText.error(error), thenClose: true)
    }

    private func end(_ bytes: [UInt8], thenClose: Bool = false) {
        sent += bytes.count
        sendHead()
        responder.finish(bytes, thenClose: thenClose)
    }

    private func sendHead(with bytes: [UInt8] = []) {
        if let head = unsentHead { responder.begin(status: 200, fields: head, bytes) }
        unsentHead = nil
    }

    private func write(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        sent += bytes.count
        if unsentHead != nil { sendHead(with: bytes) } else { responder.write(bytes) }
    }
}

@available(*, unavailable, message: "confined to its exchange's loop")
extension ClientStream: Sendable {}
