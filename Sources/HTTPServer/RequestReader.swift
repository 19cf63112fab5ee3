// Reads one request after the other out of a connection's bytes, in any split. Bytes in, a request or a refusal out: no
// sockets, no handler, no timers; time comes in only as the moment of a request's first byte.

import Glibc
import Loop

struct RequestReader {
    enum State: Equatable {
        /// No byte of the next request has come -> head.
        case idle
        /// -> body, complete, refused
        case head
        /// -> complete, refused
        case body
        /// `finish` hands the request out -> idle.
        case complete
        /// The end: nothing is read after it.
        case refused(Refusal)
    }

    private(set) var state = State.idle
    /// When the first byte of this request was taken.
    private(set) var received = MonotonicTime(nanoseconds: 0)
    /// What its head says; there from `body` on, and after a refusal of what came behind a sound head.
    private(set) var head: RequestHead?

    // Kept from request to request, so that their storage is; and since a client's heads are nearly always the same
    // bytes again, so is what was found in them.
    private var headBytes: [UInt8] = []
    private var fields: [HeaderFields.Field] = []
    /// What `headBytes` say; nil where they are not a sound head.
    private var known: RequestHead?

    private var scanned = 0
    private var body: [UInt8] = []
    private var bodyRest = 0
    private var chunks: ChunkedBody?
    private var hasBodyBytes = false

    /// Whether the client waits for `100 Continue`. A client that sends its body anyway does not.
    var isOwedContinue: Bool { state == .body && head?.expectsContinue == true && !hasBodyBytes }

    /// Takes what belongs to one request, and returns how many bytes that is. An unfinished head is not taken: it is to
    /// be shown again, whole, with what comes next.
    mutating func take(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ parser: HeadParser,
        _ limits: HTTPServer.Limits
    ) -> Int {
        var used = 0
        if state == .idle {
            received = .now()
            // RFC 9112, 2.2: a server should ignore at least one empty line before a request line.
            while used + 1 < bytes.count, bytes[used] == 13, bytes[used + 1] == 10 { used += 2 }
            guard used < bytes.count else { return used }
            if bytes[used] == 13, used + 1 == bytes.count { return used }
            state = .head
            scanned = 0
        }
        if state == .head {
            let rest = UnsafeBufferPointer(rebasing: bytes[used...])
            guard let end = findHeadEnd(rest, limit: limits.headers) else { return used }
            readHead(UnsafeBufferPointer(rebasing: rest[..<end]), parser, limits)
            used += end
        }
        if state == .body, used < bytes.count {
            used += readBody(UnsafeBufferPointer(rebasing: bytes[used...]), limit: limits.body)
        }
        return used
    }

    /// The request as far as it has come, without its body; nil before its head is there, whole and sound.
    var begun: HTTPRequest? { head.map { request($0, body: []) } }

    private func request(_ head: RequestHead, body: [UInt8]) -> HTTPRequest {
        HTTPRequest(
            method: head.method,
            target: head.target,
            headers: HeaderFields(bytes: headBytes, fields: fields),
            body: body,
            received: received
        )
    }

    /// Hands out the complete request, and is ready for the next.
    mutating func finish() -> HTTPRequest {
        guard state == .complete, let head else { preconditionFailure("there is no complete request") }
        let request = request(head, body: body)
        state = .idle
        self.head = nil
        body = []
        chunks = nil
        hasBodyBytes = false
        return request
    }

    /// The peer has ended: what has begun can not be completed.
    mutating func end() {
        if state == .head || state == .body { refuse(.malformed("the request ended before it was complete")) }
    }

    private mutating func refuse(_ refusal: Refusal) {
        state = .refused(refusal)
        body = []
        chunks = nil
    }

    // MARK: Head

    /// The length of the head with its empty line; nil when there is more to come, or when it was refused.
    private mutating func findHeadEnd(_ bytes: UnsafeBufferPointer<UInt8>, limit: Int) -> Int? {
        guard let base = bytes.baseAddress else { return nil }
        if scanned == 0, !isToken(bytes[0]) {
            refuse(.malformed("this is no HTTP request"))
            return nil
        }
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

    private mutating func readHead(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ parser: HeadParser,
        _ limits: HTTPServer.Limits
    ) {
        let head: RequestHead
        if let known, isKnown(bytes) {
            head = known
        } else {
            known = nil
            do {
                head = try parser.parse(bytes, into: &fields)
            } catch {
                return refuse(error.refusal)
            }
            headBytes.removeAll(keepingCapacity: true)
            headBytes.append(contentsOf: bytes)
            known = head
        }
        self.head = head
        switch head.framing {
        case .none:
            state = .complete
        case .length(let length):
            guard length <= limits.body else {
                return refuse(Refusal(status: 413, message: "the request's body is too large"))
            }
            bodyRest = length
            state = .body
        case .chunked:
            chunks = ChunkedBody()
            state = .body
        }
    }

    private func isKnown(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        bytes.count == headBytes.count && memcmp(headBytes, bytes.baseAddress!, bytes.count) == 0
    }

    // MARK: Body

    private mutating func readBody(_ bytes: UnsafeBufferPointer<UInt8>, limit: Int) -> Int {
        hasBodyBytes = true
        if chunks != nil {
            let (used, progress) = chunks!.take(bytes, into: &body, limit: limit)
            switch progress {
            case .more: break
            case .done: state = .complete
            case .malformed: refuse(.malformed("the chunked body is malformed"))
            case .tooLarge: refuse(Refusal(status: 413, message: "the request's body is too large"))
            }
            return used
        }
        let used = min(bodyRest, bytes.count)
        // Not all that is announced beyond 64 KiB: what a client announces is not what it sends.
        if body.isEmpty { body.reserveCapacity(min(bodyRest, 65536)) }
        body.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[..<used]))
        bodyRest -= used
        if bodyRest == 0 { state = .complete }
        return used
    }
}
