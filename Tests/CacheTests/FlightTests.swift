import Loop
import Synchronization
import Testing

@testable import Cache

/// An exchange's side of the board, on a loop of its own.
private actor Exchanges {
    let loop: Loop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init(_ loop: Loop) { self.loop = loop }

    /// Boards, leads if it must, and waits.
    func ask(_ board: AnswerBoard<String>, _ key: CacheKey, leaders: Counter, gate: Gate) async -> String {
        let waiter: Waiter<String>
        switch board.board(key, wants: .none, accepts: { _ in true }) {
        case .hit: return "hit"
        case .joined(let joined): waiter = joined
        case .leads(let flight, let leading):
            waiter = leading
            leaders.add()
            Task {
                await gate.opened()
                flight.publish("landed")
                flight.retire()
            }
        }
        guard case .landed(let outcome) = await waiter.outcome(on: loop) else { return "not landed" }
        return outcome
    }
}

final class Counter: Sendable {
    private let value = Atomic<Int>(0)
    func add() { value.add(1, ordering: .relaxed) }
    var count: Int { value.load(ordering: .relaxed) }
}

/// Opened once; whoever comes before waits.
final class Gate: Sendable {
    private let state = Lock<(open: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

    func open() {
        let waiting = state.withLock { state in
            state.open = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func opened() async {
        await withCheckedContinuation { continuation in
            let now = state.withLock { state in
                if !state.open { state.waiting.append(continuation) }
                return state.open
            }
            if now { continuation.resume() }
        }
    }
}

@Suite(.timeLimit(.minutes(2))) struct FlightTests {
    private let board = AnswerBoard<String>(memory: 1 << 20)
    private let key = sampleKey()

    private func lead(
        wants: LogprobWants = .none,
        forbidsStore: Bool = false
    ) throws -> (flight: Flight<String>, waiter: Waiter<String>) {
        let boarding = board.board(key, wants: wants, forbidsStore: forbidsStore, accepts: { _ in true })
        guard case .leads(let flight, let waiter) = boarding else { throw Unexpected() }
        return (flight, waiter)
    }

    private func join(wants: LogprobWants = .none, forbidsStore: Bool = false) throws -> Waiter<String> {
        let boarding = board.board(key, wants: wants, forbidsStore: forbidsStore, accepts: { _ in true })
        guard case .joined(let waiter) = boarding else { throw Unexpected() }
        return waiter
    }

    private struct Unexpected: Error {}

    /// The promise of DESIGN section 11: 1,000 identical concurrent misses are one upstream call.
    @Test func aThousandAtOnceOnTwoLoopsAreOneFlight() async {
        let loops = [Loop.start(name: "exchanges-1"), Loop.start(name: "exchanges-2")]
        let workers = loops.map { Exchanges($0) }
        let leaders = Counter()
        let gate = Gate()
        let board = board
        let key = key
        let outcomes = await withTaskGroup(of: String.self) { group in
            for index in 0..<1000 {
                group.addTask { await workers[index % 2].ask(board, key, leaders: leaders, gate: gate) }
            }
            #expect(await eventually { board.statistics.joined + board.statistics.led == 1000 })
            gate.open()
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(leaders.count == 1)
        #expect(outcomes.count == 1000)
        #expect(outcomes.allSatisfy { $0 == "landed" })
        #expect(board.statistics.flights == 0)
        for loop in loops { loop.stop() }
        for loop in loops { loop.join() }
    }

    @Test func theWorkIsCancelledWhenTheLastWaiterLeaves() async throws {
        let (flight, first) = try lead()
        let second = try join()
        let task = Task<Void, Never> { while !Task.isCancelled { await Task.yield() } }
        flight.whenAbandoned { task.cancel() }
        first.leave()
        first.leave()
        #expect(!task.isCancelled)
        #expect(flight.waiters == 1)
        second.leave()
        #expect(task.isCancelled)
        await task.value
        // Given up, it is neither joined, nor does it remember or give anybody an outcome.
        #expect(!flight.remember(sampleAnswer(key), unixMilliseconds: unixNow()))
        flight.publish("late")
        _ = try lead()
    }

    @Test func workThatBeginsAfterAllHaveLeftIsCancelledAtOnce() throws {
        let (flight, waiter) = try lead()
        waiter.leave()
        let task = Task<Void, Never> { while !Task.isCancelled { await Task.yield() } }
        flight.whenAbandoned { task.cancel() }
        #expect(task.isCancelled)
    }

    @Test func anOpenFlightGivesItsWaitersSomethingToFollowAndIsStillCancelled() async throws {
        let (flight, first) = try lead()
        let cancelled = Counter()
        flight.whenAbandoned { cancelled.add() }
        flight.open("stream")
        guard case .landed("stream") = await first.outcome() else { throw Unexpected() }
        let late = try join()
        guard case .landed("stream") = await late.outcome() else { throw Unexpected() }
        first.leave()
        #expect(cancelled.count == 0)
        late.leave()
        #expect(cancelled.count == 1)
        _ = try lead()
    }

    @Test func whatAnOpenFlightPublishesIsForThoseWhoComeLater() async throws {
        let (flight, first) = try lead()
        let cancelled = Counter()
        flight.whenAbandoned { cancelled.add() }
        flight.open("stream")
        _ = await first.outcome()
        flight.publish("whole")
        let late = try join()
        guard case .landed("whole") = await late.outcome() else { throw Unexpected() }
        first.leave()
        late.leave()
        #expect(cancelled.count == 0)
    }

    @Test func aFlightAloneIsFoundByNobodyAndRemembersNothing() async throws {
        let (flight, waiter) = Flight<String>.alone(key, wants: .none, forbidsStore: false)
        _ = try lead()
        #expect(!flight.remember(sampleAnswer(key), unixMilliseconds: unixNow()))
        flight.publish("mine")
        guard case .landed("mine") = await waiter.outcome() else { throw Unexpected() }
    }

    @Test func whoHasLeftIsNotCalledWhetherItWaitedBeforeOrAfter() throws {
        let loop = Loop(name: "exchange")
        let (flight, first) = try lead()
        let (second, third) = (try join(), try join())
        let calls = Counter()
        loop.post {
            first.whenArrived(on: loop) { _ in calls.add() }
            first.leave()
            flight.publish("landed")
            second.leave()
            second.whenArrived(on: loop) { _ in calls.add() }
            #expect(calls.count == 0)
            third.whenArrived(on: loop) { _ in calls.add() }
            #expect(calls.count == 1)
            loop.stop()
        }
        loop.run()
        #expect(calls.count == 1)
    }

    @Test func aForgottenWaiterHasLeft() throws {
        var (flight, waiter): (Flight<String>, Waiter<String>?) = try lead()
        #expect(flight.waiters == 1)
        _ = consume waiter
        waiter = nil
        #expect(flight.waiters == 0)
        flight = try lead().flight
        #expect(flight.waiters == 0)
    }

    @Test func theOutcomeIsSharedAndTheFlightJoinableUntilRetired() async throws {
        let (flight, first) = try lead()
        let second = try join()
        flight.publish("failed upstream")
        let third = try join()
        for waiter in [first, second, third] {
            guard case .landed("failed upstream") = await waiter.outcome() else { throw Unexpected() }
        }
        flight.retire()
        _ = try lead()
    }

    @Test func retiredBeforeItLandedItIsJoinableUntilItLands() async throws {
        let (flight, first) = try lead()
        flight.retire()
        let second = try join()
        flight.publish("landed")
        for waiter in [first, second] { guard case .landed = await waiter.outcome() else { throw Unexpected() } }
        _ = try lead()
    }

    @Test func afterItsOwnDeadlineThoseWithTimeLeftStartOneNewFlightTogether() async throws {
        let (flight, first) = try lead()
        let waiters = try [first] + (0..<99).map { _ in try join() }
        let board = board
        let key = key
        let leaders = Counter()
        let landed = await withTaskGroup(of: Bool.self) { group in
            for waiter in waiters {
                group.addTask {
                    guard case .expired = await waiter.outcome() else { return false }
                    switch board.board(key, wants: .none, accepts: { _ in true }) {
                    case .hit: return false
                    case .joined(let again): if case .landed("second") = await again.outcome() { return true }
                    case .leads(let next, let again):
                        leaders.add()
                        _ = await eventually { next.waiters == 100 }
                        next.publish("second")
                        next.retire()
                        if case .landed("second") = await again.outcome() { return true }
                    }
                    return false
                }
            }
            flight.expire()
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(leaders.count == 1)
        #expect(landed == 100)
        // The first flight is over: nothing of it counts any more.
        flight.publish("late")
        #expect(!flight.remember(sampleAnswer(key), unixMilliseconds: unixNow()))
    }

    @Test func expiringAfterItLandedChangesNothing() async throws {
        let (flight, waiter) = try lead()
        flight.publish("landed")
        flight.expire()
        guard case .landed("landed") = await waiter.outcome() else { throw Unexpected() }
    }

    @Test func whoWantsMoreLogprobsDoesNotJoin() throws {
        let (few, fewWaiter) = try lead(wants: .top(1))
        let (many, manyWaiter) = try lead(wants: .top(5))
        let third = try join(wants: .top(3))
        #expect(many.waiters == 2)
        let fourth = try join(wants: .none)
        #expect(few.waiters == 2)
        for waiter in [fewWaiter, manyWaiter, third, fourth] { waiter.leave() }
    }

    @Test func oneWaiterThatForbidsStoringForbidsIt() throws {
        let (flight, first) = try lead()
        let second = try join(forbidsStore: true)
        #expect(!flight.settleHarvest())
        // It makes none already: another who forbids may join.
        let third = try join(forbidsStore: true)
        for waiter in [first, second, third] { waiter.leave() }
    }

    @Test func onceTheCandidateIsDecidedOnWhoForbidsStoringStartsAFlightOfItsOwn() throws {
        let (flight, first) = try lead()
        #expect(flight.settleHarvest())
        let (own, ownWaiter) = try lead(forbidsStore: true)
        #expect(!own.settleHarvest())
        let second = try join()
        flight.publish("landed")
        // Landed, it is as good as a hit.
        let third = try join(forbidsStore: true)
        for waiter in [first, ownWaiter, second, third] { waiter.leave() }
    }

    @Test func aFlightBegunBeforeADropDoesNotRemember() async throws {
        let (flight, waiter) = try lead()
        board.drop(key)
        #expect(flight.isDropped)
        #expect(!flight.remember(sampleAnswer(key), unixMilliseconds: unixNow()))
        flight.publish("dropped")
        guard case .landed("dropped") = await waiter.outcome() else { throw Unexpected() }
        // Not joined any more; the next flight remembers.
        let (next, nextWaiter) = try lead()
        #expect(next.remember(sampleAnswer(key), unixMilliseconds: unixNow()))
        #expect(board.peek(key) != nil)
        board.drop(key)
        #expect(board.peek(key) == nil)
        nextWaiter.leave()
    }

    /// The drop's DEL may overtake a SET on another connection; the one that follows the SET cannot.
    @Test func aSetThatWasQueuedBeforeADropIsFollowedByADelete() async throws {
        let server = try RedisServer()
        let host = try await LinkHost.start(server.address)
        let (flight, waiter) = try lead()
        let answer = sampleAnswer(key)
        #expect(flight.remember(answer, unixMilliseconds: unixNow()))
        server.pause()
        await host.set(key, answer.encode(), owner: flight)
        flight.publish("landed")
        board.drop(key)
        server.resume()
        #expect(await eventually { host.counters[.stored] == 1 })
        #expect(await eventually { await host.unanswered == 0 })
        #expect(server.command("EXISTS", "understudy:answer:\(key.hex)") == ":0\r\n")
        waiter.leave()
        await host.stop()
    }

    @Test func staysJoinableUntilTheSetIsAnswered() async throws {
        let server = try RedisServer()
        let host = try await LinkHost.start(server.address)
        let board = AnswerBoard<String>(memory: 0)
        guard case .leads(let flight, let waiter) = board.board(key, wants: .none, accepts: { _ in true }) else {
            throw Unexpected()
        }
        server.pause()
        await host.set(key, sampleAnswer(key).encode(), owner: flight)
        flight.publish("landed")
        guard case .joined(let late) = board.board(key, wants: .none, accepts: { _ in true }) else {
            throw Unexpected()
        }
        guard case .landed("landed") = await late.outcome() else { throw Unexpected() }
        server.resume()
        #expect(await eventually { board.statistics.flights == 0 })
        #expect(await host.recall(key) != nil)
        waiter.leave()
        await host.stop()
    }
}
