// One client connection: a request at a time, in the order they come.
//
//                ┌───────────────────────────────────────────────┐
//                ▼                                               │ keep-alive
//   accept ──► reading ──► exchange ──► (flushing) ──────────────┤
//                │  │         │                                  │ close
//                │  └ refused ┼───────► flushing ──────────► lingering ──► closed
//                └────────────┴── idle_time, client gone ───────────────────┘
//
// - A request that arrives in one read is never copied into `input`; when that is full, reading pauses.
// - Time: one deadline (`Deadline`), for whatever the phase waits for.
// - Lingering: after the last answer our side is shut and what the client still sends is thrown away for a while.
//   Closed
//   with unread bytes the kernel would send a reset, and the client might lose the very answer that says what is wrong.
// - A client that shuts its sending side while it waits counts as gone, since that is all a client that leaves does.

import Loop

final class Connection: ByteStreamOwner, TimerOwner {
    enum Phase {
        /// Between requests, or inside one (`reader.state`) -> exchange, flushing (refused), lingering (drain), closed.
        case reading
        /// The handler owes an answer -> reading, flushing, lingering, closed.
        case exchange
        /// An answer waits for its reader -> reading, lingering, closed.
        case flushing
        /// Said all; waits for the client to see it -> closed.
        case lingering
        case closed
    }

    let server: HTTPServer
    /// Where the server's list has us.
    var index = 0
    private var phase = Phase.reading
    private(set) var stream: ByteStream!

    private var reader = RequestReader()
    private var input = PendingInput()
    private var isAdvancing = false
    private var requestsServed = 0
    /// When the body that is waited for must be there.
    private var bodyDue: MonotonicTime?

    // The answer.
    private var responder: Responder?
    var answersHead = false
    var answersHTTP10 = false
    var keepsAlive = true
    var isChunkedAnswer = false
    private var closesAfterFlush = false

    private var deadline: Deadline!

    private static let lingerTime = Duration.seconds(2)

    init(_ server: HTTPServer, descriptor: CInt) {
        self.server = server
        stream = ByteStream(descriptor, on: server.loop, tls: server.tls, owner: self)
        deadline = Deadline(LoopTimer(on: server.loop, owner: self))
        // A TLS client has to shake hands in time; a plain one may stay silent.
        deadline.set(after: server.tls == nil ? server.limits.idleTime : server.limits.headerTime)
    }

    // MARK: In

    func streamReceived(_ stream: ByteStream, _ bytes: UnsafeRawBufferPointer) {
        switch phase {
        case .lingering, .closed:
            return
        case .exchange, .flushing:
            if !closesAfterFlush { keep(bytes) }
        case .reading:
            if input.count == 0 {
                let used = reader.take(bytes.assumingMemoryBound(to: UInt8.self), server.parser, server.limits)
                // Kept before the handler is called: the scratch buffer that `bytes` are in may be used by then.
                if used < bytes.count { keep(UnsafeRawBufferPointer(rebasing: bytes[used...])) }
            } else {
                keep(bytes)
            }
            advance()
        }
    }

    private func keep(_ bytes: UnsafeRawBufferPointer) {
        input.append(bytes)
        if input.isFull { stream.pause() }
    }

    /// Serves what is complete, one request after the other, until one waits for its answer or for more bytes.
    private func advance() {
        guard !isAdvancing else { return }
        isAdvancing = true
        defer { isAdvancing = false }
        while phase == .reading {
            if input.count > 0 { input.take { reader.take($0, server.parser, server.limits) } }
            switch reader.state {
            case .complete: serve()
            case .refused(let refusal): refuse(refusal)
            case .idle, .head, .body: return waitForMore()
            }
        }
    }

    private func waitForMore() {
        // However many bytes there are: the limits on head and body decide.
        stream.resume()
        switch reader.state {
        case .head:
            deadline.set(at: reader.received.advanced(by: server.limits.headerTime))
        case .body where bodyDue == nil:
            let due = MonotonicTime.now().advanced(by: server.limits.bodyTime)
            bodyDue = due
            deadline.set(at: due)
            if reader.isOwedContinue { Wire.proceed.withUnsafeBytes { stream.send($0) } }
        case .idle, .body, .complete, .refused:
            break
        }
    }

    // MARK: Serve

    private func serve() {
        guard let head = reader.head else { return }
        bodyDue = nil
        deadline.clear()
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
        server.handler.handle(reader.finish(), responder)
    }

    /// The answer is complete and sent, or waits to be.
    func exchangeEnded() {
        server.exchangesUnderWay -= 1
        if stream.bufferedBytes > 0 {
            phase = .flushing
            closesAfterFlush = !keepsAlive
            deadline.set(after: server.limits.readerStall)
        } else if keepsAlive {
            rest()
        } else {
            linger()
        }
        if !isAdvancing { advance() }
    }

    /// Between two requests.
    private func rest() {
        phase = .reading
        if server.isDraining, input.count == 0 { return linger() }
        deadline.set(after: server.limits.idleTime)
    }

    /// What `refuse` turns away, as far as it is known.
    var refusedRequest: HTTPRequest? { reader.begun }

    /// Answers what cannot be served, and makes an end.
    func refuse(_ refusal: Refusal) {
        guard phase != .flushing, phase != .lingering, phase != .closed else { return }
        answersHead = false
        answersHTTP10 = false
        keepsAlive = false
        writeRefusal(refusal)
        closesAfterFlush = true
        phase = .flushing
        if stream.bufferedBytes == 0 {
            linger()
        } else {
            deadline.set(after: server.limits.readerStall)
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
            deadline.set(after: server.limits.readerStall)
        case .exchange:
            watchReader()
            if waiting == 0 { responder?.drained() }
        case .reading, .lingering, .closed:
            break
        }
    }

    /// A stream's reader may be slow, but not dead: every byte it takes buys it another `readerStall`.
    func watchReader() {
        if stream.bufferedBytes == 0 { deadline.clear() } else { deadline.set(after: server.limits.readerStall) }
    }

    /// Whether the reader's clock runs already; a write must not wind it up again.
    var isWatchingReader: Bool { deadline.moment != nil }

    // MARK: End

    func streamEnded(_ stream: ByteStream, isBroken: Bool) {
        switch phase {
        case .reading where !isBroken:
            reader.end()
            if case .refused(let refusal) = reader.state { refuse(refusal) } else { close() }
        case .flushing where !isBroken:
            closesAfterFlush = true
        case .reading, .exchange, .flushing, .lingering:
            close()
        case .closed:
            break
        }
    }

    private func linger() {
        guard phase != .closed else { return }
        input.discard()
        if stream.hasEnded { return close() }
        phase = .lingering
        stream.finishSending()
        stream.resume()
        deadline.set(after: Connection.lingerTime)
    }

    /// What a draining server wants of a connection that is between two requests.
    func drain() {
        guard isIdle else { return }
        // A request may be in the kernel's buffer already: its client could not know better.
        stream.readNow()
        guard isIdle else { return }
        if requestsServed > 0 {
            linger()
        } else {
            // Just accepted: its first request is probably on its way.
            deadline.set(after: .seconds(1))
        }
    }

    func giveNotice() {
        if phase == .exchange { responder?.serverCloses() }
    }

    var isFlushing: Bool { phase == .flushing }

    private var isIdle: Bool { phase == .reading && reader.state == .idle && input.count == 0 }

    func close(reset: Bool = false) {
        guard phase != .closed else { return }
        let owedAnswer = phase == .exchange
        phase = .closed
        deadline.cancel()
        if reset { stream.abort() } else { stream.close() }
        server.forget(self)
        if owedAnswer {
            server.exchangesUnderWay -= 1
            responder?.clientLeft()
        }
        responder = nil
    }

    // MARK: Time

    func timerFired(_ timer: LoopTimer) {
        guard deadline.hasPassed() else { return }
        switch phase {
        case .reading:
            switch reader.state {
            case .head: refuse(Refusal(status: 408, message: "the request's head took too long"))
            case .body: refuse(Refusal(status: 408, message: "the request's body took too long"))
            case .idle, .complete, .refused: close()
            }
        case .lingering: close()
        case .exchange, .flushing: close(reset: true)
        case .closed: break
        }
    }
}

@available(*, unavailable, message: "confined to the thread of its loop")
extension Connection: Sendable {}
