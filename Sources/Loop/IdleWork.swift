// Work that nobody waits for: it is done when the loop has nothing else to do.
//
// Where many things end at once, what belongs to their end (bookkeeping, giving memory back) would stand between what is
// ready and whoever waits for it. A loop that is never idle gets to it all the same: what has waited for `patience` is
// done at the end of each turn, for as long as the turn itself took. So no more is put off than is done, as long as it is
// the smaller part of the work.

struct IdleWork {
    private static let patience = Duration.milliseconds(50)
    /// What an idle loop does before it looks at its sockets again.
    private static let slice = Duration.microseconds(200)

    private var items: [(since: MonotonicTime, work: () -> Void)] = []
    /// Those before it have been done.
    private var next = 0

    var isEmpty: Bool { next == items.count }

    mutating func add(_ work: @escaping () -> Void) {
        items.append((.now(), work))
    }

    /// Takes the next one that is due.
    ///
    /// - Parameters:
    ///   - turn: when the turn began.
    ///   - ended: when what the loop had to do in it was done.
    ///   - isIdle: it had nothing to do.
    mutating func take(turn: MonotonicTime, ended: MonotonicTime, isIdle: Bool) -> (() -> Void)? {
        guard !isEmpty else { return nil }
        let now = MonotonicTime.now()
        let isDue = isIdle || now - items[next].since >= Self.patience
        guard isDue, now - ended <= (isIdle ? Self.slice : max(Self.slice, ended - turn)) else { return nil }
        return takeAny()
    }

    /// Takes the next one, due or not.
    mutating func takeAny() -> (() -> Void)? {
        guard !isEmpty else { return nil }
        let work = items[next].work
        items[next].work = {}
        next += 1
        if isEmpty {
            items.removeAll(keepingCapacity: next < 1024)
            next = 0
        } else if next >= 1024, next * 2 >= items.count {
            items.removeFirst(next)
            next = 0
        }
        return work
    }
}
