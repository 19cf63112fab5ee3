import Cache
import Completions
import Harvest
import JSON
import Judgment
import Loop
import Routing
import Settings

extension FlightWork {
    /// Keeps what the large model was asked and said, before anybody sees its answer.
    ///
    /// Every call of large made for a client makes one candidate, whatever the reason, unless the route, the key or the
    /// request forbids it. A spool that is late or full is counted and shown by readiness; the answer goes all the same.
    func harvest(
        _ large: CheckedAnswer,
        because reason: VerdictReason,
        rejected: Rejected?,
        failed: Attempt?
    ) async {
        guard route.mayHarvest(request, for: client), flight?.settleHarvest() ?? true else {
            asked.kept = .forbidden
            return
        }
        let started = MonotonicTime.now()
        let candidate = candidate(large, because: reason, rejected: rejected, failed: failed)
        let kept = await station.shared.spool.keep(candidate)
        if kept == .kept { station.meters.candidate(route.meter, reason) }
        asked.kept = kept == .kept ? .kept : .failed
        asked.harvest = MonotonicTime.now() - started
    }

    private func candidate(
        _ large: CheckedAnswer,
        because reason: VerdictReason,
        rejected: Rejected?,
        failed: Attempt?
    ) -> Candidate {
        let verdict = rejected?.verdict
        return Candidate(
            requestID: requestID.text,
            route: route.name,
            environment: lines.snapshot.settings.server.environment,
            contract: route.settings.contract,
            version: choice.role == .small ? choice.version : nil,
            reason: reason.rawValue,
            detail: verdict?.detail ?? failed.flatMap(\.problemText),
            request: request.body,
            prompt: Candidate.Prompt(
                small: smallPrompt(rejected?.attempt ?? failed),
                large: sentPrompt(large.attempt)
            ),
            small: rejected.map { Candidate.Answer($0.attempt, $0.answer) },
            large: Candidate.Answer(large.attempt, large.answer),
            score: verdict?.score,
            threshold: route.settings.confidence?.threshold,
            cacheKey: key?.hex,
            metadata: metadata,
            untrainable: large.checks.accepted ? nil : large.checks.reason.rawValue,
            stop: route.trainee?.firstStop
        )
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
            milliseconds: attempt.call.took.seconds * 1000
        )
    }
}

extension Attempt {
    fileprivate var problemText: String? {
        guard case .failure(let problem) = result else { return nil }
        return problem.error.message
    }
}
