import Cache
import Completions
import JSON
import Judgment
import Routing
import Settings

/// A route as the request path needs it: all that can be worked out when the settings are loaded, worked out.
final class ServedRoute: Sendable {
    let settings: RouteSettings
    let name: String
    /// Who answers, and why.
    let routing: RoutePlan
    let large: ServedModel
    let judge: Judge
    /// The same checks without confidence: for answers of large, which has nobody to fall back to.
    let largeJudge: Judge
    /// Shared over reloads, so that a new ceiling does not forget what was spent.
    let spend: SpendLedger?
    /// Response header lines that are the same for every answer of this route.
    let fixedFields: [UInt8]
    /// The same for event streams.
    let streamFields: [UInt8]
    /// How many requests may be hedged.
    let hedges: HedgeBudget
    let meter: RouteMeter
    let recordNames: RecordNames
    /// The name as a JSON string.
    let nameJSON: [UInt8]
    /// Whether path, key and body alone decide the answer: no rule reads a header, no model is sent one.
    let answersByBodyAlone: Bool
    /// When small answered last; over reloads.
    let service: ServiceClock
    /// Who named its small model.
    let standing: Standing
    /// The side of a trial that this is; nil: none.
    let arm: Arm?
    /// Every small model that the route or one of its rules names, trained or not.
    private let smalls: [String: ServedModel]

    init(
        _ settings: RouteSettings,
        routing: RoutePlan,
        version: String,
        models: [String: ServedModel],
        spend: SpendLedger?,
        meter: RouteMeter,
        recordNames: RecordNames,
        service: ServiceClock,
        standing: Standing = .file,
        arm: Arm? = nil
    ) {
        self.settings = settings
        name = settings.name
        self.routing = routing
        large = models[settings.large.name]!.playing(.large, on: settings)
        let named = [settings.small].compactMap { $0 } + settings.rules.compactMap(\.small)
        smalls = Dictionary(
            named.map { ($0.name, models[$0.name]!.playing(.small, on: settings)) },
            uniquingKeysWith: { first, _ in first }
        )
        judge = settings.judge
        largeJudge = Judge(checks: settings.judge.checks, confidence: nil, onRefusal: .answer)
        self.spend = spend
        self.meter = meter
        self.recordNames = recordNames
        self.service = service
        self.standing = standing
        self.arm = arm
        var writer = JSONWriter()
        writer.string(settings.name)
        nameJSON = writer.bytes
        var fields: [UInt8] = []
        fields.append("x-understudy-route: ")
        fields.append(headerText: settings.name.utf8)
        fields.append("\r\nx-understudy-config: ")
        fields.append(text: version)
        fields.append("\r\n")
        fixedFields = Array("content-type: application/json\r\n".utf8) + fields
        streamFields =
            Array("content-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\n".utf8) + fields
        hedges = HedgeBudget(share: settings.hedge?.atMost ?? 0)
        let readsHeaders = settings.rules.contains { rule in
            rule.conditions.contains { if case .header = $0 { true } else { false } }
        }
        let forwardsHeaders = (named + [settings.large]).contains { !$0.headers.isEmpty }
        answersByBodyAlone = !readsHeaders && !forwardsHeaders
    }

    /// The small model in service was trained for another contract.
    var isSmallStale: Bool { standing.isStale(on: settings) }

    func small(_ choice: RouteChoice) -> ServedModel? {
        choice.role == .small ? smalls[choice.model.name] : nil
    }

    /// The model whose training data an exchange of this route is for, asked or not.
    var trainee: ServedModel? { settings.small.flatMap { smalls[$0.name] } }

    /// A stored answer must be younger than answers live by the settings in force. A small answer's score must be the
    /// configured one, and pass the threshold in force; large has no score.
    func accepts(_ stored: CachedAnswer, unixMilliseconds: Int64) -> Bool {
        guard stored.age(unixMilliseconds: unixMilliseconds) < settings.caching.ttl else { return false }
        guard stored.answeredBy == .small, let rule = settings.confidence else { return true }
        guard stored.scoreName == rule.scoreName else { return false }
        // Without a score it was accepted by `when_missing: accept`, which must still be said of its kind.
        guard let score = stored.score else {
            let missing = rule.whenMissing
            if missing.text == missing.tools { return missing.text == .accept }
            return stored.answer.choices.allSatisfy { choice in
                (choice.toolCalls.isEmpty ? missing.text : missing.tools) == .accept
            }
        }
        return score >= rule.threshold
    }
}
