import Testing

@testable import Simulation

@Suite struct StreamRunTests {
    private func plan(_ model: ModelScript, streams: Bool = true) throws -> PlannedReply {
        let body = #"{"model":"m","stream":\#(streams),"prompt":"hi"}"#
        return model.plan(try ProviderRequest.read(Array(body.utf8), dialect: .completions), call: 3, seed: 5)
    }

    /// All steps to the last.
    private func steps(_ reply: PlannedReply) throws -> [StreamRun.Step] {
        var run = StreamRun(try #require(reply.stream), ending: reply.ending)
        var steps: [StreamRun.Step] = []
        while true {
            steps.append(run.next())
            switch steps.last {
            case .end?, .hang?: return steps
            default: continue
            }
        }
    }

    /// A run in one line: `.` waits, `w3` writes events with three tokens, `|` ends.
    private func outline(_ steps: [StreamRun.Step]) -> String {
        steps.map { step in
            switch step {
            case .write(_, let tokens): "w\(tokens)"
            case .wait: "."
            case .hang: "-"
            case .end(_, let tokens, _): "|\(tokens)"
            }
        }.joined()
    }

    private func waiting(_ steps: [StreamRun.Step]) -> Duration {
        steps.reduce(.zero) { sum, step in
            if case .wait(let time) = step { sum + time } else { sum }
        }
    }

    @Test("each token is waited for, and a stream takes as long as the whole answer")
    func pace() throws {
        var model = ModelScript(says: "one two three", latency: .milliseconds(7))
        model.perToken = .milliseconds(10)
        let steps = try steps(plan(model))
        #expect(outline(steps) == ".w1.w1.w1w0|0")
        #expect(waiting(steps) == .milliseconds(30))

        model.jitter = .milliseconds(50)
        model.tokenJitter = .milliseconds(20)
        let stream = try plan(model)
        let waits = try self.steps(stream)
        #expect(waiting(waits) > .milliseconds(30))
        #expect(stream.delay + waiting(waits) == (try plan(model, streams: false).delay))
        #expect(try self.steps(plan(model)) == waits)
        #expect(Set(waits.compactMap { if case .wait(let time) = $0 { time } else { nil } }).count == 3)
    }

    @Test("an event of several tokens is waited for once, as long as for all of them")
    func grouped() throws {
        var model = ModelScript(says: "one two three")
        model.perToken = .milliseconds(10)
        model.stream.tokensPerEvent = 2
        let steps = try steps(plan(model))
        #expect(outline(steps) == ".w2.w1w0|0")
        #expect(waiting(steps) == .milliseconds(30))
    }

    @Test("what fills no chunk leaves before a stall and with the end")
    func chunks() throws {
        var model = ModelScript(says: "one two three", faults: [ScriptedFault(.stream(.stall(after: 2)))])
        model.stream.chunkBytes = 100_000
        #expect(outline(try steps(plan(model))) == "w2-")
        model.faults = []
        #expect(outline(try steps(plan(model))) == "|3")
        model.faults = [ScriptedFault(.stream(.reset(after: 1)))]
        #expect(outline(try steps(plan(model))) == "|1")
    }

    @Test("faults strike in the order of their events, before the wait for the next")
    func faults() throws {
        var model = ModelScript(
            says: "one two three",
            faults: [
                ScriptedFault(.stream(.close(after: 2))), ScriptedFault(.stream(.stall(after: 1, for: .seconds(9)))),
            ]
        )
        model.perToken = .milliseconds(1)
        let steps = try steps(plan(model))
        #expect(outline(steps) == ".w1..w1|0")
        #expect(steps.last == .end([], tokens: 0, .close))
        #expect(steps[2] == .wait(.seconds(9)))
    }

    @Test("a stream with fewer events than a fault counts stays whole")
    func late() throws {
        let model = ModelScript(says: "one", faults: [ScriptedFault(.stream(.reset(after: 3)))])
        #expect(try steps(plan(model)).last == .end(Array("data: [DONE]\n\n".utf8), tokens: 0, .finish))
    }

    @Test("an endless stream is made one event at a time")
    func endless() throws {
        let model = ModelScript(says: "a b", faults: [ScriptedFault(.stream(.endless))])
        var run = StreamRun(try #require(try plan(model).stream))
        var tokens = 0
        for _ in 0..<10_000 {
            guard case .write(_, let count) = run.next() else { break }
            tokens += count
        }
        #expect(tokens == 10_000)
    }
}
