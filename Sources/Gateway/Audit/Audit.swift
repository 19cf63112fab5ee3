// One audited exchange, from the end of its flight to the record that says whether both models agree:
//
//     large's answer missing ─► ask large ─┐
//     small's was cut off    ─► ask small ─┴─► compare ─┬─ decided ────────────────────► record
//                                                       ├─ judge: ask large, twice ────►
//                                                       └─ dsl: run a command (bench) ─►
//
// Nobody waits for it. It goes on in the settings that its flight had. What it costs counts as what clients cause does.
//
// - Small was accepted and large contradicts it: a candidate, and what was remembered is dropped, here and in Redis at
//   once, at other gateways with the record (the store adds the drop).
// - Both agree, or large's answer is none to compare with: a record that figures rest on, and no work for anybody.
// - Small was not accepted: the fallback's candidate is there already; its record gets the result.

import Cache
import Completions
import HTTPClient
import Harvest
import JSON
import Judgment
import Loop
import Settings

/// See the head of the file. Confined to its worker's loop.
final class Audit {
    private let work: FlightWork
    private var judged: JudgedSmall
    private var draw: Candidate.Audit
    private var large: (attempt: Attempt, answer: CompletionAnswer, checks: Verdict)?
    /// Small's answer had been accepted.
    private let wasAccepted: Bool
    /// Of the verdict, by which the record is filed.
    private let reason: VerdictReason
    private var call: ModelCall?
    private var takes: ((Attempt) -> Void)?
    private var isOver = false
    /// Called once, when it is over.
    var whenOver: (() -> Void)?

    init(of work: FlightWork, _ judged: JudgedSmall, _ draw: Candidate.Audit) {
        self.work = work
        self.judged = judged
        self.draw = draw
        large = work.large.given
        wasAccepted = judged.verdict.accepted
        reason = wasAccepted ? judged.verdict.reason : work.reason
    }

    private var station: Station { work.station }
    private var route: ServedRoute { work.route }

    /// Bytes that it holds while it waits.
    var size: Int {
        2048 + work.request.body.count + judged.answer.raw.count + (large?.answer.raw.count ?? 0)
    }

    /// Whether the model that it would ask first has places to spare: clients come first.
    var mayBegin: Bool {
        let model = large == nil ? route.large : judged.attempt.model
        let admission = model.admission
        return admission.queued == 0 && admission.inFlight < max(1, model.settings.maxInFlight / 2)
    }

    func begin() {
        if large == nil { return askLarge() }
        if judged.attempt.cutAt != nil { return askSmall() }
        compare()
    }

    /// The gateway goes down, or there is no room for it.
    func cancel(_ why: String) {
        if let call {
            self.call = nil
            note(call.cancel(), as: call.model === route.large ? .large : .small)
        }
        fail(why)
    }

    // MARK: What is missing

    private func askLarge() {
        ask(route.large, work.request) { [self] attempt in
            note(attempt, as: .large)
            guard case .success(let answer) = attempt.result else { return fail("large", attempt) }
            let checks = route.largeJudge.judge(answer, context: work.judgingContext, scratch: station.scratch)
            large = (attempt, answer, checks)
            begin()
        }
    }

    private func askSmall() {
        ask(judged.attempt.model, work.request) { [self] attempt in
            note(attempt, as: .small)
            guard case .success(let answer) = attempt.result else { return fail("small", attempt) }
            let verdict = route.judge.judge(answer, context: work.judgingContext, scratch: station.scratch)
            judged = JudgedSmall(attempt, answer, verdict)
            compare()
        }
    }

    private func ask(_ model: ServedModel, _ request: CompletionRequest, _ taker: @escaping (Attempt) -> Void) {
        if model.settings === route.large.settings, !route.mayAudit(at: station.unixMilliseconds) {
            return fail("half of the ceiling on spending was reached")
        }
        do throws(InvalidRequest) {
            let draft = try ModelRequest(request, to: model, streamed: false)
            let call = ModelCall(model, draft, parser: station.parser, keepsChunks: false, owner: self)
            self.call = call
            takes = taker
            let deadline = MonotonicTime.now().advanced(by: model.timeouts.total + .seconds(1))
            call.begin(over: work.lines, forwarding: model.forwarded(work.headers), deadline: deadline)
        } catch {
            fail("the request cannot be put to the model: \(error.message)")
        }
    }

    private func note(_ attempt: Attempt, as role: ModelRole) {
        station.meters.asked(attempt.model, role, attempt.call)
        if role == .large, let cost = attempt.call.cost { route.spend?.add(cost, at: Int(station.unixMilliseconds)) }
    }

    // MARK: Comparing

    private func compare() {
        guard let large else { return }
        guard large.checks.accepted, large.answer.isWhole else {
            let why = large.checks.accepted ? "it is not whole" : large.checks.reason.rawValue
            return fail("large's answer is no reference: \(why)")
        }
        guard let candidate = candidate() else { return }
        let back = LoopCall<ComparisonBench.Finding>(on: station.loop) { [self] in compared($0) }
        station.shared.audits.bench.compare(candidate, by: route.settings.comparator) { back.make($0) }
    }

    private func compared(_ finding: ComparisonBench.Finding) {
        guard !isOver else { return }
        switch finding {
        case .none(let why): fail(why)
        case .decided(let comparison): decide(comparison)
        case .ask(let questions, let read): askJudge(questions, [], read)
        }
    }

    /// One after the other: large as it is, without the route's prompt and parameters.
    private func askJudge(
        _ questions: [JudgeQuestion],
        _ replies: [[UInt8]],
        _ read: @escaping @Sendable ([[UInt8]]) -> Comparison
    ) {
        guard let question = questions.dropFirst(replies.count).first else { return decide(read(replies)) }
        let model = work.lines.snapshot.models[route.large.line]
        guard let request = question.request(to: model.dialect, parser: station.parser) else {
            return fail("the judge cannot be asked")
        }
        ask(model, request) { [self] attempt in
            note(attempt, as: .large)
            guard case .success(let answer) = attempt.result else { return fail("the judge", attempt) }
            askJudge(questions, replies + [answer.choices.first?.text ?? []], read)
        }
    }

    // MARK: The end

    private func decide(_ comparison: Comparison) {
        draw.result = comparison.isEqual ? .agree : .contradict
        draw.similarity = comparison.similarity
        draw.note = comparison.note
        end()
    }

    private func fail(_ who: String, _ attempt: Attempt) {
        guard case .failure(let problem) = attempt.result else { return }
        fail("\(who) gave no answer: \(problem.kind)")
    }

    private func fail(_ why: String) {
        draw.result = .failed
        draw.note = why
        end()
    }

    private func end() {
        guard !isOver else { return }
        isOver = true
        takes = nil
        if draw.result == .contradict, wasAccepted { takeBack() }
        station.meters.audited(route.meter, draw.result)
        if wasAccepted, draw.draw == .random, draw.result != .failed, let arm = route.arm {
            arm.tally.add(arm.side, agrees: draw.result == .agree)
        }
        if let candidate = candidate() { keep(candidate) }
        whenOver.take()?()
    }

    /// Nil where large has not answered: of what was asked for no client, there is nothing to keep then.
    private func candidate() -> Candidate? {
        guard let large else { return nil }
        var candidate = work.candidate(
            large.attempt,
            large.answer,
            large.checks,
            of: judged,
            because: reason,
            audit: draw
        )
        if wasAccepted, draw.result != .contradict { candidate.status = .audited }
        return candidate
    }

    private func keep(_ candidate: Candidate) {
        var candidate = candidate
        let isNew = work.large.candidate == nil
        work.name(&candidate)
        let counts = isNew && candidate.status == .new
        let kept = LoopCall<Kept>(on: station.loop) { [station, route, reason] kept in
            if counts, kept == .kept { station.meters.candidate(route.meter, reason) }
        }
        station.shared.spool.keep(candidate, redactor: route.settings.redactor) { kept.make($0) }
    }

    private func takeBack() {
        guard let key = work.key else { return }
        station.shared.board.drop(key)
        station.redis?.delete(key)
    }
}

extension Audit: ModelCallOwner {
    func grew(_ call: ModelCall, by piece: AnswerPiece) {}

    func hasRead(_ call: ModelCall) {}

    func ended(_ call: ModelCall, _ attempt: Attempt) {
        guard call === self.call else { return }
        self.call = nil
        takes.take()?(attempt)
    }
}

@available(*, unavailable, message: "confined to its worker's loop")
extension Audit: Sendable {}

extension JudgeQuestion {
    /// Nil where it cannot be said.
    fileprivate func request(to dialect: Dialect, parser: JSONParser) -> CompletionRequest? {
        var writer = JSONWriter(reserving: user.utf8.count + 1024)
        writer.beginObject()
        writer.name("model")
        writer.string("judge")
        writer.name("temperature")
        writer.number(0)
        switch dialect {
        case .chat:
            writer.name("messages")
            writer.beginArray()
            for (role, content) in [("system", system), ("user", user)] {
                writer.beginObject()
                writer.name("role")
                writer.string(role)
                writer.name("content")
                writer.string(content)
                writer.endObject()
            }
            writer.endArray()
        case .completions:
            writer.name("prompt")
            writer.string("\(system)\n\n\(user)\n\n")
            // Providers stop completions after 16 tokens unless told otherwise.
            writer.name("max_tokens")
            writer.number(256)
        }
        writer.endObject()
        return try? CompletionRequest.read(writer.bytes, dialect: dialect, parser: parser)
    }
}
