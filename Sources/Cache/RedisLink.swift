// One connection of one loop to Redis, which may be slow, full, restarting, stopped, wrong or gone: whoever asks gets
// an answer or a miss within the deadline, and the link mends itself.
//
//     connecting ──> greeting ──> ready ──(breaker)──> skipped, but connected
//         ^  └──────────┴──────────┴─── lost ──> waiting (backoff) ──┐
//         └──────────────────────────────────────────────────────────┘
//
// A command is appended to the output and to the queue. At the end of the tick all output goes out in one write, and
// replies are matched with the queue in order. The one timer for deadlines is armed for the first command that could
// expire and looks again when it fires, so a command costs no timer of its own. A GET that expires is a miss at once;
// its place in the queue stays, and its late reply is thrown away.
//
// - No command's caller is forgotten: reply, deadline, loss of the connection or `close` end it, whichever is first.
// - Nothing grows: at most 4,096 commands and 16 MiB of output are under way, 1,024 DELs are owed.
// - A DEL is owed until Redis has answered it, over any number of connections: a dropped answer must not come back.
//
// Files: this one is the life of a connection, +Commands what is asked, +Replies what comes of it.

import Glibc
public import Loop

/// Told once what became of a SET, on the link's loop: answered, past its deadline, lost or not even sent.
public protocol StoreOwner: AnyObject {
    func storeSettled(_ key: CacheKey, on link: RedisLink)
}

/// A link to Redis, confined to the thread of its loop. Its counters are for any thread.
public final class RedisLink: WatchOwner, TimerOwner {
    enum Phase {
        case resolving
        case connecting
        case greeting
        case ready
        case waiting
        case closed
    }

    static let mostCommands = 4096
    static let mostOutput = 16 * 1024 * 1024
    static let mostOwed = 1024
    /// For connecting and greeting together.
    private static let connectTime = Duration.seconds(1)
    /// A connection on which replies are due and nothing has come for so long is given up.
    private static let silence = Duration.seconds(1)

    public let address: RedisAddress
    public let counters = CacheCounters()
    let loop: Loop
    let deadline: Duration

    var phase = Phase.waiting
    var breaker = Breaker()
    var queue = CommandQueue()
    var output = RedisWriter()
    var owed: [CacheKey] = []
    var drained: UnsafeContinuation<Void, Never>?
    private(set) var reader: ReplyReader?
    private(set) var watch: Watch?
    private var names: [SocketName] = []
    private var backoff = Backoff(first: .milliseconds(50), most: .seconds(2))
    private var lastHeard = MonotonicTime(nanoseconds: 0)
    private var flushIsDue = false

    private(set) var deadlineTimer: LoopTimer! = nil
    /// Connect time, backoff, the breaker's pause, owed DELs: one at a time.
    private(set) var linkTimer: LoopTimer! = nil
    private(set) var drainTimer: LoopTimer! = nil

    /// Starts to connect; until that is done everything is a miss.
    /// - Parameter deadline: `cache.redis_deadline`: how long a command is waited for.
    public init(on loop: Loop, address: RedisAddress, deadline: Duration) {
        self.loop = loop
        self.address = address
        self.deadline = deadline
        deadlineTimer = LoopTimer(on: loop, owner: self)
        linkTimer = LoopTimer(on: loop, owner: self)
        drainTimer = LoopTimer(on: loop, owner: self)
        resolve()
    }

    deinit {
        if let watch {
            watch.stop()
            Glibc.close(watch.descriptor)
        }
    }

    /// Ends the link; what is under way is a miss. Idempotent.
    public func close() {
        guard phase != .closed else { return }
        disconnect()
        phase = .closed
        linkTimer.cancel()
        failPending()
    }

    // MARK: connecting

    private func resolve() {
        switch address.place {
        case .unix(let path): names = [SocketName(unixPath: path)]
        case .tcp(let host, let port): names = SocketName.find(host: host, port: port, numeric: true)
        }
        if names.isEmpty { lookUp() } else { connect() }
    }

    private func lookUp() {
        guard case .tcp(let host, let port) = address.place else { return }
        phase = .resolving
        let loop = loop
        // Carried through the resolver's thread, looked at on the link's own only. In an object, because to copy a weak
        // reference may be to hold a strong one for a moment, and then the link could end on the resolver's thread.
        nonisolated(unsafe) let back = WayBack(self)
        SocketName.resolver.post {
            let names = SocketName.find(host: host, port: port, numeric: false)
            loop.post { back.link?.resolved(names) }
        }
    }

    private func resolved(_ names: [SocketName]) {
        guard phase == .resolving else { return }
        self.names = names
        connect()
    }

    private func connect() {
        guard !names.isEmpty else { return lose("its name has no address") }
        phase = .connecting
        let (descriptor, failure) = names.removeFirst().connect()
        guard descriptor >= 0 else { return lose("connect: \(SocketName.describe(failure))") }
        let watch = Watch(descriptor, on: loop, owner: self)
        self.watch = watch
        reader = ReplyReader(link: self)
        watch.want(.write)
        linkTimer.arm(after: Self.connectTime)
    }

    private func greet(_ watch: Watch) {
        let failure = SocketName.outcome(watch.descriptor)
        guard failure == 0 else { return lose("connect: \(SocketName.describe(failure))") }
        phase = .greeting
        if let password = address.password {
            if let user = address.user {
                output.command("AUTH", user, password)
            } else {
                output.command("AUTH", password)
            }
            expect(.greeting(.auth))
        }
        if address.database != 0 {
            output.command("SELECT", String(address.database))
            expect(.greeting(.select))
        }
        output.command("PING")
        expect(.greeting(.ping))
        flush()
    }

    func greeted() {
        phase = .ready
        linkTimer.cancel()
        backoff.succeeded()
        breaker.reset()
        counters.count(.connected)
        counters.become(.ready)
        counters.note(nil)
        payOwed()
    }

    /// The connection cannot be used any more, or could not be made. Tries the next address at once, or after a pause.
    func lose(_ reason: String) {
        guard phase != .closed, phase != .waiting else { return }
        let wasReady = phase == .ready
        disconnect()
        phase = .waiting
        if wasReady { counters.count(.disconnected) }
        counters.note("\(address): \(reason)")
        failPending()
        if !wasReady && !names.isEmpty {
            connect()
        } else {
            linkTimer.arm(after: backoff.failed())
        }
    }

    private func disconnect() {
        counters.become(.disconnected)
        deadlineTimer.cancel()
        output.reset()
        if let watch {
            watch.stop()
            Glibc.close(watch.descriptor)
            // We may be inside their callbacks.
            loop.retire(watch)
        }
        if let reader { loop.retire(reader) }
        watch = nil
        reader = nil
    }

    // MARK: events

    public func watchReady(_ watch: Watch, _ events: Watch.Events) {
        guard watch === self.watch else { return }
        if phase == .connecting { return greet(watch) }
        if events.contains(.read) { receive(watch) }
        if events.contains(.write), watch === self.watch { flush() }
    }

    public func timerFired(_ timer: LoopTimer) {
        if timer === deadlineTimer { return expire() }
        if timer === drainTimer { return endDrain() }
        switch phase {
        case .waiting: resolve()
        case .connecting, .greeting: lose("no answer within \(Self.connectTime)")
        case .ready: if breaker.isClosed { payOwed() } else { probe() }
        case .resolving, .closed: break
        }
    }

    private func receive(_ watch: Watch) {
        let scratch = loop.scratch
        guard let reader else { return }
        // A bound on one turn: 1 MiB, the rest in the next.
        for _ in 0..<16 {
            let count = recv(watch.descriptor, scratch.baseAddress, scratch.count, 0)
            if count < 0 {
                if errno == EAGAIN || errno == EINTR { break }
                return lose("read: \(SocketName.describe(errno))")
            }
            if count == 0 { return lose("Redis closed the connection") }
            do throws(RedisProtocolError) {
                try reader.feed(UnsafeRawBufferPointer(start: scratch.baseAddress, count: count))
                while self.reader === reader, let reply = try reader.next() { take(reply) }
            } catch {
                return lose("not a Redis reply: \(error.what)")
            }
            guard self.reader === reader else { return }
            if count < scratch.count { break }
        }
        lastHeard = .now()
    }

    /// Sends at the end of the tick whatever is queued until then.
    func flushLater() {
        guard !flushIsDue else { return }
        flushIsDue = true
        loop.atEndOfTick { self.flush() }
    }

    private func flush() {
        flushIsDue = false
        guard let watch, phase == .greeting || phase == .ready else { return }
        while output.unsent > 0 {
            let count = output.bytes.withUnsafeBytes { bytes in
                send(watch.descriptor, bytes.baseAddress! + output.sent, output.unsent, CInt(MSG_NOSIGNAL))
            }
            if count >= 0 {
                output.advance(count)
            } else if errno == EAGAIN {
                return watch.want([.read, .write])
            } else if errno != EINTR {
                return lose("write: \(SocketName.describe(errno))")
            }
        }
        watch.want(.read)
    }

    /// Whether replies are due and have been for too long.
    func isSilent(at now: MonotonicTime) -> Bool {
        guard let oldest = queue.first else { return false }
        return now - oldest.deadline > Self.silence && now - lastHeard > Self.silence
    }
}

/// The link that a look-up was made for, if it is still there.
private final class WayBack {
    weak var link: RedisLink?

    init(_ link: RedisLink) { self.link = link }
}

@available(*, unavailable, message: "confined to the thread of its loop")
extension RedisLink: Sendable {}
