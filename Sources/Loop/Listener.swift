// A listening socket of one loop, on libevent's evconnlistener.
//
// Several loops may listen on one address (SO_REUSEPORT); the kernel spreads connections over them. Closing one such
// socket throws away what its queue holds (LWN 853637), so `finish` accepts the queue first.
//
// When descriptors run out, accept fails and the socket stays readable: a spin. So one spare descriptor is kept; it is
// given up to accept and drop one connection (its client sees a close instead of silence), and accepting rests 100 ms.

import CEvent
import Glibc

public protocol ListenerOwner: AnyObject {
    /// `descriptor` is connected, non-blocking, close-on-exec, without Nagle's delay, and the owner's to close.
    func listenerAccepted(_ listener: Listener, _ descriptor: CInt)
}

/// The address cannot be listened on.
public struct ListenError: Error, Sendable, CustomStringConvertible {
    public let address: SocketAddress
    public let code: CInt
    public var description: String { "cannot listen on \(address): \(String(cString: strerror(code)))" }
}

/// Confined to its loop's thread; the owner is held weakly.
public final class Listener: TimerOwner {
    /// The address as bound: port 0 is resolved.
    public let boundAddress: SocketAddress
    /// How often accepting failed for want of descriptors or memory.
    public private(set) var exhaustions = 0

    private let loop: Loop
    /// Set it before the loop runs its next turn; a connection nobody takes is closed.
    public weak var owner: (any ListenerOwner)?
    /// Freed by `close`, which closes the socket; C points back at us, unretained.
    private var handle: OpaquePointer?
    private var spare: CInt
    private var rest: LoopTimer?

    public init(
        on loop: Loop,
        address: SocketAddress,
        reusePort: Bool
    ) throws(ListenError) {
        self.loop = loop
        let flags =
            UInt32(LEV_OPT_REUSEABLE) | UInt32(LEV_OPT_CLOSE_ON_FREE) | UInt32(LEV_OPT_CLOSE_ON_EXEC)
            | (reusePort ? UInt32(LEV_OPT_REUSEABLE_PORT) : 0)
        let (handle, code) = address.withSocketAddress { pointer, length in
            let handle = evconnlistener_new_bind(loop.base, nil, nil, flags, 4096, pointer, CInt(length))
            return (handle, errno)
        }
        guard let handle else { throw ListenError(address: address, code: code) }
        let descriptor = evconnlistener_get_fd(handle)
        // Accepted sockets inherit it on Linux.
        var on: CInt = 1
        setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
        boundAddress = SocketAddress(of: descriptor) { getsockname($0, $1, $2) } ?? address
        self.handle = handle
        spare = Listener.openSpare()
        rest = LoopTimer(on: loop, owner: self)
        evconnlistener_set_error_cb(handle) { _, context in Listener.from(context).acceptFailed(errno) }
        // With a callback set the listener starts to accept: last, when everything it needs is there.
        evconnlistener_set_cb(
            handle,
            { _, descriptor, _, _, context in Listener.from(context).accepted(descriptor) },
            Unmanaged.passUnretained(self).toOpaque()
        )
        evconnlistener_enable(handle)
    }

    deinit {
        precondition(loop.isMine, "a listener must be released on the thread of its loop")
        shut()
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> Listener {
        Unmanaged<Listener>.fromOpaque(context!).takeUnretainedValue()
    }

    private static func openSpare() -> CInt {
        open("/dev/null", O_RDONLY | O_CLOEXEC)
    }

    private func accepted(_ descriptor: CInt) {
        if let owner {
            owner.listenerAccepted(self, descriptor)
        } else {
            Glibc.close(descriptor)
        }
    }

    private func acceptFailed(_ code: CInt) {
        exhaustions += 1
        guard let handle else { return }
        if spare >= 0 {
            Glibc.close(spare)
            let descriptor = accept(evconnlistener_get_fd(handle), nil, nil)
            if descriptor >= 0 { Glibc.close(descriptor) }
        }
        spare = Listener.openSpare()
        evconnlistener_disable(handle)
        rest?.arm(after: .milliseconds(100))
    }

    public func timerFired(_ timer: LoopTimer) {
        if spare < 0 { spare = Listener.openSpare() }
        if let handle { evconnlistener_enable(handle) }
    }

    /// Accepts what is queued, then closes the socket. New connections are refused from here on. Idempotent.
    public func finish() {
        guard let handle else { return }
        while true {
            let descriptor = accept(evconnlistener_get_fd(handle), nil, nil)
            guard descriptor >= 0 else {
                if errno == EINTR || errno == ECONNABORTED { continue }
                break
            }
            evutil_make_socket_nonblocking(descriptor)
            evutil_make_socket_closeonexec(descriptor)
            accepted(descriptor)
        }
        close()
    }

    /// Closes the socket at once; what is queued is lost. Idempotent.
    public func close() {
        shut()
        rest?.cancel()
    }

    private func shut() {
        if let handle { evconnlistener_free(handle) }
        handle = nil
        if spare >= 0 { Glibc.close(spare) }
        spare = -1
    }
}

@available(*, unavailable, message: "confined to the thread of its loop")
extension Listener: Sendable {}
