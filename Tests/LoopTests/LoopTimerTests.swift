import Loop
import Testing

@Suite struct LoopTimerTests {
    @Test func `A timer fires once for one arming, and not before its time`() async {
        await withLoop { loop in
            let (early, firings) = await Worker(loop: loop).timeOut(.milliseconds(7))
            #expect(!early)
            #expect(firings == 1)
        }
    }

    @Test func `A timer armed in a long tick still waits its whole time`() async {
        await withLoop { loop in
            let (early, _) = await Worker(loop: loop).timeOut(.milliseconds(3), afterBusy: .milliseconds(12))
            #expect(!early)
        }
    }

    @Test func `A cancelled timer does not fire; armed again it does`() async {
        await withLoop { loop in
            #expect(await Worker(loop: loop).cancelThenArm() == ["other", "rearmed"])
        }
    }

    @Test func `A timer whose owner is gone is silent`() async {
        await withLoop { loop in
            #expect(await Worker(loop: loop).orphanedTimerIsSilent())
        }
    }
}

final class Alarm: TimerOwner {
    var firings = 0
    var onFire: () -> Void = {}
    func timerFired(_ timer: LoopTimer) {
        firings += 1
        onFire()
    }
}

extension Worker {
    func timeOut(_ delay: Duration, afterBusy busy: Duration = .zero) async -> (early: Bool, firings: Int) {
        let alarm = Alarm()
        let timer = LoopTimer(on: loop, owner: alarm)
        let busyUntil = MonotonicTime.now().advanced(by: busy)
        while MonotonicTime.now() < busyUntil {}
        let armed = MonotonicTime.now()
        await withCheckedContinuation { continuation in
            alarm.onFire = { continuation.resume() }
            timer.arm(after: delay)
        }
        alarm.onFire = {}
        let early = MonotonicTime.now() - armed < delay
        await pause(.milliseconds(20))
        return (early, alarm.firings)
    }

    func pause(_ delay: Duration) async {
        let alarm = Alarm()
        let timer = LoopTimer(on: loop, owner: alarm)
        await withCheckedContinuation { continuation in
            alarm.onFire = { continuation.resume() }
            timer.arm(after: delay)
        }
    }

    func cancelThenArm() async -> [String] {
        var seen: [String] = []
        let alarm = Alarm()
        let timer = LoopTimer(on: loop, owner: alarm)
        alarm.onFire = { seen.append("fired") }
        timer.arm(after: .milliseconds(1))
        timer.cancel()
        timer.cancel()
        await pause(.milliseconds(15))
        seen.append("other")
        await withCheckedContinuation { continuation in
            alarm.onFire = {
                seen.append("rearmed")
                continuation.resume()
            }
            timer.arm(after: .zero)
        }
        return seen
    }

    func orphanedTimerIsSilent() async -> Bool {
        var alarm: Alarm? = Alarm()
        var fired = false
        alarm?.onFire = { fired = true }
        let timer = LoopTimer(on: loop, owner: alarm!)
        timer.arm(after: .milliseconds(1))
        alarm = nil
        await pause(.milliseconds(15))
        return !fired && !timer.isArmed
    }
}
