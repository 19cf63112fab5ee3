// The answers that were paid for, so that a command that was killed pays none of them again.
//
//     answer comes ──► keep: a line at the file's end ──► fsync ──► the answer counts
//                            many at once: one write, one fsync
//     next run     ──► all whole lines are read ──► answered from here, at once and for nothing
//
// Lines are JSON objects: the question's digest, and the provider's body as it came. A kill or a power cut leaves at
// most one torn line at the end; it is passed over, and what follows begins on a line of its own. Questions are kept as
// digests only, but answers are texts: mode 0600, and what a route's `redact` names is taken out before a line is
// written (this run goes on with what large said, the next one with what is left of it). Deleting somebody empties the
// file.
//
// One process at a time writes a journal, and holds its lock for that: two runs of one command would pay twice.

import Digest
import Glibc
import Harvest
import JSON
public import Judgment
import Loop

/// Answers by the digest of what was asked. See the head of the file.
public actor Journal {
    private nonisolated let loop: Loop
    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    /// Read by anybody, changed on the journal's thread: what is in it survives a kill.
    private nonisolated let known: Lock<[Digest32: PaidAnswer]>
    /// Nil: nothing is written.
    private let file: JournalFile?
    private let redactor: Redactor?
    private var pending: [UInt8] = []
    private var pendingAnswers: [(Digest32, PaidAnswer)] = []
    private var waiting: [CheckedContinuation<String?, Never>] = []

    /// One that lasts as long as the process.
    public init() {
        loop = Loop.start(name: "journal")
        known = Lock([:])
        file = nil
        redactor = nil
    }

    /// Opens the journal, made if it is missing, and reads it. Blocks: not for a loop.
    /// - Parameter redactor: the route's; what it names is not written.
    /// - Throws: `AskFailure.journal`; also where another process has it.
    public init(file path: String, redactor: Redactor? = nil) throws(AskFailure) {
        let file = try JournalFile(path)
        var answers: [Digest32: PaidAnswer] = [:]
        let parser = JSONParser()
        for line in try file.readAll().split(separator: 0x0a) {
            // A torn line, or one of a newer program: what is not known is asked again.
            if let (key, answer) = PaidAnswer.read(Array(line), parser) { answers[key] = answer }
        }
        try file.endLastLine()
        self.file = file
        self.redactor = redactor
        known = Lock(answers)
        loop = Loop.start(name: "journal")
    }

    public nonisolated var count: Int { known.withLock { $0.count } }

    nonisolated func answer(to key: Digest32) -> PaidAnswer? { known.withLock { $0[key] } }

    /// Returns when the answer is on the disk. One that cannot be redacted within the limits is not written: a run
    /// after this one asks again.
    func keep(_ answer: PaidAnswer, for key: Digest32) async throws(AskFailure) {
        guard let file, let written = redacted(answer) else { return known.withLock { $0[key] = answer } }
        pending += written.line(key)
        pendingAnswers.append((key, answer))
        let failure = await withCheckedContinuation { continuation in
            waiting.append(continuation)
            // Whoever comes in the same turn of the loop goes along.
            if waiting.count == 1 { loop.atEndOfTick { self.flush(to: file) } }
        }
        if let failure { throw .journal(failure) }
    }

    private func redacted(_ answer: PaidAnswer) -> PaidAnswer? {
        guard let redactor else { return answer }
        var answer = answer
        guard let body = try? redactor.redact(answer: answer.body) else { return nil }
        answer.body = body
        return answer
    }

    private func flush(to file: JournalFile) {
        let failure = file.append(pending)
        if failure == nil {
            known.withLock { known in
                for (key, answer) in pendingAnswers { known[key] = answer }
            }
        }
        (pending, pendingAnswers) = ([], [])
        let present = waiting
        waiting = []
        for continuation in present { continuation.resume(returning: failure) }
    }

    /// Ends its thread and gives the lock back. Nothing may be kept afterwards.
    public func close() {
        file?.close()
        loop.stop()
    }
}

/// What a provider answered, and what it cost.
struct PaidAnswer: Sendable, Equatable {
    /// The name sent to the provider.
    var model: String
    /// US dollars; nil where the price is unknown.
    var cost: Double?
    /// Nil: a batch has answered it.
    var milliseconds: Double?
    /// The provider's body, a JSON object.
    var body: [UInt8]

    fileprivate func line(_ key: Digest32) -> [UInt8] {
        var writer = JSONWriter(reserving: body.count + 192)
        writer.beginObject()
        writer.name("key")
        writer.string(key.hex)
        writer.name("model")
        writer.string(model)
        writer.name("cost")
        if let cost { writer.number(cost) } else { writer.null() }
        writer.name("ms")
        if let milliseconds { writer.number(milliseconds) } else { writer.null() }
        writer.name("body")
        // JSON has raw line breaks between tokens only; a blank does as well (RFC 8259 section 2).
        writer.raw(body.map { $0 == 0x0a || $0 == 0x0d ? 0x20 : $0 })
        writer.endObject()
        return writer.bytes + [0x0a]
    }

    fileprivate static func read(_ line: [UInt8], _ parser: JSONParser) -> (Digest32, PaidAnswer)? {
        guard let root = try? parser.parse(line, integers: .any),
            let key = root["key"].flatMap({ Digest32(hex: String(decoding: $0.decoded(), as: UTF8.self)) }),
            let model = root["model"], let cost = root["cost"], let milliseconds = root["ms"], let body = root["body"],
            body.kind == .object
        else { return nil }
        func number(_ node: JSONNode) -> Double? { Double(String(decoding: node.raw, as: UTF8.self)) }
        let answer = PaidAnswer(
            model: String(decoding: model.decoded(), as: UTF8.self),
            cost: number(cost),
            milliseconds: number(milliseconds),
            body: Array(body.raw)
        )
        return (key, answer)
    }
}
