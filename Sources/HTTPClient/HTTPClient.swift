// libcurl's multi socket interface on a loop: the dance of docs/examples/hiperfifo.c, with two rules.
//
//     socket ready, timer ──► drive: curl_multi_socket_action ──► curl's callbacks: record, never call curl
//                                │                                  receivers' head and bytes
//                                └──► settle: receivers' `receivedAll`; what curl has finished; what was asked
//                                             meanwhile (pause, resume, cancel, limits run out); receivers' `ended`
//
// 1. Nothing of curl's is called inside a callback of curl's (it refuses, or worse: curl#3537, #8282). `isInCurl` says
//    so, and what is wanted meanwhile waits in `requests`.
// 2. Receivers' `receivedAll` and `ended` come from `settle` alone, which is never entered twice. So whoever is told of
//    an end may start the next call at once.
//
// A call is driven as soon as it is added: the request leaves in the same tick, without a turn through the timer that
// curl asks for. One `LoopTimer` serves curl's clock and ours. It is only ever armed earlier: limits move on with every
// byte and nearly all calls end before theirs, so an alarm that finds nothing due looks up the next one.
//
// Left out: sharing connections between loops (KNOWN_BUGS 11.11, curl#9404), curl's own limits of connections (its
// pending list is slow, curl#2369, #18017; `Admission` does that).

import CCurl
public import Loop

/// HTTP calls of one loop, with its pool of warm connections. One per loop; confined to its thread.
///
/// Hold it while upstreams are in use; `close()` it before it goes, on the loop's thread (or after the loop has ended).
public final class HTTPClient {
    let loop: Loop
    private let multi: UnsafeMutableRawPointer
    let sockets: SocketTable
    private lazy var timer = LoopTimer(on: loop, owner: self)

    /// Transfers from their call to their end, those in the queue included. Held strongly here and only here while
    /// under way. Unordered: `Transfer.position` is the index.
    private var transfers: [Transfer] = []
    private var added = 0
    /// curl has finished transfers that are not reaped yet.
    private var hasFinished = false
    /// Transfers that have passed bytes on since their receivers were told that this was all for now.
    private var passedOn: [Transfer] = []
    /// Transfers that somebody wants something of.
    private var requests: [Transfer] = []

    private(set) var isInCurl = false
    private var isSettling = false
    private var settlesAtEndOfTick = false
    private(set) var isClosed = false

    /// When curl wants to be called; `.max`: not at all. Nanoseconds.
    private var curlDue = UInt64.max
    /// When the timer is armed for; `.max`: not armed.
    private var alarm = UInt64.max

    /// How many idle connections are kept. Explicit, since curl's own idea is four for each transfer under way: a dip
    /// in load would close the warm ones (conncache.c; curl#22734, #22759).
    private static let maxIdleConnections = 1024

    private static let isCurlReady: Bool = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK

    public enum Failure: Error, Sendable {
        /// libcurl could not be set up (memory, or its TLS library).
        case curl
    }

    /// - Throws: `Failure.curl` when libcurl cannot be set up.
    public init(on loop: Loop) throws {
        guard HTTPClient.isCurlReady, let multi = curl_multi_init() else { throw Failure.curl }
        self.loop = loop
        self.multi = multi
        sockets = SocketTable(on: loop)
        sockets.owner = self
        ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, HTTPClient.maxIdleConnections)
        ccurl_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX))
        ccurl_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, Unmanaged.passUnretained(sockets).toOpaque())
        ccurl_multi_set_socket_function(multi) { _, descriptor, what, context, _ in
            Unmanaged<SocketTable>.fromOpaque(context!).takeUnretainedValue().want(what, of: descriptor)
            return 0
        }
        ccurl_multi_set_pointer(multi, CURLMOPT_TIMERDATA, Unmanaged.passUnretained(self).toOpaque())
        ccurl_multi_set_timer_function(multi) { _, milliseconds, context in
            Unmanaged<HTTPClient>.fromOpaque(context!).takeUnretainedValue().curlWants(milliseconds)
            return 0
        }
    }

    /// Closes the connections. The easy handles are gone by now: their transfers hold the client.
    deinit {
        precondition(loop.isMine, "an HTTP client must be released on the thread of its loop")
        precondition(transfers.isEmpty, "close() an HTTP client before it goes")
        ccurl_multi_set_socket_function(multi, nil)
        ccurl_multi_set_timer_function(multi, nil)
        // Calls `sockets.close` for each connection; the table is still ours.
        curl_multi_cleanup(multi)
    }

    /// A place to send calls to. Cheap; its connections are shared with every upstream of the same address and trust.
    public func upstream(_ endpoint: UpstreamEndpoint, admission: Admission) -> Upstream {
        Upstream(endpoint, admission: admission, client: self)
    }

    /// Ends every call under way with `cancelled`; later ones too. Idempotent. Loop thread, not inside a receiver's
    /// `head` or `bytes`.
    public func close() {
        precondition(loop.isMine, "close an HTTP client on the thread of its loop")
        isClosed = true
        for transfer in transfers { transfer.ask(.cancel, transfer.generation) }
        settle()
        if !isInCurl { timer.cancel() }
    }

    // MARK: Transfers

    /// Takes a transfer in, before it is queued or added.
    func hold(_ transfer: Transfer) {
        transfer.position = transfers.count
        transfers.append(transfer)
    }

    func release(_ transfer: Transfer) {
        let last = transfers.removeLast()
        guard last !== transfer else { return }
        transfers[transfer.position] = last
        last.position = transfer.position
    }

    /// Hands a transfer to curl. Its request leaves now, unless this is inside a callback of curl's.
    func add(_ transfer: Transfer) {
        transfer.waitsToBeAdded = isInCurl
        guard !isInCurl else { return want(transfer) }
        isInCurl = true
        let code = curl_multi_add_handle(multi, transfer.easy.raw)
        precondition(code == CURLM_OK, "curl_multi_add_handle failed with \(code.rawValue)")
        transfer.isAdded = true
        added += 1
        transfer.isBeginning = true
        act(CURL_SOCKET_TIMEOUT, 0)
        transfer.isBeginning = false
        isInCurl = false
        if isUnsettled, !isSettling { settleAtEndOfTick() }
        alarm(at: curlDue)
    }

    func remove(_ transfer: Transfer) {
        isInCurl = true
        curl_multi_remove_handle(multi, transfer.easy.raw)
        isInCurl = false
        transfer.isAdded = false
        added -= 1
    }

    /// Wakes for `moment`, nanoseconds, unless an earlier alarm is set.
    func alarm(at moment: UInt64) {
        guard moment < alarm else { return }
        alarm = moment
        timer.arm(at: MonotonicTime(nanoseconds: moment))
    }

    /// `transfer` has given its receiver bytes: it is told in `settle` that this was all for now.
    func hasPassedOn(_ transfer: Transfer) {
        passedOn.append(transfer)
    }

    /// Somebody wants something of `transfer`: it is asked in `settle`.
    func want(_ transfer: Transfer) {
        requests.append(transfer)
        if !isInCurl, !isSettling { settleAtEndOfTick() }
    }

    // MARK: The dance

    private func act(_ descriptor: CInt, _ mask: CInt) {
        if descriptor == CURL_SOCKET_TIMEOUT { curlDue = .max }
        var running: CInt = 0
        curl_multi_socket_action(multi, descriptor, mask, &running)
        if Int(running) < added { hasFinished = true }
    }

    private func drive(_ descriptor: CInt, _ mask: CInt) {
        isInCurl = true
        act(descriptor, mask)
        isInCurl = false
        if isUnsettled { settle() }
        alarm(at: curlDue)
    }

    private var isUnsettled: Bool { hasFinished || !requests.isEmpty || !passedOn.isEmpty }

    /// CURLMOPT_TIMERFUNCTION: -1 is never, 0 is at once. No call into curl from here.
    private func curlWants(_ milliseconds: Int) {
        curlDue = milliseconds < 0 ? .max : MonotonicTime.now().nanoseconds &+ UInt64(milliseconds) &* 1_000_000
    }

    private func settleAtEndOfTick() {
        guard !settlesAtEndOfTick else { return }
        settlesAtEndOfTick = true
        loop.atEndOfTick { [self] in
            settlesAtEndOfTick = false
            settle()
        }
    }

    private func settle() {
        guard !isSettling, !isInCurl else { return }
        isSettling = true
        repeat {
            while let transfer = passedOn.popLast() { transfer.toldAll() }
            reap()
            while let transfer = requests.popLast() {
                isInCurl = true
                let isOver = transfer.answerRequests()
                isInCurl = false
                if isOver { transfer.end(CURLE_OK) } else if transfer.waitsToBeAdded { add(transfer) }
            }
        } while isUnsettled
        isSettling = false
        alarm(at: curlDue)
    }

    private func reap() {
        hasFinished = false
        var left: CInt = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE else { continue }
            // Copied before the handle is removed, which frees the message.
            let code = message.pointee.data.result
            let transfer = Transfer.of(message.pointee.easy_handle)
            transfer.end(code)
        }
    }
}

extension HTTPClient: SocketTable.Owner {
    func socketReady(_ descriptor: CInt, _ events: Watch.Events) {
        var mask: CInt = 0
        if events.contains(.read) { mask |= CURL_CSELECT_IN }
        if events.contains(.write) { mask |= CURL_CSELECT_OUT }
        drive(descriptor, mask)
    }
}

extension HTTPClient: TimerOwner {
    public func timerFired(_ timer: LoopTimer) {
        alarm = .max
        let now = MonotonicTime.now().nanoseconds
        if curlDue <= now { drive(CURL_SOCKET_TIMEOUT, 0) }
        var next = curlDue
        for transfer in transfers {
            let due = transfer.clock.due()
            if due.at <= now {
                transfer.fail(due.kind)
            } else {
                next = min(next, due.at)
            }
        }
        settle()
        alarm(at: next)
    }
}

@available(*, unavailable, message: "confined to the thread of its loop")
extension HTTPClient: Sendable {}
