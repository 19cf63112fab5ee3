// The order of decisions here is that of a flight (`FlightWork+Small.swift`, `FlightWork+Large.swift`), told a second
// time: there they are taken while answers come, between harvest, hedge, cut and commit; here both answers are whole,
// and nothing is kept. Whoever changes what follows from a verdict or an error changes both. Left out: the ceiling on
// spending, which is a matter of the moment.

import Completions
import HTTPServer
import JSON
import Judgment
import Loop
import Routing
import Settings

/// What came of really putting a request to the models: a flight's way, with nothing remembered, harvested or counted.
struct Trial: Sendable {
    /// One model's turn.
    struct Turn: Sendable {
        let attempt: Attempt
        /// Nil where it gave no answer.
        let judged: Judged?
    }

    /// What was thought of an answer.
    struct Judged: Sendable {
        let answer: CompletionAnswer
        let verdict: Verdict
        let scores: Scores
        /// Of every check by itself, also of those that the verdict did not come to.
        let checks: [CheckFinding]
    }

    struct CheckFinding: Sendable {
        let name: String
        let outcome: CheckOutcome
        let detail: String?
        /// The verdict came to it.
        let isReached: Bool
    }

    /// Who answers the client in the end, and why.
    enum Ending: Sendable {
        case answered(by: ModelRole, VerdictReason, mayBeRemembered: Bool)
        case failed(APIError)
    }

    private(set) var small: Turn?
    private(set) var large: Turn?
    private(set) var ending = Ending.failed(.internalError)

    /// Asks small if it was chosen, and large where an exchange would.
    static func run(_ explanation: Explanation, question: ModelQuestion) async -> Trial {
        var trial = Trial()
        await trial.ask(explanation, question)
        return trial
    }

    private mutating func ask(_ explanation: Explanation, _ question: ModelQuestion) async {
        let route = explanation.route
        guard let model = route.small(explanation.choice) else {
            return await askLarge(route, question, because: explanation.choice.reason ?? .noSmall)
        }
        let turn = await Self.turn(model, question, route.judge, route)
        small = turn
        guard let judged = turn.judged else {
            guard case .failure(let problem) = turn.attempt.result else { return }
            if explanation.choice.isSmallForced || problem.isFinal {
                ending = .failed(problem.error)
                return
            }
            return await askLarge(route, question, because: .smallError(problem.kind))
        }
        if judged.verdict.accepted || explanation.choice.isSmallForced {
            ending = .answered(by: .small, judged.verdict.reason, mayBeRemembered: judged.mayBeRemembered)
        } else if judged.verdict.consequence == .error {
            ending = .failed(.noLogprobs(route: route.name))
        } else {
            await askLarge(route, question, because: judged.verdict.reason)
        }
    }

    private mutating func askLarge(_ route: ServedRoute, _ question: ModelQuestion, because reason: VerdictReason) async
    {
        let turn = await Self.turn(route.large, question, route.largeJudge, route)
        large = turn
        guard let judged = turn.judged else {
            guard case .failure(let problem) = turn.attempt.result else { return }
            if route.settings.onLargeError == .small, !problem.isFinal, let small = small?.judged,
                small.verdict.onlyConfidenceFailed
            {
                ending = .answered(by: .small, reason, mayBeRemembered: false)
            } else {
                ending = .failed(problem.error)
            }
            return
        }
        if !judged.verdict.accepted, route.settings.onLargeInvalid == .error {
            ending = .failed(.answerInvalid(reason: judged.verdict.reason.rawValue))
        } else {
            ending = .answered(by: .large, reason, mayBeRemembered: judged.mayBeRemembered)
        }
    }

    private static func turn(_ model: ServedModel, _ question: ModelQuestion, _ judge: Judge, _ route: ServedRoute)
        async -> Turn
    {
        let attempt = await question.ask(model)
        guard case .success(let answer) = attempt.result else { return Turn(attempt: attempt, judged: nil) }
        let context = JudgingContext(for: question.request)
        let verdict = judge.judge(answer, context: context)
        let checks = zip(judge.checks, route.settings.checks).enumerated().map { position, check in
            let alone = Judge(checks: [check.0], onRefusal: judge.onRefusal).judge(answer, context: context)
            return CheckFinding(
                name: check.1,
                outcome: alone.checks[0],
                detail: alone.checks[0] == .fail ? alone.detail : nil,
                isReached: verdict.checks[position] != .notRun
            )
        }
        let scores = Scores(answer, context: context)
        let judged = Judged(answer: answer, verdict: verdict, scores: scores, checks: checks)
        return Turn(attempt: attempt, judged: judged)
    }
}

extension Trial.Judged {
    /// Passed, and whole.
    fileprivate var mayBeRemembered: Bool { verdict.mayBeRemembered && answer.isWhole }
}
