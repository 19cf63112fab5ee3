// One call under way: an easy handle and what curl calls back about it.
//
//     idle ──begin──► queued ──granted──► running ──► idle          (begin goes straight to running where there is room)
//                       └─── cancelled, limit run out ──► idle
//
// A transfer and its easy handle are made once, with URL, headers and options in place, and lent again and again by
// their upstream. `generation` grows at each end, so that whoever holds a handle of an earlier life (a cancellation on
// its way from another thread, a place granted too late) finds that it is none of his business.

import CCurl
import Loop

/// See the head of the file. Confined to its loop's thread. C points back at it (WRITEDATA, HEADERDATA, PRIVATE), but
/// only from its own easy handle, which goes with it.
final class Transfer {
    enum Request { case pause, resume, cancel }

    let easy = EasyHandle()
    private let client: HTTPClient
    /// Only while under way; the pool owns us otherwise.
    private var upstream: Upstream?
    private let path: UnsafePointer<UInt8>
    /// Made for one `UpstreamRequest`, and not lent again; nil: calls of models.
    let oneOff: UpstreamRequest.Method?
    // These go after `easy`, which points at them.
    private let explanation = ErrorBuffer()
    private let url: ParsedURL

    private(set) var generation: UInt64 = 0
    private var receiver: (any StreamReceiver)?
    private var ticket: Admission.Ticket?
    private var hasPlace = false
    /// Index in the client's list.
    var position = 0
    var isAdded = false
    var waitsToBeAdded = false
    /// The call is being made. An upstream that is quick enough has answered by then; what it said waits for the end of
    /// the tick, since whoever calls is not ready to be called.
    var isBeginning = false

    /// Sent from where it lies: an array keeps its elements in one piece for as long as somebody holds it, and nobody
    /// changes this one.
    private var body: [UInt8] = []
    private var ownHeaders: HeaderList?

    private(set) var clock = TransferClock.idle
    private var head = ResponseHead()
    /// Nil: nobody wants them.
    private var fields: [UpstreamField]?
    private var received = 0
    private var maxAnswer = 0
    /// Why we end it, where it is us and not curl.
    private var failure: UpstreamError.Kind?
    private var shouldBePaused = false
    private var hasPassedOn = false

    init(_ url: String, path: StaticString, client: HTTPClient, oneOff: UpstreamRequest.Method? = nil) {
        self.client = client
        self.oneOff = oneOff
        self.path = path.utf8Start
        self.url = ParsedURL(url)
        // One that curl cannot read is told by the transfer itself.
        if let parsed = self.url.raw {
            easy.set(CURLOPT_CURLU, pointer: UnsafeRawPointer(parsed))
        } else {
            easy.set(CURLOPT_URL, url)
        }
        let me = Unmanaged.passUnretained(self).toOpaque()
        easy.set(CURLOPT_PRIVATE, pointer: me)
        easy.set(CURLOPT_ERRORBUFFER, pointer: explanation.bytes)
        easy.set(CURLOPT_HEADERDATA, pointer: me)
        easy.set(CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            Transfer.from(context!).received(line: UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
        easy.set(CURLOPT_WRITEDATA, pointer: me)
        easy.set(CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            Transfer.from(context!).received(bytes: UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
    }

    private static func from(_ context: UnsafeMutableRawPointer) -> Transfer {
        Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    }

    static func of(_ easy: UnsafeMutableRawPointer) -> Transfer {
        var context: UnsafeMutableRawPointer?
        ccurl_easy_get_pointer(easy, CURLINFO_PRIVATE, &context)
        return from(context!)
    }

    func serves(_ path: StaticString) -> Bool {
        self.path == path.utf8Start
    }

    // MARK: Beginning

    func begin(_ call: consuming UpstreamCall, of upstream: Upstream, for receiver: any StreamReceiver) {
        self.upstream = upstream
        self.receiver = receiver
        maxAnswer = upstream.endpoint.maxAnswer
        clock = TransferClock(
            timeouts: call.timeouts,
            isStream: call.isStream,
            deadline: call.deadline?.nanoseconds ?? .max,
            made: MonotonicTime.now().nanoseconds
        )
        if !call.headers.isEmpty {
            let own = HeaderList(oneOff == nil ? upstream.headerLines + call.headers : call.headers)
            easy.set(CURLOPT_HTTPHEADER, pointer: own.first)
            ownHeaders = consume own
        }
        if call.keepsFields { fields = [] }
        body = call.body
        body.withUnsafeBytes {
            easy.set(CURLOPT_POSTFIELDS, pointer: $0.baseAddress ?? UnsafeRawPointer(explanation.bytes))
        }
        easy.set(CURLOPT_POSTFIELDSIZE, body.count)
        // "Setting CURLOPT_POSTFIELDS sets the method to POST" (CURLOPT_POSTFIELDS(3)), so the others come after it.
        switch oneOff {
        case .get: easy.set(CURLOPT_HTTPGET, 1)
        case .delete:
            easy.set(CURLOPT_HTTPGET, 1)
            easy.set(CURLOPT_CUSTOMREQUEST, "DELETE")
        // On a connection of its own: over a used one that dies curl would send it again without a word (curl#5074),
        // and there would be two of what was to be made.
        case .post: easy.set(CURLOPT_FRESH_CONNECT, 1)
        case nil: break
        }
        client.hold(self)
        if client.isClosed { return fail(.cancelled) }
        switch upstream.admission.enter(on: client.loop, grant: { grant() }) {
        case .admitted:
            hasPlace = true
            run(at: clock.made)
        case .queued(let ticket):
            self.ticket = ticket
            client.alarm(at: clock.due().at)
        case .full:
            fail(.busy)
        }
    }

    /// What another loop's thread may hold of us while we wait: a reference that is counted down on our own loop, by
    /// the grant or by the withdrawal, so that we can never end on a foreign thread.
    private func grant() -> @Sendable () -> Void {
        nonisolated(unsafe) let me = Unmanaged.passRetained(self)
        let admission = upstream!.admission
        let generation = generation
        return {
            let transfer = me.takeRetainedValue()
            // Given up after the grant had been sent: the place goes to the next one.
            guard transfer.generation == generation else { return admission.leave() }
            transfer.ticket = nil
            transfer.hasPlace = true
            transfer.run(at: MonotonicTime.now().nanoseconds)
        }
    }

    private func run(at moment: UInt64) {
        clock.asked = moment
        client.alarm(at: clock.due().at)
        client.add(self)
    }

    // MARK: Callbacks of curl (never call curl here)

    /// - Returns: what was taken; another number than was given ends the transfer.
    private func received(line: UnsafeRawBufferPointer) -> Int {
        let isComplete = head.read(line: line)
        guard head.size <= ResponseHead.maximumSize else {
            failure = .tooLarge
            return 0
        }
        if fields != nil, !isComplete, let field = ResponseHead.field(line) { fields?.append(field) }
        guard isComplete else { return line.count }
        if let length = head.contentLength, length > maxAnswer {
            failure = .tooLarge
            return 0
        }
        receiver?.received(
            head: UpstreamHead(
                status: head.status,
                contentType: head.contentType,
                retryAfter: head.retryAfter,
                contentLength: head.contentLength,
                firstByte: since(clock.asked, to: MonotonicTime.now().nanoseconds),
                reusedConnection: easy.long(CURLINFO_NUM_CONNECTS) == 0,
                fields: fields ?? []
            )
        )
        return line.count
    }

    private func received(bytes: UnsafeRawBufferPointer) -> Int {
        // curl keeps the bytes and passes them again when it goes on.
        if shouldBePaused || isBeginning {
            clock.isPaused = true
            if !shouldBePaused { client.want(self) }
            return Int(CURL_WRITEFUNC_PAUSE)
        }
        guard head.isComplete, bytes.count <= maxAnswer - received else {
            failure = head.isComplete ? .tooLarge : .malformed
            return 0
        }
        received += bytes.count
        if receiver?.received(bytes: bytes) ?? false, clock.isStream {
            clock.progress = MonotonicTime.now().nanoseconds
            client.alarm(at: clock.due().at)
        }
        if !hasPassedOn { client.hasPassedOn(self) }
        hasPassedOn = true
        return bytes.count
    }

    /// Outside of curl. May be called for a transfer that has ended meanwhile.
    func toldAll() {
        guard hasPassedOn else { return }
        hasPassedOn = false
        receiver?.receivedAll()
    }

    // MARK: Requests, answered outside of curl

    func ask(_ request: Request, _ generation: UInt64) {
        guard generation == self.generation else { return }
        switch request {
        case .pause: shouldBePaused = true
        case .resume: shouldBePaused = false
        case .cancel: failure = failure ?? .cancelled
        }
        client.want(self)
    }

    func liftDeadline(_ generation: UInt64) {
        guard generation == self.generation else { return }
        clock.deadline = .max
    }

    func raiseLimit(_ factor: Int, _ generation: UInt64) {
        guard generation == self.generation else { return }
        maxAnswer = upstream!.endpoint.maxAnswer * factor
    }

    /// A limit ran out, or we may not even begin.
    func fail(_ kind: UpstreamError.Kind) {
        failure = failure ?? kind
        client.want(self)
    }

    /// Does what was asked for. May be called for a transfer that has ended meanwhile.
    ///
    /// - Returns: whether it is to end.
    func answerRequests() -> Bool {
        guard upstream != nil else { return false }
        if failure != nil { return true }
        guard isAdded, shouldBePaused != clock.isPaused else { return false }
        clock.isPaused = shouldBePaused
        if !shouldBePaused, clock.progress != nil {
            clock.progress = MonotonicTime.now().nanoseconds
            client.alarm(at: clock.due().at)
        }
        curl_easy_pause(easy.raw, shouldBePaused ? CURLPAUSE_RECV : CURLPAUSE_CONT)
        return failure != nil
    }

    // MARK: The end

    /// Gives everything back, then tells the receiver. Outside of curl.
    ///
    /// - Parameter code: how curl ended it; does not matter where we ended it.
    func end(_ code: CURLcode) {
        let now = MonotonicTime.now().nanoseconds
        let result: Result<UpstreamEnd, UpstreamError>
        // curl reads some status lines that we do not.
        if code == CURLE_OK, failure == nil, !head.isComplete { failure = .malformed }
        if let kind = failure ?? (code == CURLE_OK ? nil : UpstreamError.Kind(code)) {
            result = .failure(error(kind, code, now))
        } else {
            let queued = since(clock.made, to: clock.asked ?? now)
            result = .success(UpstreamEnd(total: since(clock.asked, to: now), queued: queued))
        }
        if isAdded { leave() }
        giveUpPlace()
        client.release(self)
        let receiver = self.receiver
        let upstream = self.upstream
        reset()
        upstream?.takeBack(self)
        receiver?.ended(result)
    }

    /// Of HTTP/2, curl (7.88) queues the frame that ends the stream and sends it along with the next thing it has to
    /// say on that connection. Where nobody else uses it, that may be never, and the model goes on: so the connection
    /// goes. On one that others use it leaves with their next bytes.
    private func leave() {
        let isBrokenOff = failure != nil && upstream!.endpoint.http2 && upstream!.reusesConnections
        if isBrokenOff { easy.set(CURLOPT_FORBID_REUSE, 1) }
        client.remove(self)
        if isBrokenOff { easy.set(CURLOPT_FORBID_REUSE, 0) }
    }

    private func giveUpPlace() {
        if let ticket {
            if upstream!.admission.withdraw(ticket) { Unmanaged.passUnretained(self).release() }
        } else if hasPlace {
            upstream!.admission.leave()
        }
    }

    private func reset() {
        generation &+= 1
        explanation.clear()
        if ownHeaders != nil {
            easy.set(CURLOPT_HTTPHEADER, pointer: upstream!.headers.first)
            ownHeaders = nil
        }
        body = []
        upstream = nil
        receiver = nil
        ticket = nil
        hasPlace = false
        waitsToBeAdded = false
        head = ResponseHead()
        fields = nil
        received = 0
        failure = nil
        shouldBePaused = false
        hasPassedOn = false
    }

    private func since(_ start: UInt64?, to end: UInt64) -> Duration {
        Duration(nanoseconds: Int64(end &- (start ?? end)))
    }

    private func error(_ kind: UpstreamError.Kind, _ code: CURLcode, _ now: UInt64) -> UpstreamError {
        let elapsed = since(clock.made, to: now)
        let what =
            kind.told(after: elapsed.nanoseconds / 1_000_000, maxAnswer: maxAnswer) ?? explanation.text(of: code)
        return UpstreamError(kind: kind, message: "\(upstream?.label ?? "upstream"): \(what)", elapsed: elapsed)
    }
}

@available(*, unavailable, message: "confined to the thread of its loop")
extension Transfer: Sendable {}
