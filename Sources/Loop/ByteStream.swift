// A connected socket as a stream of bytes, plain or TLS behind one type.
//
// Plain is an event on the socket and nothing else: bytes are read into the loop's shared scratch buffer and shown to
// the owner there; `send` goes straight to the kernel, and only what the kernel did not take is copied and waits for
// EV_WRITE. That is 2 µs a request cheaper than a bufferevent. TLS is `bufferevent_openssl` (ByteStream+TLS.swift),
// which brings the handshake and the crossed wants of reading and writing.
//
//      open ──► ended      the peer has closed, or the connection broke: reported once; only sending may still make sense
//        └──┬─────┘
//           ▼
//         closed           by `close()`: nothing is reported any more
//
// Paused, a stream still learns that its peer has gone: it asks poll(2) for POLLRDHUP every 25 ms. EV_CLOSED would be
// the obvious way, but libevent 2.1 reports a reset as EV_READ | EV_WRITE only (epoll.c, EPOLLERR): watched alone it
// spins and tells nobody. Beside an edge-triggered EV_READ it works until the changelist merges two changes of one tick
// and keeps the edge. Only clients that send far ahead are ever paused, so the 25 ms cost nothing.

import CEvent
import Glibc

/// Told what happens to a stream, on the loop's thread. Must outlive the stream's `close()`: the stream does not hold
/// it.
public protocol ByteStreamOwner: AnyObject {
    /// `bytes` live in the loop's scratch buffer: gone when this returns, or when anything else reads on this loop.
    func streamReceived(_ stream: ByteStream, _ bytes: UnsafeRawBufferPointer)
    /// The peer will send no more. `isBroken`: nor will it receive.
    func streamEnded(_ stream: ByteStream, isBroken: Bool)
    /// Bytes that had to wait have gone to the kernel; `bufferedBytes` says what still waits.
    func streamAdvanced(_ stream: ByteStream)
}

/// See the head of this file. Confined to its loop's thread.
public final class ByteStream: TimerOwner {
    public let descriptor: CInt
    let loop: Loop
    /// Unowned, unchecked: the owner holds the stream and closes it before it goes (`ByteStreamOwner`).
    unowned(unsafe) let owner: any ByteStreamOwner

    /// Freed by `close`; C points back at us, unretained. Nil for TLS.
    private var event: OpaquePointer?
    private var mask: Int16 = 0
    /// Freed by `close`; C points back at us, unretained. Nil for plain.
    var secure: OpaquePointer?

    public private(set) var isReading = true
    public internal(set) var hasEnded = false
    public private(set) var isClosed = false

    /// Looks for the peer while reading is paused; made when first needed.
    private var lookout: LoopTimer?
    private static let lookoutInterval = Duration.milliseconds(25)

    /// What the kernel has not taken yet: `output[sent...]`.
    private var output: [UInt8] = []
    private var sent = 0

    /// Takes over a connected, non-blocking descriptor, and starts to read.
    public init(_ descriptor: CInt, on loop: Loop, tls: TLSContext?, owner: any ByteStreamOwner) {
        self.descriptor = descriptor
        self.loop = loop
        self.owner = owner
        let me = Unmanaged.passUnretained(self).toOpaque()
        if let tls {
            secure = startTLS(tls, me)
        } else {
            event = event_new(loop.base, descriptor, 0, ByteStream.ready, me)
            watch()
        }
    }

    deinit {
        precondition(isClosed, "a byte stream must be closed before it is released")
    }

    private static let ready: event_callback_fn = { _, flags, context in
        Unmanaged<ByteStream>.fromOpaque(context!).takeUnretainedValue().ready(flags)
    }

    private func ready(_ flags: Int16) {
        if flags & Int16(EV_WRITE) != 0, waiting > 0 { flush() }
        if flags & Int16(EV_READ) != 0, isReading, !hasEnded, !isClosed { read() }
    }

    /// What to wait for follows from the state; nothing reaches the kernel before the next poll.
    private func watch() {
        var wanted: Int16 = 0
        if !isClosed {
            if waiting > 0 { wanted |= Int16(EV_WRITE) }
            if isReading, !hasEnded { wanted |= Int16(EV_READ) }
        }
        guard wanted != mask else { return }
        if mask != 0 { event_del(event) }
        mask = wanted
        guard mask != 0 else { return }
        let me = Unmanaged.passUnretained(self).toOpaque()
        event_assign(event, loop.base, descriptor, mask | Int16(EV_PERSIST), ByteStream.ready, me)
        event_add(event, nil)
    }

    // MARK: In

    private func read() {
        let scratch = loop.scratch
        let count = recv(descriptor, scratch.baseAddress, scratch.count, 0)
        if count > 0 {
            owner.streamReceived(self, UnsafeRawBufferPointer(rebasing: scratch[..<count]))
        } else if count == 0 {
            end(isBroken: false)
        } else if errno != EAGAIN && errno != EINTR {
            end(isBroken: true)
        }
    }

    func end(isBroken: Bool) {
        // Behind a peer's orderly end its connection may still turn out to be broken: what waits for it never leaves.
        guard !isClosed, !hasEnded || isBroken && !output.isEmpty else { return }
        hasEnded = true
        if isBroken {
            output.removeAll()
            sent = 0
        }
        if secure == nil { watch() }
        owner.streamEnded(self, isBroken: isBroken)
    }

    /// Reads now what the kernel already has, if anything, without waiting for the poll. Plain streams only.
    public func readNow() {
        if secure == nil, isReading, !hasEnded, !isClosed { read() }
    }

    /// Stops reading; the peer's bytes wait in the kernel. That the peer has gone is still noticed.
    public func pause() {
        guard isReading, !isClosed else { return }
        isReading = false
        if let secure { _ = bufferevent_disable(secure, Int16(EV_READ)) } else { watch() }
        if lookout == nil { lookout = LoopTimer(on: loop, owner: self) }
        lookout?.arm(after: ByteStream.lookoutInterval)
    }

    public func timerFired(_ timer: LoopTimer) {
        guard !isReading, !isClosed, !hasEnded else { return }
        var question = pollfd(fd: descriptor, events: Int16(bitPattern: UInt16(POLLRDHUP)), revents: 0)
        poll(&question, 1, 0)
        let broken = Int16(POLLERR) | Int16(POLLHUP)
        if question.revents == 0 {
            lookout?.arm(after: ByteStream.lookoutInterval)
        } else {
            end(isBroken: question.revents & broken != 0)
        }
    }

    public func resume() {
        guard !isReading, !isClosed else { return }
        isReading = true
        lookout?.cancel()
        if let secure {
            _ = bufferevent_enable(secure, Int16(EV_READ))
            // Bytes that libevent holds already make no event.
            loop.atEndOfTick { self.deliverSecure() }
        } else {
            watch()
        }
    }

    // MARK: Out

    private var waiting: Int { output.count - sent }

    /// Bytes accepted by `send` that the kernel has not taken yet.
    public var bufferedBytes: Int {
        if let secure { return evbuffer_get_length(bufferevent_get_output(secure)) }
        return waiting
    }

    /// The kernel takes no more than about this for a reader that does not keep up; by itself it would take megabytes.
    public func limitKernel(to bytes: Int) {
        guard !isClosed else { return }
        // It counts its own overhead, too, and doubles what it is told.
        var size = CInt(clamping: bytes / 2)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<CInt>.size))
    }

    /// Sends now what the kernel takes and the rest when it can. Order is kept. After the end of a broken or closed
    /// stream bytes go nowhere.
    public func send(_ bytes: UnsafeRawBufferPointer) {
        guard !isClosed, bytes.count > 0 else { return }
        if let secure {
            bufferevent_write(secure, bytes.baseAddress, bytes.count)
            return
        }
        if waiting > 0 {
            output.append(contentsOf: bytes)
            return
        }
        let count = Glibc.send(descriptor, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL))
        keep(bytes, after: count)
    }

    /// `head` and `body` in one write.
    public func send(_ head: UnsafeRawBufferPointer, _ body: UnsafeRawBufferPointer) {
        guard secure == nil, waiting == 0, !isClosed else {
            send(head)
            send(body)
            return
        }
        let count = withUnsafeTemporaryAllocation(of: iovec.self, capacity: 2) { vector in
            vector[0] = iovec(iov_base: UnsafeMutableRawPointer(mutating: head.baseAddress), iov_len: head.count)
            vector[1] = iovec(iov_base: UnsafeMutableRawPointer(mutating: body.baseAddress), iov_len: body.count)
            var message = msghdr()
            message.msg_iov = vector.baseAddress
            message.msg_iovlen = 2
            return sendmsg(descriptor, &message, CInt(MSG_NOSIGNAL))
        }
        if count >= head.count {
            keep(body, after: count - head.count)
        } else {
            keep(head, after: count)
            keep(body, after: waiting > 0 ? 0 : -1)
        }
    }

    /// Keeps what a write of `bytes` left over. `count` as from the call: below zero with `errno`.
    private func keep(_ bytes: UnsafeRawBufferPointer, after count: Int) {
        if count == bytes.count { return }
        // A broken pipe: the read side reports it, in its own turn and not inside the caller's `send`.
        if count < 0, errno != EAGAIN, errno != EINTR { return }
        output.append(contentsOf: bytes[max(0, count)...])
        watch()
    }

    private func flush() {
        let count = output.withUnsafeBytes { bytes in
            Glibc.send(descriptor, bytes.baseAddress! + sent, bytes.count - sent, CInt(MSG_NOSIGNAL))
        }
        if count < 0 {
            if errno == EAGAIN || errno == EINTR { return }
            return end(isBroken: true)
        }
        sent += count
        if sent == output.count {
            output.removeAll(keepingCapacity: output.capacity <= 65536)
            sent = 0
            watch()
        } else if sent >= 1 << 20 {
            output.removeSubrange(..<sent)
            sent = 0
        }
        owner.streamAdvanced(self)
    }

    // MARK: End

    /// Tells the peer that nothing more comes (FIN; TLS: close_notify first). Call it when nothing is buffered.
    public func finishSending() {
        guard !isClosed else { return }
        if let secure { sayGoodbye(secure) }
        shutdown(descriptor, CInt(SHUT_WR))
    }

    /// Closes now; what is buffered is lost. Nothing is reported any more. Idempotent.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        lookout?.cancel()
        if let event {
            event_free(event)
            mask = 0
            closeDescriptor()
        }
        event = nil
        if let secure {
            sayGoodbye(secure)
            // Frees the SSL and closes the descriptor (BEV_OPT_CLOSE_ON_FREE).
            bufferevent_free(secure)
        }
        secure = nil
        loop.retire(self)
    }

    /// A peer that has ended waits for nothing, and the kernel takes as long for it as for sending a few tokens.
    private func closeDescriptor() {
        guard hasEnded else { return _ = Glibc.close(descriptor) }
        loop.whenIdle { [descriptor] in Glibc.close(descriptor) }
    }

    /// Closes so that the peer's reads fail (RST) instead of seeing an orderly end: for an answer that broke off.
    public func abort() {
        // The descriptor's number may be somebody else's by now.
        guard !isClosed else { return }
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    public var peer: SocketAddress? {
        isClosed ? nil : SocketAddress(of: descriptor) { getpeername($0, $1, $2) }
    }
}

@available(*, unavailable, message: "confined to the thread of its loop")
extension ByteStream: Sendable {}
