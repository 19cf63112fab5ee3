import Completions
import HTTPServer
import JSON
import Judgment
import Routing
import Settings

extension Explanation {
    var chooseFacts: Facts {
        var facts = Facts()
        facts.add("route", route.name)
        facts.add("decided_by", decidedBy)
        if !choice.isClients { facts.add("rules", ruleFacts) }
        facts.add("role", choice.role.rawValue)
        facts.add("reason", choice.reason?.rawValue)
        facts.add("why", why)
        facts.add("param", choice.obstacle?.param)
        facts.add("model", choice.model.name)
        facts.add("provider_model", choice.model.model)
        facts.add("version", choice.version)
        facts.add("contract", route.settings.contract)
        return facts
    }

    private var decidedBy: String {
        if choice.isClients { return "client" }
        return choice.ruleIndex.map { "rule \($0 + 1)" } ?? "route"
    }

    private var why: String {
        if choice.reason == .noSmall {
            return "small was wanted, and \(route.settings.small == nil ? "there is none" : "it is not trained yet")"
        }
        if let obstacle = choice.obstacle {
            return "small was wanted, and cannot be asked this: \(obstacle.message)"
        }
        if choice.isClients { return "x-understudy-use: \(choice.role.rawValue)" }
        if choice.ruleIndex != nil { return "the first rule whose conditions all hold" }
        return route.settings.rules.isEmpty ? "the route has no rules" : "no rule's conditions hold"
    }

    /// The rules in their order, up to the one that decided.
    private var ruleFacts: [JSONTree] {
        let looked = choice.ruleIndex.map { $0 + 1 } ?? route.settings.rules.count
        return route.settings.rules.prefix(looked).map { rule in
            var facts = Facts()
            facts.add("rule", rule.position + 1)
            facts.add("then", Self.outcome(rule))
            facts.add("when", rule.conditions.map { .string(words(for: $0, of: rule)) })
            facts.add("holds", rule.position == choice.ruleIndex)
            return facts.tree
        }
    }

    private static func outcome(_ rule: Rule) -> String {
        rule.small.map { "small: \($0.name)" } ?? "use: \(rule.use.rawValue)"
    }

    /// A condition, and what the request has in its place.
    private func words(for condition: Rule.Condition, of rule: Rule) -> String {
        let holds = route.routing.holds(condition, of: rule, request, { headers[$0] }, { material })
        let (text, found) = Self.words(for: condition, of: rule, self)
        return "\(text): \(holds ? "yes" : "no"), \(found)"
    }

    private static func words(
        for condition: Rule.Condition,
        of rule: Rule,
        _ explanation: Explanation
    ) -> (String, String) {
        switch condition {
        case .inputCharacters(let over, let under):
            let limits = [over.map { "over \($0)" }, under.map { "under \($0)" }].compactMap { $0 }
            return ("input_chars \(limits.joined(separator: " and "))", "it has \(explanation.request.inputCharacters)")
        case .header(let name, let value):
            let found = explanation.headers[name].map { "it says '\(String(decoding: $0, as: UTF8.self))'" }
            let wanted = "\(String(decoding: name, as: UTF8.self)): \(String(decoding: value, as: UTF8.self))"
            return ("header \(wanted)", found ?? "it was not sent")
        case .share(let share):
            let position = RoutePlan.position(of: explanation.material, in: rule)
            return ("share \(percent(share))", "this request stands at \(percent(position))")
        }
    }

    private static func percent(_ share: Double) -> String {
        var text: [UInt8] = []
        text.append(fixed: share * 100, places: 2)
        return String(decoding: text, as: UTF8.self) + " %"
    }
}
