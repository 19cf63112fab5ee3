// One client connection: a request at a time, in the order they come.
//
//                 ┌──────────────────────────────────────────────────────┐
//                 ▼                                                      │ keep-alive
//   accept ──► idle ──► head ──► body ──► exchange ──► (flushing) ───────┤
//                 │       │        │          │                          │ close
//                 │       └────────┴─ refused ┼──────► flushing ──► lingering ──► closed
//                 └── idle_time, drain ───────┴── client gone ─────────────────────┘
//
// - A request that arrives in one read is never copied into `input`; `input` holds an unfinished head, and what a client
//   pipelines while an exchange runs (64 KiB, then reading pauses).
// - Time: one timer. `deadline` moves freely, the timer is armed again only when the deadline comes earlier than it would
//   fire; so a request served in one go touches no timer at all.
// - Lingering: after the last answer our side is shut and what the client still sends is thrown away for a while. Closed
//   with unread bytes the kernel would send a reset, and the client might lose the very answer that says what is wrong.
// - A client that shuts its sending side while it waits counts as gone, since that is all a client that leaves does.

import Glibc
import Loop

final class Connection: ByteStreamOwner, TimerOwner {
    enum Phase {
        /// Between requests -> head, body, exchange, closed.
        case idle
        /// A head has begun -> body, exchange, flushing (refused), closed.
        case head
        /// A body is being read -> exchange, flushing (refused), closed.
        case body
        /// The handler owes an answer -> idle, flushing, closed.
        case exchange
        /// An answer waits for its reader -> idle, lingering, closed.
        case flushing
        /// Said all; waits for the client to see it -> closed.
        case lingering
        case closed
    }

    let server: HTTPServer
    /// Where the server's list has us.
    var index = 0
    var phase = Phase.idle
    private(set) var stream: ByteStream!

    // The request that is being read, or served.
    private var input: [UInt8] = []
    private var inputStart = 0
    private var scanned = 0
    private var headBytes: [UInt8] = []
    private var fields: [HeaderFields.Field] = []
    private var head: RequestHead?
    private var body: [UInt8] = []
    private var bodyRest = 0
    private var chunks: ChunkedBody?
    private var received = MonotonicTime(nanoseconds: 0)
    private var isRequestReady = false
    private var isAdvancing = false
    private(set) var requestsServed = 0

    // The answer.
    var responder: Responder?
    var answersHead = false
    var answersHTTP10 = false
    var keepsAlive = true
    var isChunkedAnswer = false
    var closesAfterFlush = false

    // Time.
    private var timer: LoopTimer!
    private var deadline: MonotonicTime?
    private var timerDue = MonotonicTime(nanoseconds: .max)

    private static let inputLimit = 65536
    private static let lingerTime = Duration.seconds(2)

    init(_ server: HTTPServer, descriptor: CInt) {
        self.server = server
        stream = ByteStream(descriptor, on: server.loop, tls: server.tls, owner: self)
        timer = LoopTimer(on: server.loop, owner: self)
        // A TLS client has to shake hands in time; a plain one may stay silent.
        setDeadline(after: server.tls == nil ? server.limits.idleTime : server.limits.headerTime)
    }

    private var inputCount: Int { input.count - inputStart }

    // MARK: In

    func streamReceived(_ stream: ByteStream, _ bytes: UnsafeRawBufferPointer) {
        switch phase {
        case .lingering, .closed:
            return
        case .exchange, .flushing:
            if !closesAfterFlush { keep(bytes) }
        case .idle, .head, .body:
            guard inputCount == 0 else {
                keep(bytes)
                return advance()
            }
            let used = take(bytes.assumingMemoryBound(to: UInt8.self))
            if used < bytes.count, phase != .flushing, phase != .lingering, phase != .closed {
                keep(UnsafeRawBufferPointer(rebasing: bytes[used...]))
            }
            advance()
        }
    }

    private func keep(_ bytes: UnsafeRawBufferPointer) {
        input.append(contentsOf: bytes)
        if inputCount >= Connection.inputLimit { stream.pause() }
    }

    private func takeInput() {
        // Held outside of `self`: a refusal empties `input`.
        var held: [UInt8] = []
        swap(&held, &input)
        let used = held.withUnsafeBufferPointer { take(UnsafeBufferPointer(rebasing: $0[inputStart...])) }
        guard phase != .flushing, phase != .lingering, phase != .closed else { return }
        swap(&held, &input)
        inputStart += used
        if inputStart == input.count {
            input.removeAll(keepingCapacity: input.capacity <= 16384)
            inputStart = 0
        }
    }

    /// Serves what is complete, one request after the other, until one waits for its answer or for more bytes.
    private func advance() {
        guard !isAdvancing else { return }
        isAdvancing = true
        defer { isAdvancing = false }
        while true {
            if isRequestReady { serve() }
            guard isReadingRequest else { return }
            if inputCount > 0 { takeInput() }
            guard isReadingRequest else { return }
            // More bytes are wanted, however many there are: the limits on head and body decide.
            if !isRequestReady { return stream.resume() }
        }
    }

    private var isReadingRequest: Bool {
        switch phase {
        case .idle, .head, .body: true
        case .exchange, .flushing, .lingering, .closed: false
        }
    }

    /// Reads as much of one request as there is; returns how many bytes are done with. Never calls the handler.
    private func take(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var used = 0
        if phase == .idle {
            received = .now()
            // RFC 9112, 2.2: a server should ignore at least one empty line before a request line.
            while used + 1 < bytes.count, bytes[used] == 13, bytes[used + 1] == 10 { used += 2 }
            guard used < bytes.count else { return used }
            if bytes[used] == 13, used + 1 == bytes.count { return used }
            phase = .head
            scanned = 0
        }
        if phase == .head {
            let rest = UnsafeBufferPointer(rebasing: bytes[used...])
            guard let end = findHeadEnd(rest) else {
                if phase == .head { setDeadline(at: received.advanced(by: server.limits.headerTime)) }
                return used
            }
            guard readHead(UnsafeBufferPointer(rebasing: rest[..<end])) else { return used }
            used += end
        }
        if phase == .body { used += readBody(UnsafeBufferPointer(rebasing: bytes[used...])) }
        return used
    }

    /// The length of the head with its empty line; nil when there is more to come, or when it was refused.
    private func findHeadEnd(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        guard let base = bytes.baseAddress else { return nil }
        if scanned == 0, !isToken(bytes[0]) {
            refuse(.malformed("this is no HTTP request"))
            return nil
        }
        let limit = server.limits.headers
        while scanned < bytes.count, let found = memchr(base + scanned, 10, bytes.count - scanned) {
            let index = UnsafeRawPointer(base).distance(to: UnsafeRawPointer(found))
            guard index > 0, bytes[index - 1] == 13 else {
                refuse(.malformed("a line is not ended by CRLF"))
                return nil
            }
            scanned = index + 1
            if index >= 3, bytes[index - 2] == 10 {
                guard index < limit else { break }
                return index + 1
            }
        }
        scanned = max(scanned, bytes.count)
        if scanned > limit { refuse(Refusal(status: 431, message: "the request's head is too large")) }
        return nil
    }

    private func readHead(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let head: RequestHead
        do {
            head = try server.parser.parse(bytes, into: &fields)
        } catch {
            refuse(error.refusal)
            return false
        }
        headBytes.removeAll(keepingCapacity: true)
        headBytes.append(contentsOf: bytes)
        self.head = head
        switch head.framing {
        case .none:
            isRequestReady = true
            phase = .body
            return true
        case .length(let length):
            guard length <= server.limits.body else {
                refuse(Refusal(status: 413, message: "the request's body is too large"))
                return false
            }
            bodyRest = length
        case .chunked:
            chunks = ChunkedBody()
        }
        phase = .body
        if head.expectsContinue { expectation = .owed }
        return true
    }

    private var expectation = Expectation.none
    private enum Expectation { case none, owed }

    private func readBody(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        guard !isRequestReady else { return 0 }
        var used = 0
        if chunks != nil {
            let (count, progress) = chunks!.take(bytes, into: &body, limit: server.limits.body)
            used = count
            switch progress {
            case .more: break
            case .done: isRequestReady = true
            case .malformed: refuse(.malformed("the chunked body is malformed"))
            case .tooLarge: refuse(Refusal(status: 413, message: "the request's body is too large"))
            }
        } else {
            used = min(bodyRest, bytes.count)
            if used > 0 {
                // Not `reserveCapacity(bodyRest)` beyond 64 KiB: what a client announces is not what it sends.
                if body.isEmpty { body.reserveCapacity(min(bodyRest, 65536)) }
                body.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[..<used]))
            }
            bodyRest -= used
            isRequestReady = bodyRest == 0
        }
        guard phase == .body, !isRequestReady else { return used }
        if expectation == .owed, body.isEmpty, used == 0 {
            // Only when no body byte has come: a client that sends anyway does not wait for it.
            Wire.proceed.withUnsafeBytes { stream.send($0) }
        }
        expectation = .none
        setDeadline(at: bodyDeadline())
        return used
    }

    /// Counted from the first time the body was waited for.
    private func bodyDeadline() -> MonotonicTime {
        if let bodyDue { return bodyDue }
        let due = MonotonicTime.now().advanced(by: server.limits.bodyTime)
        bodyDue = due
        return due
    }

    private var bodyDue: MonotonicTime?

    // MARK: Serve

    private func serve() {
        guard let head else { return }
        isRequestReady = false
        expectation = .none
        bodyDue = nil
        chunks = nil
        self.head = nil
        deadline = nil
        phase = .exchange
        requestsServed += 1
        server.exchangesUnderWay += 1
        answersHead = head.method == .head
        answersHTTP10 = head.isHTTP10
        // A body under HEAD has no meaning that everybody agrees on: read, answered, and no request after it.
        keepsAlive = head.keepsAlive && !(answersHead && head.framing != .none)
        let responder: Responder
        if isKnownUniquelyReferenced(&self.responder), let old = self.responder {
            old.renew(self)
            responder = old
        } else {
            responder = Responder(self)
            self.responder = responder
        }
        let request = HTTPRequest(
            method: head.method,
            target: head.target,
            headers: HeaderFields(bytes: headBytes, fields: fields),
            body: body,
            received: received
        )
        body = []
        server.handler.handle(request, responder)
    }

    /// The answer is complete and sent, or waits to be.
    func exchangeEnded() {
        server.exchangesUnderWay -= 1
        if stream.bufferedBytes > 0 {
            phase = .flushing
            closesAfterFlush = !keepsAlive
            setDeadline(after: server.limits.readerStall)
        } else if keepsAlive {
            rest()
        } else {
            linger()
        }
        if !isAdvancing { advance() }
    }

    /// Between two requests.
    private func rest() {
        phase = .idle
        if server.isDraining, inputCount == 0 { return linger() }
        setDeadline(after: server.limits.idleTime)
    }

    /// Answers what cannot be served, and makes an end.
    func refuse(_ refusal: Refusal) {
        guard phase != .flushing, phase != .lingering, phase != .closed else { return }
        isRequestReady = false
        head = nil
        body = []
        chunks = nil
        answersHead = false
        answersHTTP10 = false
        keepsAlive = false
        writeRefusal(refusal)
        closesAfterFlush = true
        phase = .flushing
        if stream.bufferedBytes == 0 {
            linger()
        } else {
            setDeadline(after: server.limits.readerStall)
        }
    }

    // MARK: Out

    func streamAdvanced(_ stream: ByteStream) {
        let waiting = stream.bufferedBytes
        switch phase {
        case .flushing where waiting == 0:
            if closesAfterFlush {
                linger()
            } else {
                rest()
                advance()
            }
        case .flushing:
            setDeadline(after: server.limits.readerStall)
        case .exchange:
            watchReader()
            if waiting == 0 { responder?.drained() }
        case .idle, .head, .body, .lingering, .closed:
            break
        }
    }

    /// A stream's reader may be slow, but not dead: every byte it takes buys it another `readerStall`.
    func watchReader() {
        if stream.bufferedBytes == 0 { deadline = nil } else { setDeadline(after: server.limits.readerStall) }
    }

    /// Whether the reader's clock runs already; a write must not wind it up again.
    var isWatchingReader: Bool { deadline != nil }

    // MARK: End

    func streamEnded(_ stream: ByteStream, isBroken: Bool) {
        switch phase {
        case .head where !isBroken, .body where !isBroken:
            refuse(.malformed("the request ended before it was complete"))
        case .flushing where !isBroken:
            closesAfterFlush = true
        case .idle, .head, .body, .exchange, .flushing, .lingering:
            close()
        case .closed:
            break
        }
    }

    private func linger() {
        guard phase != .closed else { return }
        input = []
        inputStart = 0
        if stream.hasEnded { return close() }
        phase = .lingering
        stream.finishSending()
        stream.resume()
        setDeadline(after: Connection.lingerTime)
    }

    /// What a draining server wants of a connection that is between two requests.
    func drain() {
        guard phase == .idle, inputCount == 0 else { return }
        // A request may be in the kernel's buffer already: its client could not know better.
        stream.readNow()
        guard phase == .idle else { return }
        if requestsServed > 0 {
            linger()
        } else {
            // Just accepted: its first request is probably on its way.
            setDeadline(after: .seconds(1))
        }
    }

    func close(reset: Bool = false) {
        guard phase != .closed else { return }
        let owedAnswer = phase == .exchange
        phase = .closed
        timer.cancel()
        deadline = nil
        if reset { stream.abort() } else { stream.close() }
        server.forget(self)
        if owedAnswer {
            server.exchangesUnderWay -= 1
            responder?.clientLeft()
        }
        responder = nil
    }

    // MARK: Time

    private func setDeadline(after delay: Duration) {
        setDeadline(at: MonotonicTime.now().advanced(by: delay))
    }

    private func setDeadline(at moment: MonotonicTime) {
        deadline = moment
        if moment < timerDue {
            timerDue = moment
            timer.arm(at: moment)
        }
    }

    func timerFired(_ timer: LoopTimer) {
        timerDue = MonotonicTime(nanoseconds: .max)
        guard let deadline else { return }
        guard deadline <= .now() else { return setDeadline(at: deadline) }
        switch phase {
        case .head: refuse(Refusal(status: 408, message: "the request's head took too long"))
        case .body: refuse(Refusal(status: 408, message: "the request's body took too long"))
        case .idle, .lingering: close()
        case .exchange, .flushing: close(reset: true)
        case .closed: break
        }
    }
}

@available(*, unavailable, message: "confined to the thread of its loop")
extension Connection: Sendable {}
