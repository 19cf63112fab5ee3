// Commands that await their replies, in the order they were sent: Redis answers in that order, so the first here is
// whose reply comes next. All have the same time to live, so deadlines are in order too, and what has expired is
// always a run from the front: `waiting` says where it ends.

import Loop

struct RedisCommand {
    /// Called once on the loop: with the bytes of the reply, or nil where there is none in time.
    typealias Taker = ([UInt8]?) -> Void

    enum Kind {
        case get(Taker)
        /// The owner is told once; nil when it was told.
        case set(CacheKey, (any StoreOwner)?)
        case delete(CacheKey)
        /// INCRBYFLOAT; its bytes are the sum.
        case sum(Taker)
        /// The breaker's PING.
        case probe
        case greeting(Greeting)
        /// A command whose caller has gone on, or that has none: the reply is thrown away.
        case givenUp
    }

    enum Greeting {
        case auth
        case select
        case ping
    }

    var kind: Kind
    let deadline: MonotonicTime
}

/// A ring of commands.
struct CommandQueue {
    private var ring: [RedisCommand?] = Array(repeating: nil, count: 64)
    /// Both count up forever; the place in the ring is the remainder.
    private var head = 0
    private var tail = 0
    /// The first command whose deadline has not been acted upon.
    private var waiting = 0

    var count: Int { tail - head }
    var isEmpty: Bool { tail == head }
    var first: RedisCommand? { isEmpty ? nil : ring[head & (ring.count - 1)] }

    mutating func append(_ command: RedisCommand) {
        if count == ring.count { grow() }
        ring[tail & (ring.count - 1)] = command
        tail += 1
    }

    mutating func removeFirst() -> RedisCommand? {
        guard !isEmpty else { return nil }
        defer {
            head += 1
            waiting = max(waiting, head)
        }
        return ring[head & (ring.count - 1)].take()
    }

    /// The deadline to wait for next; nil when none is left to pass.
    var nextDeadline: MonotonicTime? { waiting < tail ? ring[waiting & (ring.count - 1)]!.deadline : nil }

    /// The next command whose deadline has passed, once each. It stays in the queue as `replace` makes it, because its
    /// reply will still come.
    mutating func expire(at now: MonotonicTime, replace: (RedisCommand.Kind) -> RedisCommand.Kind) -> RedisCommand.Kind?
    {
        guard waiting < tail else { return nil }
        let place = waiting & (ring.count - 1)
        guard ring[place]!.deadline <= now else { return nil }
        waiting += 1
        let kind = ring[place]!.kind
        ring[place]!.kind = replace(kind)
        return kind
    }

    private mutating func grow() {
        var larger = [RedisCommand?](repeating: nil, count: ring.count * 2)
        for index in head..<tail { larger[index & (larger.count - 1)] = ring[index & (ring.count - 1)] }
        ring = larger
    }
}
