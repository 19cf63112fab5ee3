import Glibc
import Loop
import Testing

@Suite struct WatchTests {
    @Test func `A watch reports readable and writable, as asked, and an end as readable`() async {
        await withLoop { loop in
            #expect(await Worker(loop: loop).watchAPair() == ["write", "read", "end"])
        }
    }

    @Test func `A stopped watch reports nothing, also when its descriptor was already ready in this poll`() async {
        await withLoop { loop in
            #expect(await Worker(loop: loop).watchersThatStopEachOther() == 1)
        }
    }

    @Test func `A signal reaches its owner on the loop`() async {
        await withLoop { loop in
            #expect(await Worker(loop: loop).raiseAndSee(SIGUSR2) == SIGUSR2)
        }
    }
}

final class Observer: WatchOwner, SignalOwner {
    var onReady: (Watch, Watch.Events) -> Void = { _, _ in }
    var onSignal: (CInt) -> Void = { _ in }
    func watchReady(_ watch: Watch, _ events: Watch.Events) { onReady(watch, events) }
    func signalReceived(_ signal: CInt) { onSignal(signal) }
}

func socketPair() -> (CInt, CInt) {
    var pair: [CInt] = [0, 0]
    let code = socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue), 0, &pair)
    precondition(code == 0)
    return (pair[0], pair[1])
}

extension Worker {
    func watchAPair() async -> [String] {
        let (mine, theirs) = socketPair()
        let observer = Observer()
        let watch = Watch(mine, on: loop, owner: observer)
        var seen: [String] = []
        var byte: UInt8 = 0
        for (name, events) in [("write", Watch.Events.write), ("read", .read), ("end", .read)] {
            let reported = await withCheckedContinuation { continuation in
                observer.onReady = { watch, events in
                    watch.want([])
                    continuation.resume(returning: events)
                }
                watch.want(events)
                watch.want(events)
                if name == "read" { send(theirs, "x", 1, 0) }
                if name == "end" { close(theirs) }
            }
            if reported == events { seen.append(name) }
            if name == "read" { recv(mine, &byte, 1, 0) }
        }
        watch.stop()
        close(mine)
        return seen
    }

    func watchersThatStopEachOther() async -> Int {
        let (one, oneEnd) = socketPair()
        let (two, twoEnd) = socketPair()
        let observer = Observer()
        let first = Watch(one, on: loop, owner: observer)
        let second = Watch(two, on: loop, owner: observer)
        var reports = 0
        observer.onReady = { _, _ in
            reports += 1
            first.stop()
            second.stop()
        }
        send(oneEnd, "x", 1, 0)
        send(twoEnd, "x", 1, 0)
        first.want(.read)
        second.want(.read)
        await pause(.milliseconds(10))
        for descriptor in [one, oneEnd, two, twoEnd] { close(descriptor) }
        return reports
    }

    func raiseAndSee(_ signal: CInt) async -> CInt {
        let observer = Observer()
        let watch = SignalWatch(signal, on: loop, owner: observer)
        let seen = await withCheckedContinuation { continuation in
            observer.onSignal = { continuation.resume(returning: $0) }
            kill(getpid(), signal)
        }
        watch.stop()
        return seen
    }
}
