// One thread, one libevent base.
//
//        other threads                     the loop's thread
//   post, enqueue ──► inbox ──eventfd──►  ┌─► poll and run what is ready (timers, watches, listeners)
//                                         │   run the jobs that are queued now, each once
//                                         │   work kept for the end of the tick
//                                         │   release what was retired; sleep only if no job is left
//                                         └── where there was nothing to do: work that can wait (`IdleWork`)
//
// Swift concurrency runs on it: a `Loop` is a serial executor (an actor may be pinned to it) and a task executor. Jobs
// enqueued on the loop's own thread go to a plain array. Jobs from elsewhere go through one lock, and the first of a
// batch wakes the loop.
//
// Invariants
// - One drain runs the jobs that were there when it began, then looks at the sockets: a chain of tasks cannot starve
//   I/O. For that the turns are ours (`EVLOOP_ONCE`), since an event that activates itself runs again before the poll.
// - The loop knows its thread before a job can run, and `start` returns only after that.
// - libevent's base is touched by the loop's thread alone, so it has no locks (`evthread_*` is not called). The
//   eventfd is edge-triggered: nobody has to read it.
// - With the changelist, changes of a descriptor's events are collected and passed to the kernel before the next poll.
//   Therefore no descriptor that is watched may be `dup`ed (libevent's documentation of
//   EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST).
//
// Left out: stopping early. What is queued when the loop stops is never run (but for work that waited for an idle
// moment); stop a loop after its owners are done.

import CEvent
import Glibc
import Synchronization

/// One thread with its timers, watches and doors; see the head of this file.
///
/// The one `@unchecked Sendable` of the project. Everything but `inbox`, `thread` and `wakeDescriptor` is touched only
/// by the thread that runs the loop (before `run` and after it: by whoever holds the loop alone), and every way in
/// from another thread (`post`, `enqueue`, `stop`, `join`, `isCurrent`) uses those three only.
public final class Loop: SerialExecutor, TaskExecutor, @unchecked Sendable {
    public let name: String

    /// Freed in `deinit`. Timers, watches, listeners and streams hold the loop strongly, so none outlives its base.
    let base: OpaquePointer
    private let wakeDescriptor: CInt
    private var wakeEvent: OpaquePointer?

    /// Guards `inbox`. A pthread mutex, because the thread sanitizer sees nothing of `Mutex`'s slow path on Linux and
    /// would report every contended post.
    private let door: UnsafeMutablePointer<pthread_mutex_t>
    private var inbox: [Item] = []
    /// `pthread_self()` of the thread inside `run`; 0: none.
    private let thread = Atomic<UInt>(0)
    private let started = Lock<pthread_t?>(nil)

    private var queue: [Item] = []
    private var running: [Item] = []
    private var endings: [() -> Void] = []
    private var retired: [AnyObject] = []
    private var idleWork = IdleWork()
    private var stopped = false
    private var scratchBytes: UnsafeMutableRawBufferPointer?

    private enum Item: Sendable {
        case job(UnownedJob)
        case work(@Sendable () -> Void)
    }

    /// - Parameter name: the thread's name (`start`); the kernel keeps its first 15 bytes.
    public init(name: String) {
        self.name = name
        // A write to a socket whose peer has gone is an error to handle, not a signal to die of (TLS writes have no
        // flag).
        signal(SIGPIPE, SIG_IGN)
        let configuration = event_config_new()
        event_config_set_flag(configuration, CInt(EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST.rawValue))
        event_config_set_flag(configuration, CInt(EVENT_BASE_FLAG_IGNORE_ENV.rawValue))
        event_config_set_flag(configuration, CInt(EVENT_BASE_FLAG_NOLOCK.rawValue))
        defer { event_config_free(configuration) }
        guard let base = event_base_new_with_config(configuration) else {
            fatalError("loop \(name): libevent could not make an event base (out of descriptors?)")
        }
        self.base = base
        wakeDescriptor = eventfd(0, CInt(EFD_NONBLOCK | EFD_CLOEXEC))
        door = .allocate(capacity: 1)
        pthread_mutex_init(door, nil)
        precondition(wakeDescriptor >= 0, "loop \(name): no eventfd (out of descriptors?), errno \(errno)")
        wakeEvent = event_new(
            base,
            wakeDescriptor,
            Int16(EV_READ) | Int16(EV_PERSIST) | Int16(bitPattern: UInt16(EV_ET)),
            { _, _, context in Loop.from(context).takeInbox() },
            Unmanaged.passUnretained(self).toOpaque()
        )
        event_add(wakeEvent, nil)
    }

    deinit {
        event_free(wakeEvent)
        close(wakeDescriptor)
        event_base_free(base)
        scratchBytes?.deallocate()
        pthread_mutex_destroy(door)
        door.deallocate()
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> Loop {
        Unmanaged<Loop>.fromOpaque(context!).takeUnretainedValue()
    }

    // MARK: Life

    /// Runs the loop on the calling thread until `stop()`.
    public func run() {
        let me = UInt(pthread_self())
        let (alone, _) = thread.compareExchange(expected: 0, desired: me, ordering: .acquiringAndReleasing)
        precondition(alone, "loop \(name) is already running on another thread")
        takeInbox()
        while !stopped { turn() }
        while let work = idleWork.takeAny() { work() }
        stopped = false
        thread.store(0, ordering: .releasing)
    }

    private func turn() {
        if idleWork.isEmpty { return attend(mayWait: true) }
        let began = MonotonicTime.now()
        let hadJobs = !queue.isEmpty || !endings.isEmpty
        _ = event_base_get_max_events(base, UInt32(EVENT_BASE_COUNT_ACTIVE), 1)
        attend(mayWait: false)
        let isIdle = !hadJobs && event_base_get_max_events(base, UInt32(EVENT_BASE_COUNT_ACTIVE), 0) == 0
        let ended = MonotonicTime.now()
        while let work = idleWork.take(turn: began, ended: ended, isIdle: isIdle) { work() }
    }

    /// What is ready, jobs, endings and releases.
    private func attend(mayWait: Bool) {
        // Endings may be left from the last turn's own end, jobs from its drain: then only look, do not sleep.
        let mayWait = mayWait && queue.isEmpty && endings.isEmpty
        event_base_loop(base, mayWait ? CInt(EVLOOP_ONCE) : CInt(EVLOOP_ONCE | EVLOOP_NONBLOCK))
        if !queue.isEmpty { drain() }
        if !endings.isEmpty {
            var present: [() -> Void] = []
            swap(&present, &endings)
            for ending in present { ending() }
        }
        if !retired.isEmpty {
            // Emptied before the releases: a deinit may retire further objects.
            var present: [AnyObject] = []
            swap(&present, &retired)
        }
    }

    private func drain() {
        swap(&queue, &running)
        let serial = asUnownedSerialExecutor()
        let task = asUnownedTaskExecutor()
        for item in running {
            switch item {
            case .job(let job): job.runSynchronously(isolatedTo: serial, taskExecutor: task)
            case .work(let work): work()
            }
        }
        running.removeAll(keepingCapacity: true)
    }

    /// Asks the loop to end after the turn it is in. Any thread; idempotent.
    public func stop() {
        post { [unowned self] in stopped = true }
    }

    /// A thread that runs this loop and holds it until it stops. Returns when the loop knows that thread.
    func startThread() {
        let context = Unmanaged.passRetained(self).toOpaque()
        var handle = pthread_t()
        let code = pthread_create(
            &handle,
            nil,
            { context in
                let loop = Unmanaged<Loop>.fromOpaque(context!).takeRetainedValue()
                pthread_setname_np(pthread_self(), String(decoding: loop.name.utf8.prefix(15), as: UTF8.self))
                loop.run()
                return nil
            },
            context
        )
        precondition(code == 0, "loop \(name): no thread, error \(code)")
        started.withLock { $0 = handle }
        while thread.load(ordering: .acquiring) == 0 { sched_yield() }
    }

    /// Waits until the thread of `start` has ended; returns at once when there is none. Not from the loop itself.
    public func join() {
        precondition(!isCurrent, "loop \(name) cannot wait for itself")
        let handle = started.withLock { started in
            defer { started = nil }
            return started
        }
        if let handle { pthread_join(handle, nil) }
    }

    // MARK: Doors

    /// Whether the calling thread is the one that runs this loop.
    public var isCurrent: Bool {
        thread.load(ordering: .acquiring) == UInt(pthread_self())
    }

    /// Whether the caller may touch what is confined to this loop: it is the loop's thread, or nobody runs the loop yet
    /// (or any more) and the caller, having it alone, sets up or takes down.
    public var isMine: Bool {
        let owner = thread.load(ordering: .acquiring)
        return owner == 0 || owner == UInt(pthread_self())
    }

    /// Runs `work` on the loop's thread: in the order of posting, never inside the call. Any thread.
    public func post(_ work: sending @escaping () -> Void) {
        // `sending`: nobody else has it, and it runs once; a closure's type cannot say either.
        nonisolated(unsafe) let work = work
        add(.work { work() })
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        add(.job(UnownedJob(job)))
    }

    private func add(_ item: Item) {
        if isCurrent {
            queue.append(item)
            return
        }
        // The first of a batch wakes. It does so after the append: the other way round the loop could take an empty
        // inbox, sleep, and nobody would wake it again, because the next caller sees a count of 2.
        pthread_mutex_lock(door)
        inbox.append(item)
        let first = inbox.count == 1
        pthread_mutex_unlock(door)
        if first { eventfd_write(wakeDescriptor, 1) }
    }

    private func takeInbox() {
        pthread_mutex_lock(door)
        queue.append(contentsOf: inbox)
        inbox.removeAll(keepingCapacity: inbox.count < 1024)
        pthread_mutex_unlock(door)
    }

    // MARK: The end of the tick

    /// Keeps `object` alive until the end of the tick: retire, do not free, inside your own callback. Loop thread.
    public func retire(_ object: AnyObject) {
        retired.append(object)
    }

    /// Runs `work` once at the end of this tick, after the jobs, when no C callback is on the stack. Loop thread.
    public func atEndOfTick(_ work: @escaping () -> Void) {
        endings.append(work)
    }

    /// Runs `work` once when this loop has nothing else to do, or has put it off for some 50 ms. In the order of asking.
    /// Loop thread.
    public func whenIdle(_ work: @escaping () -> Void) {
        idleWork.add(work)
    }

    /// 64 KiB that any callback of this loop may read into and must be done with when it returns. Loop thread.
    public var scratch: UnsafeMutableRawBufferPointer {
        if let scratchBytes { return scratchBytes }
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 65536, alignment: 64)
        scratchBytes = bytes
        return bytes
    }

    // MARK: Executor

    public func isIsolatingCurrentContext() -> Bool? {
        isCurrent
    }

    public func checkIsolated() {
        precondition(isCurrent, "this must run on the thread of loop \(name)")
    }
}
