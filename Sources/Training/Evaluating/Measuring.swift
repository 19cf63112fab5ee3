// Asks everybody about every input, and compares. What comes out is all that figures are made of (MeasuredItem).
//
//     small           once, as the version answers today
//     large           the answer that is kept with the input is the reference, or one is asked for; and it is asked
//                     once more: how far does it agree with itself, what does it cost, how long does it take today
//     in service      once, where there is a version to compare with

import Completions
import Harvest
import JSON
import Judgment
import Loop
import Settings

struct Measuring: Sendable {
    /// The version in service, to compare with.
    struct Incumbent: Sendable {
        var asking: any ModelAsking
        var gate: Gate
    }

    let route: RouteSettings
    /// Its small model is the version.
    let asking: any ModelAsking
    let incumbent: Incumbent?
    let comparing: AnswerComparing

    /// Apart from the samples that examples were made of: those were kept because they agreed.
    private static let firstSample = 1000
    private static let secondSample = 1001

    private static let atOnce = 32

    /// - Parameters:
    ///   - twice: false: only what a threshold is chosen by: small, and the reference.
    ///   - progress: called with how many are done.
    func measure(
        _ items: [EvaluationItem],
        twice: Bool,
        progress: @Sendable (Int) -> Void
    ) async throws -> [MeasuredItem] {
        try await items.concurrentMap(atMost: Self.atOnce, whenDone: progress) { item in
            try await measure(item, twice: twice)
        }
    }

    private func measure(_ item: EvaluationItem, twice: Bool) async throws -> MeasuredItem {
        let reference = try await reference(of: item)
        let small = try await ask(asking, item, as: .small, sample: 0).map { Self.small($0) }
        var measured = MeasuredItem(input: item.input, small: small, reference: reference, label: item.label?.text)
        measured.isBlind = item.label?.isBlind ?? false
        if let reference {
            let comparison = try await comparing.compare(small?.text, with: reference, input: item.text)
            measured.agreesWithLarge = comparison.isEqual
            measured.similarity = comparison.similarity
        }
        guard twice else { return measured }
        if let again = try await ask(asking, item, as: .large, sample: Self.secondSample) {
            measured.large = Self.call(again)
            if let reference, let text = Self.reference(again) {
                let comparison = try await comparing.compare(text, with: reference, input: item.text)
                measured.largeAgreesWithItself = comparison.isEqual
            }
        }
        if let label = item.label?.text {
            let small = try await comparing.compare(small?.text, with: label, input: item.text)
            measured.smallAgreesWithLabel = small.isEqual
            measured.largeAgreesWithLabel =
                try await comparing.compare(reference, with: label, input: item.text).isEqual
        }
        if let incumbent {
            let answer = try await ask(incumbent.asking, item, as: .small, sample: 0)
            measured.incumbentDefers = !incumbent.gate.accepts(answer.map { Self.small($0) })
        }
        return measured
    }

    // MARK: Answers

    /// Large's answer that others are held against; nil: it gives none, or it fails the route's checks.
    private func reference(of item: EvaluationItem) async throws -> String? {
        if let kept = item.large { return route.passesChecks(kept, to: item.request) ? CountedAnswer(kept)?.text : nil }
        return try await ask(asking, item, as: .large, sample: Self.firstSample).flatMap { Self.reference($0) }
    }

    private static func reference(_ answer: AskedAnswer) -> String? {
        answer.verdict.accepted ? CountedAnswer(answer.kept)?.text : nil
    }

    static func small(_ answer: AskedAnswer) -> MeasuredSmall {
        let verdict = answer.verdict
        return MeasuredSmall(
            text: CountedAnswer(answer.kept)?.text,
            passes: verdict.accepted || verdict.onlyConfidenceFailed,
            score: verdict.score,
            call: call(answer)
        )
    }

    private static func call(_ answer: AskedAnswer) -> MeasuredCall {
        MeasuredCall(
            cost: answer.cost,
            promptTokens: answer.promptTokens,
            completionTokens: answer.completionTokens,
            milliseconds: answer.milliseconds
        )
    }

    /// Nil: the provider will not answer this input, whoever asks how often. Anything else that goes wrong ends the
    /// evaluation, which goes on from where it was when it is run again.
    private func ask(
        _ asking: any ModelAsking,
        _ item: EvaluationItem,
        as role: ModelRole,
        sample: Int
    ) async throws -> AskedAnswer? {
        do {
            return try await asking.ask(item.request, as: role, sample: sample)
        } catch let failure as AskFailure {
            switch failure {
            case .unaskable: return nil
            // 401, 403 and 404 speak of the key and the model.
            case .refused(let status, _) where [400, 413, 422].contains(status): return nil
            default: throw failure
            }
        }
    }
}

extension RouteSettings {
    /// Whether a kept answer of large passes the route's checks; a refusal does not.
    func passesChecks(_ answer: Candidate.Answer, to request: [UInt8]) -> Bool {
        let parser = JSONParser()
        guard let choices = try? JSONTree.parse(answer.choices), let asked = try? JSONTree.parse(request),
            let request = try? CompletionRequest.read(
                request,
                dialect: asked["messages"] == nil ? .completions : .chat,
                parser: parser
            )
        else { return false }
        let dialect: Dialect = choices[0]?["message"] == nil ? .completions : .chat
        let body = JSONTree.members([("choices", choices)]).encode()
        guard let answer = try? CompletionAnswer.read(body, dialect: dialect, parser: parser) else { return false }
        let judge = Judge(checks: judge.checks, onRefusal: .fallback)
        return judge.judge(answer, context: JudgingContext(for: request)).accepted
    }
}
