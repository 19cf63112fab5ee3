import Cache
import Completions
import JSON
import Judgment
import Routing
import Settings

// An explanation as facts under the eight verbs, each in the words that settings, headers and records use.
extension Explanation {
    var facts: Facts {
        var facts = Facts()
        facts.add("receive", receiveFacts)
        facts.add("choose", chooseFacts)
        facts.add("recall", recallFacts)
        facts.add("ask", askFacts)
        facts.add("judge", judgeFacts)
        facts.add("harvest", harvestFacts)
        facts.add("answer", answerFacts)
        facts.add("remember", rememberFacts)
        return facts
    }

    private var receiveFacts: Facts {
        var facts = Facts()
        facts.add("dialect", dialect.rawValue)
        if question.dialect == nil { facts.add("dialect_from", dialect == .chat ? "messages" : "prompt") }
        facts.add("key", client?.name)
        facts.add("bytes", question.body.count)
        facts.add("input_chars", request.inputCharacters)
        facts.add("choices", request.n)
        facts.add("max_tokens", request.maxTokens)
        facts.add("settings", snapshot.settings.version)
        return facts
    }

    private var recallFacts: Facts {
        var facts = Facts()
        facts.add("cache_key", key.hex)
        facts.add("scope", route.settings.caching.scope.rawValue)
        facts.add("looked_up", route.isCached(choice) && wishes.mayRecall)
        facts.add("why", whyNotRecalled)
        return facts
    }

    private var whyNotRecalled: String? {
        if let reason = whyNotCached { return reason }
        if wishes.forbidsStoring { return "cache-control: no-store" }
        if wishes.skipsStored { return "cache-control: no-cache" }
        return wishes.maxAge.map { "cache-control: a stored answer may be at most \($0) s old" }
    }

    private var whyNotCached: String? {
        if choice.isSmallForced { return "the client chose small: the answer is given whatever its verdict" }
        return route.settings.caching.scope == .none ? "cache: { scope: none }" : nil
    }

    private var harvestFacts: Facts {
        var facts = Facts()
        facts.add("policy", route.settings.harvest.rawValue)
        facts.add("key_policy", client?.harvest?.rawValue)
        facts.add("store", request.store)
        let may = route.mayHarvest(request, for: client) && !choice.isSmallForced
        facts.add("would_keep", may ? "what large answers, as a candidate" : "nothing")
        return facts
    }

    private var answerFacts: Facts {
        let settings = route.settings
        var facts = Facts()
        facts.add("on_large_invalid", settings.onLargeInvalid.rawValue)
        facts.add("on_large_error", settings.onLargeError.rawValue)
        if let spend = settings.spend {
            let what = "\(spend.large) USD per \(DurationText.print(spend.per)), then \(spend.whenOver.rawValue)"
            facts.add("spend", what + " (what was spent is known to running gateways only)")
        }
        guard let trial else { return facts }
        switch trial.ending {
        case .answered(let role, let reason, _):
            facts.add("answered_by", role.rawValue)
            facts.add("verdict", reason.rawValue)
            facts.add("fallback", role == .large && choice.role == .small)
        case .failed(let error):
            facts.add("status", error.status)
            facts.add("error", (try? JSONTree.parse(error.encode()))?["error"])
        }
        return facts
    }

    private var rememberFacts: Facts {
        var facts = Facts()
        facts.add("would_cache", wouldCache)
        facts.add("ttl", DurationText.print(route.settings.caching.ttl))
        return facts
    }

    private var wouldCache: String {
        if let reason = whyNotCached { return "nothing: \(reason)" }
        if wishes.forbidsStoring { return "nothing: cache-control: no-store" }
        guard route.mayRemember(choice, wishes) else { return "nothing: ttl is zero" }
        switch trial?.ending {
        case nil:
            return choice.role == .small
                ? "an accepted answer of small, or one of large that passes its checks, if whole"
                : "an answer of large that passes its checks, if whole"
        case .answered(let role, _, true): return "this answer of \(role.rawValue)"
        case .answered(_, _, false): return "nothing: the answer did not pass, is a refusal, or is not whole"
        case .failed: return "nothing: there is no answer"
        }
    }
}
