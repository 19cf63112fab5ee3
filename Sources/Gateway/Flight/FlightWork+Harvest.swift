import Cache
import Completions
import Harvest
import JSON
import Judgment
import Loop
import Routing
import Settings

// What the large model was asked and said is kept before anybody sees its answer.
//
// Every call of large made for a client makes one candidate, whatever the reason, unless the route, the key or the
// request forbids it. Of an answer that is passed through as it comes, there are two records of the same id: what is
// known, before its first event, and all of it, before its last; the store keeps the second. So there are where small
// was let run and large was quicker: the second has small's answer whole. A spool that is late or full is counted and
// shown by readiness; the answer goes all the same.
extension FlightWork {
    /// - Parameters:
    ///   - answer: nil where it has only begun to come.
    ///   - then: called on the loop, inside this call where nothing is kept.
    func keep(_ attempt: Attempt, answer: CompletionAnswer?, checks: Verdict?, then: @escaping () -> Void) {
        guard mayHarvest else { return then() }
        let started = MonotonicTime.now()
        var candidate = candidate(attempt, answer, checks)
        name(&candidate)
        let call = LoopCall<Kept>(on: station.loop) { [self] kept in
            // Once for both records of one stream, whichever of them was kept.
            if kept == .kept, asked.kept != .kept { station.meters.candidate(route.meter, reason) }
            if asked.kept != .kept { asked.kept = kept == .kept ? .kept : .failed }
            asked.harvest += MonotonicTime.now() - started
            then()
        }
        station.shared.spool.keep(candidate, redactor: route.settings.redactor) { call.make($0) }
    }

    /// An answer that broke off after its beginning had been given: what had come of it, for the record. Nobody waits.
    func keepBroken(_ attempt: Attempt) {
        guard large.candidate != nil else { return }
        keepAgain(candidate(attempt, nil, nil))
    }

    /// Small's answer has come whole after large's was given: the store takes it for the one that was cut.
    func keepWhole() {
        guard large.candidate != nil, let (attempt, answer, checks) = large.given else { return }
        keepAgain(candidate(attempt, answer, checks))
    }

    private func keepAgain(_ candidate: Candidate) {
        var candidate = candidate
        name(&candidate)
        station.shared.spool.keep(candidate, redactor: route.settings.redactor) { _ in }
    }

    /// All records of one candidate have its name, and the time of that.
    func name(_ candidate: inout Candidate) {
        guard let id = large.candidate else { return large.candidate = candidate.id }
        candidate.id = id
        candidate.createdAt = id.time
    }

    private var mayHarvest: Bool {
        if large.candidate != nil { return true }
        if asked.kept == .forbidden { return false }
        if route.mayHarvest(request, for: client), flight.settleHarvest() { return true }
        asked.kept = .forbidden
        return false
    }

    private func candidate(_ attempt: Attempt, _ answer: CompletionAnswer?, _ checks: Verdict?) -> Candidate {
        candidate(attempt, answer, checks, of: small.rejected, because: reason, audit: draw)
    }

    /// - Parameters:
    ///   - attempt: large's.
    ///   - judged: what small had answered.
    func candidate(
        _ attempt: Attempt,
        _ answer: CompletionAnswer?,
        _ checks: Verdict?,
        of judged: JudgedSmall?,
        because reason: VerdictReason,
        audit: Candidate.Audit?
    ) -> Candidate {
        Candidate(
            requestID: requestID.text,
            route: route.name,
            environment: lines.snapshot.settings.server.environment,
            contract: route.settings.contract,
            version: choice.role == .small ? choice.version : nil,
            source: audit == nil ? .fallback : .audit,
            reason: reason.rawValue,
            detail: judged?.verdict.detail ?? small.failed.flatMap(\.problemText) ?? choice.obstacle?.message,
            request: request.body,
            prompt: Candidate.Prompt(
                small: smallPrompt(judged?.attempt ?? small.failed),
                large: sentPrompt(attempt)
            ),
            small: judged.map { Candidate.Answer($0.attempt, $0.answer) },
            large: Candidate.Answer(attempt, answer ?? attempt.soFar),
            score: judged?.verdict.score,
            threshold: route.settings.confidence?.threshold,
            cacheKey: key?.hex,
            status: answer == nil ? .incomplete : .new,
            metadata: metadata,
            untrainable: untrainable(checks),
            stop: route.trainee?.firstStop,
            audit: audit,
            client: client?.name
        )
    }

    /// Why the pair is nothing to learn from: large's answer is wrong, or small's prompt cannot say what was asked.
    private func untrainable(_ checks: Verdict?) -> String? {
        if let checks, !checks.accepted { return checks.reason.rawValue }
        return route.routing.obstacle(request)?.reason.rawValue
    }

    /// The prompt as it was sent, or as it would have been where small was not asked: training needs it either way.
    private func smallPrompt(_ attempt: Attempt?) -> [UInt8]? {
        if let attempt { return sentPrompt(attempt) }
        guard let small = route.trainee, let body = try? request.encode(for: small.target(for: request)) else {
            return nil
        }
        return prompt(in: body, small.dialect)
    }

    private func sentPrompt(_ attempt: Attempt) -> [UInt8]? {
        prompt(in: attempt.sent, attempt.model.dialect)
    }

    private func prompt(in body: [UInt8], _ dialect: Dialect) -> [UInt8]? {
        guard let root = try? station.parser.parse(body, integers: .any) else { return nil }
        let name: StaticString = dialect == .chat ? "messages" : "prompt"
        return root.members.first { $0.name.isString(name) }.map { Array($0.value.raw) }
    }
}

extension FlightWork {
    /// The client's `metadata` as it was sent.
    private var metadata: [UInt8]? {
        guard !request.metadata.isEmpty, let root = try? station.parser.parse(request.body, integers: .bounded) else {
            return nil
        }
        return root.members.first { $0.name.isString("metadata") }.map { Array($0.value.raw) }
    }
}

extension Candidate.Answer {
    fileprivate init(_ attempt: Attempt, _ answer: CompletionAnswer) {
        self.init(
            answer,
            model: attempt.model.modelName,
            cost: attempt.call.cost,
            milliseconds: attempt.call.took.seconds * 1000,
            cut: attempt.cutAt != nil,
            cutAt: attempt.cutAt
        )
    }
}

extension Attempt {
    /// What came before it was broken off.
    fileprivate var soFar: CompletionAnswer {
        if case .success(let answer) = result { answer } else { CompletionAnswer(dialect: model.dialect, choices: []) }
    }

    fileprivate var problemText: String? {
        guard case .failure(let problem) = result else { return nil }
        return problem.error.message
    }
}
