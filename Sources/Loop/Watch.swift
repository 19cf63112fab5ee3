import CEvent
import Glibc

/// Told when a watched descriptor is ready. Runs on the loop's thread, outside any task.
public protocol WatchOwner: AnyObject {
    func watchReady(_ watch: Watch, _ events: Watch.Events)
}

/// Watches one descriptor: level-triggered, persistent until told otherwise.
///
/// The descriptor stays its owner's: `stop()` the watch, then close it. Never `dup` a watched descriptor. The mask may
/// be changed as often as wanted: changes are gathered and reach the kernel before the next poll. Confined to its
/// loop's thread; the owner is held weakly.
public final class Watch {
    /// A broken connection is reported as both. There is no watching for a close without reading: libevent's EV_CLOSED
    /// misses resets (see ByteStream).
    public struct Events: OptionSet, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        public static let read = Events(rawValue: 1)
        public static let write = Events(rawValue: 2)

        var flags: Int16 {
            (contains(.read) ? Int16(EV_READ) : 0) | (contains(.write) ? Int16(EV_WRITE) : 0)
        }
    }

    public let descriptor: CInt
    private let loop: Loop
    private weak var owner: (any WatchOwner)?
    private var wanted: Events = []
    /// Freed in `deinit`; C points back at us, unretained.
    private var event: OpaquePointer?

    /// Watches for nothing until `want` is called.
    public init(_ descriptor: CInt, on loop: Loop, owner: any WatchOwner) {
        self.descriptor = descriptor
        self.loop = loop
        self.owner = owner
        event = event_new(loop.base, descriptor, 0, Watch.ready, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit {
        precondition(loop.isMine, "a watch must be released on the thread of its loop")
        event_free(event)
    }

    private static let ready: event_callback_fn = { _, flags, context in
        let watch = Unmanaged<Watch>.fromOpaque(context!).takeUnretainedValue()
        var events: Events = []
        if flags & Int16(EV_READ) != 0 { events.insert(.read) }
        if flags & Int16(EV_WRITE) != 0 { events.insert(.write) }
        watch.owner?.watchReady(watch, events)
    }

    /// What to watch for from now on. Costs nothing when it is what is watched for already.
    public func want(_ events: Events) {
        guard events != wanted else { return }
        assert(loop.isMine, "a watch must be changed on the thread of its loop")
        if !wanted.isEmpty { event_del(event) }
        wanted = events
        guard !events.isEmpty else { return }
        event_assign(
            event,
            loop.base,
            descriptor,
            events.flags | Int16(EV_PERSIST),
            Watch.ready,
            Unmanaged.passUnretained(self).toOpaque()
        )
        event_add(event, nil)
    }

    /// Watches for nothing; nothing is reported after this, also not from the poll that is being worked off.
    public func stop() {
        want([])
    }
}

@available(*, unavailable, message: "confined to the thread of its loop")
extension Watch: Sendable {}
