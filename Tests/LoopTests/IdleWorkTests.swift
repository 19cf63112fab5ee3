import Testing

@testable import Loop

struct IdleWorkTests {
    @Test func `What can wait is done after what is ready, in the order of asking`() async {
        let order = Lock<[String]>([])
        @Sendable func say(_ word: String) { order.withLock { $0.append(word) } }
        await withLoop { loop in
            await withCheckedContinuation { continuation in
                loop.post { @Sendable in
                    loop.whenIdle { say("idle 1") }
                    loop.whenIdle {
                        say("idle 2")
                        continuation.resume()
                    }
                    loop.atEndOfTick { say("end") }
                    loop.post { @Sendable in loop.post { @Sendable in say("job of a job") } }
                    say("body")
                }
            }
        }
        #expect(order.withLock { $0 } == ["body", "end", "job of a job", "idle 1", "idle 2"])
    }

    @Test func `A loop that is never idle gets to it all the same`() async {
        await withLoop { loop in
            let isDone = Lock(false)
            @Sendable func goOn() {
                if !isDone.withLock({ $0 }) { loop.post { @Sendable in goOn() } }
            }
            await withCheckedContinuation { continuation in
                loop.post { @Sendable in
                    loop.whenIdle {
                        isDone.withLock { $0 = true }
                        continuation.resume()
                    }
                    goOn()
                }
            }
        }
    }

    @Test func `An idle loop does all of it without being woken`() async {
        let count = Lock(0)
        await withLoop { loop in
            await withCheckedContinuation { continuation in
                loop.post { @Sendable in
                    for _ in 0..<5000 { loop.whenIdle { count.withLock { $0 += 1 } } }
                    loop.whenIdle { continuation.resume() }
                }
            }
        }
        #expect(count.withLock { $0 } == 5000)
    }

    @Test func `Work that asks for more gets it, and each piece goes when it is done`() async {
        let gone = Lock(0)
        await withLoop { loop in
            await withCheckedContinuation { continuation in
                loop.post { @Sendable in
                    let held = Mortal { gone.withLock { $0 += 1 } }
                    loop.whenIdle { _ = held }
                    loop.whenIdle {
                        #expect(gone.withLock { $0 } == 1)
                        loop.whenIdle { continuation.resume() }
                    }
                }
            }
        }
    }

    @Test func `What still waits when a loop stops is done before it ends`() async {
        let count = Lock(0)
        let loop = Loop.start(name: "ends")
        loop.post { @Sendable in
            for _ in 0..<1000 { loop.whenIdle { count.withLock { $0 += 1 } } }
            loop.stop()
        }
        loop.join()
        #expect(count.withLock { $0 } == 1000)
    }
}
