import Loop
import Testing

/// An actor pinned to a loop, as the gateway's worker is.
actor Worker {
    nonisolated let loop: Loop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private(set) var notes: [String] = []
    var slots: [ObjectIdentifier: Slot] = [:]

    init(loop: Loop) { self.loop = loop }

    func note(_ text: String) { notes.append(text) }
    func isOnLoop() -> Bool { loop.isCurrent }

    func serve(_ guest: Guest) async {
        notes.append(loop.isCurrent ? "in" : "astray")
        await Task.yield()
        notes.append(loop.isCurrent ? "on" : "astray")
        guest.answer("done")
    }
}

/// Confined to a loop, not Sendable: what a responder looks like.
final class Guest {
    let loop: Loop
    let answered: @Sendable (String) -> Void
    init(loop: Loop, answered: @escaping @Sendable (String) -> Void) {
        self.loop = loop
        self.answered = answered
    }
    func answer(_ text: String) { answered(loop.isCurrent ? text : "astray") }
}

@available(*, unavailable)
extension Guest: Sendable {}

@discardableResult
func withLoop<Result>(
    isolation: isolated (any Actor)? = #isolation,
    _ body: (Loop) async throws -> Result
) async rethrows -> Result {
    let loop = Loop.start(name: "test")
    defer {
        loop.stop()
        loop.join()
    }
    return try await body(loop)
}

@Suite struct LoopTests {
    @Test func `A started loop knows its thread, and no other thread is it`() async {
        await withLoop { loop in
            #expect(!loop.isCurrent)
            #expect(await loop.perform { loop.isCurrent })
            #expect(loop.isIsolatingCurrentContext() == false)
        }
    }

    @Test func `Work posted from another thread runs in the order of posting`() async {
        await withLoop { loop in
            let seen = Lock<[Int]>([])
            for number in 0..<10_000 { loop.post { @Sendable in seen.withLock { $0.append(number) } } }
            await loop.perform { @Sendable in }
            #expect(seen.withLock { $0 } == Array(0..<10_000))
        }
    }

    @Test func `Work posted from many threads runs exactly once each`() async {
        await withLoop { loop in
            let count = Shared(0)
            await withTaskGroup { group in
                for _ in 0..<8 {
                    group.addTask {
                        for _ in 0..<5000 { loop.post { @Sendable in count.update { $0 += 1 } } }
                    }
                }
            }
            await loop.perform { @Sendable in }
            #expect(count.value == 40_000)
        }
    }

    @Test func `Work posted on the loop runs after the work that posts it`() async {
        await withLoop { loop in
            let order = Lock<[String]>([])
            let done: Void = await withCheckedContinuation { continuation in
                loop.post { @Sendable in
                    loop.post { @Sendable in
                        order.withLock { $0.append("posted") }
                        continuation.resume()
                    }
                    order.withLock { $0.append("poster") }
                }
            }
            _ = done
            #expect(order.withLock { $0 } == ["poster", "posted"])
        }
    }

    @Test func `An actor of the loop runs on its thread, before and after it waits`() async {
        await withLoop { loop in
            let worker = Worker(loop: loop)
            #expect(await worker.isOnLoop())
            #expect(await worker.isOnLoop())
        }
    }

    @Test func `A value confined to the loop is handed to the actor, and Task.immediate starts inside the call`() async
    {
        await withLoop { loop in
            let worker = Worker(loop: loop)
            let order = Lock<[String]>([])
            let answer = await withCheckedContinuation { continuation in
                loop.post { @Sendable in
                    let guest = Guest(loop: loop) { continuation.resume(returning: $0) }
                    worker.enter(guest) { worker, guest in
                        Task.immediate { await worker.serve(guest) }
                        order.withLock { $0 = worker.notes }
                    }
                }
            }
            #expect(answer == "done")
            #expect(order.withLock { $0 } == ["in"])
            #expect(await worker.notes == ["in", "on"])
        }
    }

    @Test func `A task that prefers the loop runs on it, with its child tasks`() async {
        await withLoop { loop in
            let places = await Task(executorPreference: loop) {
                async let child = loop.isCurrent
                return [loop.isCurrent, await child]
            }.value
            #expect(places == [true, true])
        }
    }

    @Test func `Immediate child tasks that capture the worker stay on the loop`() async {
        await withLoop { loop in
            let worker = Worker(loop: loop)
            let places = await worker.fanOut()
            #expect(places == [true, true])
        }
    }

    @Test func `A cancelled wait on the loop ends there, once`() async {
        await withLoop { loop in
            let worker = Worker(loop: loop)
            let (waiting, isWaiting) = AsyncStream.makeStream(of: Void.self)
            let task = Task { await worker.waitForCancellation { isWaiting.finish() } }
            for await _ in waiting {}
            task.cancel()
            #expect(await task.value == "cancelled on the loop")
        }
    }

    @Test func `A chain of jobs does not starve the sockets and timers`() async {
        await withLoop { loop in
            let worker = Worker(loop: loop)
            // The chain ends only when the timer fires, so it hangs here if jobs went first for ever.
            #expect(await worker.spinUntilTimer())
        }
    }

    @Test func `What is retired lives until the end of the tick, and the end's work runs before it goes`() async {
        await withLoop { loop in
            let order = Lock<[String]>([])
            let say = { @Sendable (text: String) in order.withLock { $0.append(text) } }
            await withCheckedContinuation { continuation in
                loop.post { @Sendable in
                    loop.retire(Mortal { say("gone") })
                    loop.atEndOfTick { say("end") }
                    say("body")
                    loop.post { @Sendable in continuation.resume() }
                }
            }
            #expect(order.withLock { $0 } == ["body", "end", "gone"])
        }
    }

    @Test func `Work for the end of the tick is done even when asked for at the end of a tick`() async {
        await withLoop { loop in
            await withCheckedContinuation { continuation in
                loop.post { @Sendable in loop.atEndOfTick { loop.atEndOfTick { continuation.resume() } } }
            }
        }
    }

    @Test func `A loop can be run by the thread that made it, with what was posted before`() {
        let loop = Loop(name: "own")
        let seen = Lock<[String]>([])
        loop.post { @Sendable in seen.withLock { $0.append(loop.isCurrent ? "on" : "astray") } }
        loop.stop()
        loop.run()
        #expect(seen.withLock { $0 } == ["on"])
        #expect(!loop.isCurrent)
    }

    @Test func `An error thrown on the loop comes back to the caller`() async {
        await withLoop { loop in
            await #expect(throws: Oops.self) { try await loop.perform { () throws(Oops) in throw Oops() } }
        }
    }
}

struct Oops: Error {}

/// A value that several threads of a test write to.
final class Shared<Value: Sendable>: Sendable {
    private let mutex: Lock<Value>
    init(_ value: Value) { mutex = Lock(value) }
    var value: Value { mutex.withLock { $0 } }
    func update(_ body: @Sendable (inout Value) -> Void) { mutex.withLock { body(&$0) } }
}

final class Mortal {
    private let farewell: () -> Void
    init(_ farewell: @escaping () -> Void) { self.farewell = farewell }
    deinit { farewell() }
}

extension Worker {
    func fanOut() async -> [Bool] {
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<2 {
                group.addImmediateTask {
                    await Task.yield()
                    return self.isOnLoop() && self.loop.isCurrent
                }
            }
            var places: [Bool] = []
            for await place in group { places.append(place) }
            return places
        }
    }

    func waitForCancellation(_ waiting: @Sendable () -> Void) async -> String {
        let slot = Slot()
        let loop = self.loop
        let key = ObjectIdentifier(slot)
        slots[key] = slot
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                slot.continuation = continuation
                waiting()
            }
        } onCancel: {
            // Only posts: it runs on whatever thread cancels.
            loop.post { @Sendable in self.enter(key) { worker, key in worker.slots.removeValue(forKey: key)?.resume() }
            }
        }
        return loop.isCurrent ? "cancelled on the loop" : "astray"
    }

    func spinUntilTimer() async -> Bool {
        let flag = Flag()
        let timer = LoopTimer(on: loop, owner: flag)
        timer.arm(after: .milliseconds(5))
        while !flag.isUp { await Task.yield() }
        return true
    }
}

final class Slot {
    var continuation: CheckedContinuation<Void, Never>?
    func resume() {
        continuation?.resume()
        continuation = nil
    }
}

final class Flag: TimerOwner {
    var isUp = false
    func timerFired(_ timer: LoopTimer) { isUp = true }
}
