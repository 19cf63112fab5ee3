public import JSON

/// A model's answer that arrives as an event stream: what has come so far, as an answer.
///
///     feed ──► EventReader ──► JSONParser ──► take ──► answer, which grows
///                                              └─────► AnswerChunk, for those who pass the stream on
///
/// After each `feed`, `next` is called until it says nil. After `[DONE]`, or when the upstream has closed, `end` tells
/// whether the answer is whole, and `next` is called once more for what was held back: nothing, or the usage event.
///
/// The answer is what `CompletionAnswer.read` would make of the same answer in one piece: texts joined, tool calls
/// joined by their index, log-probabilities in the same columns and, once all is read, as the same JSON in `raw`.
/// Differences: its own `raw` is empty, as that of an answer that was made here, unless there is more in it than the
/// values say (`StreamedAnswer+Whole.swift`); choices stand in the order in which they first spoke; a text that never
/// got a character is nil beside a refusal or tool calls, since streams begin with an empty one.
///
/// Strict as the whole reader is, but for what streams do: a delta may be missing, a list of choices may be empty, and
/// a `finish_reason` of "" means that there is none yet.
///
/// Without chunks an event costs no allocation but the growth of arrays. `answer` is not to be kept while it grows: it
/// is appended to in place, and a copy would make the next event copy all of it.
public final class StreamedAnswer {
    /// What has come so far.
    public internal(set) var answer: CompletionAnswer
    /// `[DONE]` was read.
    public private(set) var isDone = false

    let parser: JSONParser
    let keepsChunks: Bool
    private let limit: Int
    private var reader: EventReader
    private var fault: StreamFault?
    /// No event follows.
    private var isClosed = false
    /// The event that came without its empty line before the end.
    private var last: AnswerPiece?

    /// One for each choice.
    var states: [StreamedChoice] = []
    /// Choices without a `finish_reason`.
    var unfinished = 0
    /// Bytes of texts, arguments and log-probabilities.
    var size = 0
    /// Bytes of what else was said.
    var sizeBeside = 0

    // The event that is being read
    var positions = ChoicePositions()
    var draft = ChunkDraft()

    // For chunks
    var identity: StreamIdentity?
    /// An event of usage alone has been passed on.
    private var hasToldUsage = false
    /// The usage that came beside choices, for the event at the end.
    private var untoldUsage: AnswerChunk?

    /// `limit` bytes: what an event's data may have, and what the answer may grow to.
    public init(dialect: Dialect, parser: JSONParser, keepsChunks: Bool = false, limit: Int = 1 << 20) {
        answer = CompletionAnswer(dialect: dialect, choices: [])
        self.parser = parser
        self.keepsChunks = keepsChunks
        self.limit = limit
        reader = EventReader(limit: limit)
    }

    /// There is a choice, and each has its `finish_reason`.
    public var isFinished: Bool { !states.isEmpty && unfinished == 0 }

    /// How many tokens of a choice have come: rows of log-probabilities; where there are none, events that carried some
    /// of its text, refusal or arguments.
    public func tokens(of position: Int) -> Int {
        guard states.indices.contains(position) else { return 0 }
        return states[position].rows > 0 ? states[position].rows : states[position].events
    }

    /// Whether the bytes fed last held data, and not comments alone.
    public var saysSomething: Bool { reader.saysSomething }

    public func feed(_ bytes: UnsafeRawBufferPointer) {
        if !isClosed, fault == nil { reader.feed(bytes) }
    }

    /// The next event's part of the answer, which is in `answer` already; nil: more bytes are needed, or there are no
    /// more. A fault is thrown again by every later call.
    public func next() throws(StreamFault) -> AnswerPiece? {
        if let fault { throw fault }
        if let last {
            self.last = nil
            return last
        }
        while !isClosed {
            do throws(EventReader.TooLarge) {
                guard try reader.next() else { return nil }
            } catch { throw fail(.tooLarge) }
            do throws(StreamFault) {
                if let piece = try readEvent() { return piece }
            } catch { throw fail(error) }
        }
        return leftUsage()
    }

    /// The stream is over, by `[DONE]` or because the upstream closed. Throws `.cut` unless every choice has ended; a
    /// missing `[DONE]` is forgiven then.
    public func end() throws(StreamFault) {
        if let fault { throw fault }
        if !isClosed {
            // An event without its empty line counts if it is whole; one that was cut is no JSON.
            do throws(StreamFault) {
                if (try? reader.finish()) == true { last = try readEvent() }
            } catch {
                if case .malformed = error {} else { throw fail(error) }
            }
            close()
        }
        guard isFinished else { throw fail(.cut) }
    }

    private func fail(_ fault: StreamFault) -> StreamFault {
        self.fault = fault
        return fault
    }

    private func close() {
        guard !isClosed else { return }
        isClosed = true
        for position in states.indices where states[position].rows > 0 {
            answer.choices[position].logprobs!.raw = states[position].logprobs.finish()[...]
        }
        if isFinished, saysMore { makeWhole() }
    }

    // MARK: - One event

    /// Nil for an event that is none of the answer: `[DONE]`, and one without data.
    private func readEvent() throws(StreamFault) -> AnswerPiece? {
        let parser = parser
        var isEmpty = false
        let root: JSONNode?
        do throws(JSONError) {
            root = try reader.withData { data throws(JSONError) in
                isEmpty = data.isEmpty
                if isEmpty || Self.isDone(data) { return nil }
                return try parser.parse(data, integers: .any)
            }
        } catch { throw .malformed(MalformedAnswer("not JSON: \(error)")) }
        guard let root else {
            if !isEmpty {
                isDone = true
                close()
            }
            return nil
        }
        positions = ChoicePositions()
        let refusal: StreamFault?
        do throws(MalformedAnswer) { refusal = try take(root) } catch { throw .malformed(error) }
        if let refusal { throw refusal }
        if size + sizeBeside > limit { throw .tooLarge }
        return AnswerPiece(positions: positions, chunk: keepsChunks ? keepChunk() : nil)
    }

    private static func isDone(_ data: UnsafeBufferPointer<UInt8>) -> Bool {
        let done: StaticString = "[DONE]"
        guard data[0] == done.utf8Start[0], data.count >= done.utf8CodeUnitCount else { return false }
        for index in data.indices {
            let byte = index < done.utf8CodeUnitCount ? done.utf8Start[index] : UInt8(ascii: " ")
            if data[index] != byte { return false }
        }
        return true
    }

    /// Nil for usage that was told before.
    private func keepChunk() -> AnswerChunk? {
        // Before the first choice there is nothing of a stream but, at some providers, what they think of the prompt.
        let identity = self.identity ?? StreamIdentity(answer)
        if draft.part != nil { self.identity = identity }
        let chunk = AnswerChunk(reader.dataInOneLine(), identity, draft)
        if chunk.isUsage {
            defer { hasToldUsage = true }
            return hasToldUsage ? nil : chunk
        }
        if !chunk.usage.isEmpty { untoldUsage = AnswerChunk(usageOf: chunk, draft) }
        return chunk
    }

    private func leftUsage() -> AnswerPiece? {
        guard let chunk = untoldUsage, !hasToldUsage, isFinished else { return nil }
        hasToldUsage = true
        return AnswerPiece(positions: ChoicePositions(), chunk: chunk)
    }
}

@available(*, unavailable)
extension StreamedAnswer: Sendable {}
