import Loop
import Testing

@Suite struct PauseTests {
    private actor Sleeper {
        nonisolated let loop: Loop
        nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
        private var pause: Pause?

        init(_ loop: Loop) { self.loop = loop }

        func sleep(_ time: Duration) async -> Bool {
            let pause = Pause(on: loop)
            self.pause = pause
            await pause.wait(time)
            self.pause = nil
            return loop.isCurrent
        }

        /// False where nobody waits yet.
        func wake() -> Bool {
            pause?.end()
            return pause != nil
        }
    }

    @Test func `A pause ends by itself, on its loop, and may be taken again`() async {
        await withLoop { loop in
            let sleeper = Sleeper(loop)
            for _ in 0..<3 { #expect(await sleeper.sleep(.milliseconds(1))) }
        }
    }

    @Test(.timeLimit(.minutes(1))) func `A pause can be ended early`() async {
        await withLoop { loop in
            let sleeper = Sleeper(loop)
            async let slept = sleeper.sleep(.seconds(86400))
            while await !sleeper.wake() { await Task.yield() }
            #expect(await slept)
        }
    }
}
