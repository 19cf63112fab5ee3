import CEvent

/// Told when a signal has arrived. Runs on the loop's thread, outside any task and any signal handler.
public protocol SignalOwner: AnyObject {
    func signalReceived(_ signal: CInt)
}

/// Watches one signal of the process, until `stop()` or release.
///
/// libevent keeps one table of signals for the process ("only one base can have signals at a time"): all signals are
/// watched on one loop. Confined to that loop's thread; the owner is held weakly.
public final class SignalWatch {
    private let signal: CInt
    private let loop: Loop
    private weak var owner: (any SignalOwner)?
    /// Freed in `deinit`; C points back at us, unretained.
    private var event: OpaquePointer?

    public init(_ signal: CInt, on loop: Loop, owner: any SignalOwner) {
        self.signal = signal
        self.loop = loop
        self.owner = owner
        event = event_new(
            loop.base,
            signal,
            Int16(EV_SIGNAL) | Int16(EV_PERSIST),
            { signal, _, context in
                let watch = Unmanaged<SignalWatch>.fromOpaque(context!).takeUnretainedValue()
                watch.owner?.signalReceived(signal)
            },
            Unmanaged.passUnretained(self).toOpaque()
        )
        event_add(event, nil)
    }

    deinit {
        precondition(loop.isMine, "a signal watch must be released on the thread of its loop")
        event_free(event)
    }

    /// The signal gets back what it did before. Idempotent.
    public func stop() {
        event_del(event)
    }
}

@available(*, unavailable, message: "confined to the thread of its loop")
extension SignalWatch: Sendable {}
