import Completions
import JSON
import Judgment
public import Settings

/// What came of asking one model, as `understudy check --ask` says it.
public struct ModelReport: Sendable {
    enum Outcome: Sendable {
        /// It has no `model`: there is nobody to ask.
        case untrained
        /// `refused`: the provider's words where it answers only without log-probabilities.
        case answered(as: String, milliseconds: Int, Logprobs, refused: String?)
        case failed(String, milliseconds: Int)
    }

    enum Logprobs: Sendable {
        case none
        /// For so many tokens, each with at most so many alternatives.
        case given(tokens: Int, alternatives: Int)
    }

    /// The entry in the settings.
    public let model: String
    let outcome: Outcome

    public var isFailed: Bool { if case .failed = outcome { true } else { false } }

    /// One line.
    public var line: String {
        switch outcome {
        case .untrained: return "\(model): not asked, not trained yet (it has no 'model')"
        case .failed(let why, let milliseconds): return "\(model): no answer after \(milliseconds) ms: \(why)"
        case .answered(let name, let milliseconds, let logprobs, let refused):
            let tokens =
                switch logprobs {
                case .none: refused.map { "refuses log-probabilities (\($0))" } ?? "no log-probabilities"
                case .given(let tokens, let alternatives):
                    "log-probabilities for \(tokens) tokens, with up to \(alternatives) alternatives each"
                }
            return "\(model): '\(name)' answered in \(milliseconds) ms; \(tokens)"
        }
    }

    /// Whether a route's confidence can be computed from what this model gives.
    func suffices(for rule: ConfidenceRule) -> Bool {
        // Of a model that failed or was not asked nothing is known; the first was complained of already.
        guard case .answered(_, _, let logprobs, _) = outcome else { return true }
        guard case .given(_, let alternatives) = logprobs else { return false }
        return rule.score != .margin || alternatives >= 2
    }
}

extension ModelReport {
    init(_ attempt: Attempt, refused: String?) {
        model = attempt.model.name
        let milliseconds = Int((attempt.call.took.seconds * 1000).rounded())
        switch attempt.result {
        case .failure(let problem):
            outcome = .failed(Self.words(for: problem, attempt.model), milliseconds: milliseconds)
        case .success(let answer):
            let found = answer.choices.compactMap(\.logprobs).filter { $0.count > 0 }
            let logprobs =
                found.first.map { Logprobs.given(tokens: $0.count, alternatives: $0.alternatives) } ?? .none
            outcome = .answered(as: attempt.modelName, milliseconds: milliseconds, logprobs, refused: refused)
        }
    }

    init(untrained model: ServedModel) {
        self.model = model.name
        outcome = .untrained
    }

    private static func words(for problem: AskProblem, _ model: ServedModel) -> String {
        let detail = problem.detail ?? problem.error.message
        switch problem.kind {
        case .status404: return "\(detail) (is '\(model.modelName)' the provider's name, and the base URL right?)"
        case .contentType: return "the answer is not JSON (\(detail))"
        case .malformed: return "the answer cannot be read (\(detail))"
        default: return detail
        }
    }
}

extension GatewaySettings {
    /// Routes whose confidence cannot be computed from what their small models were found to give, a line each.
    public func complaints(about reports: [ModelReport]) -> [String] {
        let reports = Dictionary(reports.map { ($0.model, $0) }, uniquingKeysWith: { first, _ in first })
        return routes.values.sorted { $0.name < $1.name }.flatMap { route -> [String] in
            guard let rule = route.confidence, rule.whenMissing.text != .accept else { return [] }
            let smalls = Set(([route.small] + route.rules.map(\.small)).compactMap { $0?.name })
            return smalls.sorted().filter { reports[$0]?.suffices(for: rule) == false }.map { small in
                let follows = rule.whenMissing.text == .fail ? "fails" : "falls back"
                let needs = rule.score == .margin ? "two alternatives a token" : "log-probabilities"
                return "routes.\(route.name).confidence: \(rule.scoreName) needs \(needs), and '\(small)' gives none: "
                    + "every answer \(follows)"
            }
        }
    }
}
