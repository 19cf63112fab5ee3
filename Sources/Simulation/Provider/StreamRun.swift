/// A stream reduced to single steps: what to write, how long to wait, how to end. Decides, and knows neither clock nor
/// socket; `Delivery` does what it says.
struct StreamRun {
    enum Step: Equatable {
        case write([UInt8], tokens: Int)
        case wait(Duration)
        /// Nothing more until the test releases it or the client leaves.
        case hang
        /// The last bytes, and what becomes of the connection.
        case end([UInt8], tokens: Int, Ending)
    }

    enum Ending {
        case finish
        /// Finished properly, then closed without a word in the head.
        case finishThenClose
        case close
        case reset
    }

    /// What a fault that counts bytes of the body still waits for.
    private struct Cut {
        var left: Int
        var step: Step
    }

    private let stream: PlannedStream
    private let ending: Ending
    private var events: AnswerEvents
    private var framing: EventFraming
    private var pace: Pace
    private var faults: [StreamFault]
    private var cut: Cut?
    private var upcoming: [Step] = []
    /// Bytes, and the tokens in them, that do not fill a chunk yet.
    private var unsent: [UInt8] = []
    private var unsentTokens = 0
    private var sentEvents = 0
    private var spoilsNext = false
    private var mutters = false

    /// `ending` is the reply's: faults that count bytes, or concern the connection, hold for streams too.
    init(_ stream: PlannedStream, ending: PlannedReply.Ending = .whole) {
        self.stream = stream
        events = AnswerEvents(
            stream.answer,
            tokensPerEvent: stream.script.tokensPerEvent,
            isEndless: stream.faults.contains(.endless)
        )
        framing = EventFraming(stream.script)
        pace = stream.pace
        faults = stream.faults.filter { $0.after != nil }
        switch ending {
        case .resetInside(let after): cut = Cut(left: after, step: .end([], tokens: 0, .close))
        case .stall(let after, let time): cut = Cut(left: after, step: time.map(Step.wait) ?? .hang)
        case .whole, .resetBefore, .closeAfter: break
        }
        self.ending = ending == .closeAfter ? .finishThenClose : .finish
    }

    /// Not to be asked again after `end`.
    mutating func next() -> Step {
        while upcoming.isEmpty { plan() }
        return upcoming.removeFirst()
    }

    private mutating func plan() {
        if mutters {
            upcoming += [.wait(.milliseconds(20)), .write(Array(": still there\n\n".utf8), tokens: 0)]
            return
        }
        if let index = faults.firstIndex(where: { $0.after.map { $0 <= sentEvents } ?? false }) {
            return strike(faults.remove(at: index))
        }
        guard var event = events.next() else {
            return end(stream.faults.contains(.noDone) ? [] : framing.frame(Array("[DONE]".utf8)), ending)
        }
        if spoilsNext {
            spoilsNext = false
            event.data.removeLast(event.data.count / 3)
        }
        let time = pace.time(for: event.tokens)
        if time > .zero { upcoming.append(.wait(time)) }
        sentEvents += 1
        emit(framing.frame(event.data), tokens: event.tokens)
    }

    private mutating func strike(_ fault: StreamFault) {
        switch fault {
        case .reset: end([], .reset)
        case .close: end([], .close)
        case .end: end([], .finish)
        case .error(_, let message):
            end(framing.frame(ProviderError.typical(500, message: message).body), .finish)
        case .malformed: spoilsNext = true
        case .stall(_, let time):
            flush()
            upcoming.append(time.map(Step.wait) ?? .hang)
        case .comments:
            flush()
            mutters = true
        case .endless, .noDone: break
        }
    }

    private mutating func end(_ bytes: [UInt8], _ ending: Ending) {
        if !bytes.isEmpty { emit(bytes, tokens: 0) }
        flush()
        if case .write(let last, let tokens)? = upcoming.last {
            upcoming[upcoming.count - 1] = .end(last, tokens: tokens, ending)
        } else {
            upcoming.append(.end([], tokens: 0, ending))
        }
    }

    private mutating func emit(_ bytes: [UInt8], tokens: Int) {
        guard let cut, bytes.count >= cut.left else {
            self.cut?.left -= bytes.count
            return put(bytes[...], tokens: tokens)
        }
        self.cut = nil
        put(bytes.prefix(cut.left), tokens: 0)
        flush()
        upcoming.append(cut.step)
        put(bytes.dropFirst(cut.left), tokens: tokens)
    }

    private mutating func put(_ bytes: ArraySlice<UInt8>, tokens: Int) {
        unsent.append(contentsOf: bytes)
        unsentTokens += tokens
        let size = stream.script.chunkBytes
        if size < 1 { return flush() }
        var start = 0
        while unsent.count - start >= size {
            write(Array(unsent[start..<start + size]))
            start += size
        }
        unsent.removeFirst(start)
    }

    private mutating func flush() {
        if unsent.isEmpty { return }
        write(unsent)
        unsent = []
    }

    private mutating func write(_ bytes: [UInt8]) {
        upcoming.append(.write(bytes, tokens: unsentTokens))
        unsentTokens = 0
    }
}
