import Completions
import HTTPServer
import JSON
import Judgment
import Routing
import Settings

extension Explanation {
    /// What is sent to the models, and with `--ask` what they said.
    var askFacts: Facts {
        var facts = Facts()
        let small = route.small(choice) ?? route.trainee
        if let small { facts.add("small", sending(to: small, when: whenSmall(small), trial?.small)) }
        facts.add("large", sending(to: route.large, when: whenLarge, trial?.large))
        if let spared { facts.add("spared", spared) }
        return facts
    }

    private func whenSmall(_ small: ServedModel) -> String {
        if choice.role == .small { return "at once" }
        if !small.settings.isTrained { return "not asked: not trained yet" }
        return choice.obstacle == nil ? "not asked" : "not asked: \(choice.reason?.rawValue ?? "")"
    }

    private var whenLarge: String {
        if choice.role == .large { return "at once" }
        return choice.isSmallForced ? "not asked" : "if small's answer is rejected or does not come"
    }

    private func sending(to model: ServedModel, when: String, _ turn: Trial.Turn?) -> Facts {
        var facts = Facts()
        facts.add("when", when)
        facts.add("model", model.name)
        facts.add("url", "\(model.settings.baseURL)\(model.path)")
        let names = forwarded(to: model)
        if !names.isEmpty { facts.add("headers", names) }
        do throws(InvalidRequest) {
            let body = try request.encode(for: model.target(for: request))
            facts.add("body", try? JSONTree.parse(body))
            facts.add("input", length(of: model, turn).facts)
        } catch {
            // Of the model that is asked first this was an error before; the other's shows when its turn comes.
            facts.add("cannot_be_asked", error.message)
            facts.add("param", error.param)
        }
        if let turn { facts.add("said", said(turn)) }
        return facts
    }

    private func forwarded(to model: ServedModel) -> [JSONTree] {
        model.settings.headers.filter { headers.first($0) != nil }.map { .string($0) }
    }

    private func said(_ turn: Trial.Turn) -> Facts {
        var facts = Facts()
        let call = turn.attempt.call
        facts.add("ms", Self.rounded(call.took.seconds * 1000, 1))
        switch turn.attempt.result {
        case .failure(let problem):
            facts.add("error", problem.kind.rawValue)
            facts.add("detail", problem.detail ?? problem.error.message)
        case .success(let answer):
            facts.add("model", turn.attempt.modelName)
            facts.add("prompt_tokens", call.input)
            facts.add("completion_tokens", call.output)
            facts.add("cost_usd", call.cost)
            facts.add("choices", answer.choices.map { Self.facts(of: $0).tree })
        }
        return facts
    }

    private static func facts(of choice: Choice) -> Facts {
        func text(_ bytes: [UInt8]?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }
        var facts = Facts()
        facts.add("text", text(choice.text))
        facts.add("refusal", text(choice.refusal))
        let calls = choice.toolCalls.map { call in
            var facts = Facts()
            facts.add("name", text(call.name))
            facts.add("arguments", text(call.arguments))
            return facts.tree
        }
        if !calls.isEmpty { facts.add("tool_calls", calls) }
        facts.add("finish_reason", choice.finishReason?.text)
        facts.add("tokens_with_logprobs", choice.logprobs?.count ?? 0)
        return facts
    }

    /// How answers are judged, and with `--ask` how these were.
    var judgeFacts: Facts {
        let settings = route.settings
        var facts = Facts()
        facts.add("on_refusal", settings.onRefusal.rawValue)
        facts.add("checks", settings.checks.map { .string($0) })
        if let rule = settings.confidence {
            var confidence = Facts()
            confidence.add("score", rule.scoreName)
            confidence.add("threshold", rule.threshold)
            confidence.add("when_missing_text", rule.whenMissing.text.rawValue)
            confidence.add("when_missing_tools", rule.whenMissing.tools.rawValue)
            facts.add("confidence", confidence)
        }
        if let judged = trial?.small?.judged { facts.add("small", Self.facts(of: judged, isScored: true)) }
        if let judged = trial?.large?.judged { facts.add("large", Self.facts(of: judged, isScored: false)) }
        return facts
    }

    private static func facts(of judged: Trial.Judged, isScored: Bool) -> Facts {
        let verdict = judged.verdict
        var facts = Facts()
        facts.add("verdict", verdict.reason.rawValue)
        facts.add("detail", verdict.detail)
        facts.add("score", verdict.score)
        facts.add("failed_choice", verdict.failedChoice)
        if verdict.refused { facts.add("refused", true) }
        facts.add(
            "checks",
            judged.checks.map { check in
                var facts = Facts()
                facts.add("check", check.name)
                facts.add("outcome", check.outcome.rawValue)
                facts.add("detail", check.detail)
                if !check.isReached { facts.add("reached", false) }
                return facts.tree
            }
        )
        guard isScored else { return facts }
        facts.add("scores", Self.facts(of: judged.scores.all))
        facts.add("scores_over_values", Self.facts(of: judged.scores.values))
        return facts
    }

    private static func facts(of span: Scores.Span) -> Facts {
        var facts = Facts()
        facts.add("mean_logprob", .double(span.mean))
        facts.add("min_logprob", .double(span.min))
        facts.add("quantile_logprob(0.1)", .double(span.quantile10))
        facts.add("quantile_logprob(0.25)", .double(span.quantile25))
        facts.add("quantile_logprob(0.5)", .double(span.median))
        facts.add("first_token_logprob", .double(span.firstToken))
        facts.add("margin", .double(span.margin))
        return facts
    }

    static func rounded(_ value: Double, _ places: Int) -> JSONTree {
        var text: [UInt8] = []
        text.append(fixed: value, places: places)
        return .number(text)
    }
}
