import Completions
import Digest
import HTTPServer
import Harvest
import Judgment
import Loop
import Routing
import Settings

extension Exchange {
    /// The row that later tools replay thresholds, rules and prices over; it holds no text.
    func record(_ ending: Ending, _ route: ServedRoute) -> ExchangeRecord {
        let names = route.recordNames
        let asked = ending.asked
        var record = ExchangeRecord(id: .next(), receivedAt: station.wallTime(of: http.received))
        record.route = names.route
        record.environment = names.environment
        record.contract = names.contract
        record.settings = names.settings
        let facts = RequestFacts(request, choice, names, material: material)
        record.version = facts.version
        record.clientKey = client.map { station.shared.records.names.index(of: $0.name) } ?? .none
        record.smallModel = asked.small.map { names.model($0.model) } ?? .none
        record.largeModel = asked.large.map { names.model($0.model) } ?? .none
        record.reason = ending.verdict.map { names.reason($0) } ?? .none
        record.answerReason = ending.answer.map { names.reason($0.checks) } ?? .none
        record.shareHash = facts.shareHash
        if let scores = asked.scores {
            record.scores = ExchangeScores(scores.all)
            record.valueScores = ExchangeScores(scores.values)
        }
        record.score = ending.score ?? .nan
        record.threshold = route.settings.confidence?.threshold ?? .nan
        if let judged = ending.judged { record.smallChecks = CheckBits(judged.checks) }
        if let checks = asked.largeChecks { record.largeChecks = CheckBits(checks) }
        record.smallCost = asked.small?.cost ?? .nan
        record.largeCost = asked.large?.cost ?? .nan
        record.phases = phases(ending)
        fill(&record, asked)
        record.requestBytes = UInt32(clamping: http.body.count)
        record.answerBytes = UInt32(clamping: ending.sent)
        record.inputCharacters = facts.inputCharacters
        record.maximumTokens = facts.maximumTokens
        record.choices = facts.choices
        record.flags = flags(ending).union(facts.flags)
        record.status = ending.status == 499 ? 0 : UInt16(clamping: ending.status)
        record.rule = facts.rule
        record.failedChoice = ending.judged?.failedChoice.map { Int16(clamping: $0) } ?? -1
        record.answeredBy = ending.answeredBy.map { ExchangeRecord.AnsweredBy($0) } ?? .nobody
        record.cache = cacheResult(ending)
        return record
    }

    private func fill(_ record: inout ExchangeRecord, _ asked: Asked) {
        if let call = asked.small {
            record.small = call.turn
            record.smallRequestBytes = UInt32(clamping: call.sentBytes)
            record.smallAnswerBytes = UInt32(clamping: call.answerBytes)
            record.smallPromptTokens = UInt32(clamping: call.input ?? 0)
            record.smallCompletionTokens = UInt32(clamping: call.output ?? 0)
            record.smallTokenTimes = call.times
            record.smallCutAt = UInt32(clamping: call.refutedAt ?? (call.isCancelled ? call.pace.count : 0))
        }
        if let call = asked.large {
            record.large = call.turn
            record.largeRequestBytes = UInt32(clamping: call.sentBytes)
            record.largeAnswerBytes = UInt32(clamping: call.answerBytes)
            record.largePromptTokens = UInt32(clamping: call.input ?? 0)
            record.largeCompletionTokens = UInt32(clamping: call.output ?? 0)
            record.largeTokenTimes = call.times
        }
    }

    private func phases(_ ending: Ending) -> ExchangePhases {
        let asked = ending.asked
        var phases = ExchangePhases()
        phases.receive = (marks.begun - http.received).microseconds
        phases.choose = marks.chosen.map { ($0 - marks.begun).microseconds } ?? 0
        phases.recall = asked.recall.microseconds
        phases.queue = ((asked.small?.queued ?? .zero) + (asked.large?.queued ?? .zero)).microseconds
        phases.askSmall = asked.small?.took.microseconds ?? 0
        phases.judgeSmall = asked.judgeSmall.microseconds
        phases.askLarge = asked.large?.took.microseconds ?? 0
        phases.judgeLarge = asked.judgeLarge.microseconds
        phases.harvest = asked.harvest.microseconds
        phases.answer = marks.arrived.map { (marks.answered - $0).microseconds } ?? 0
        phases.total = ending.total.microseconds
        phases.overhead = ending.overhead.microseconds
        return phases
    }

    private func flags(_ ending: Ending) -> ExchangeRecord.Flags {
        var flags: ExchangeRecord.Flags = []
        if dialect == .chat { flags.insert(.chat) }
        if ending.status == 499 { flags.insert(.clientGone) }
        if ending.cache == .shared { flags.insert(.shared) }
        if ending.asked.small?.isCancelled ?? false { flags.insert(.smallCut) }
        if ending.asked.hedgedAfter != nil { flags.insert(.hedged) }
        if ending.cache == .miss, mayRemember, ending.answer?.isRememberable ?? false { flags.insert(.remembered) }
        if ending.judged?.refused ?? false { flags.insert(.refused) }
        if ending.judged?.onlyConfidenceFailed ?? false { flags.insert(.onlyConfidenceFailed) }
        switch ending.asked.kept {
        case .kept: flags.insert(.harvested)
        case .forbidden: flags.insert(.harvestForbidden)
        case .failed: flags.insert(.harvestFailed)
        case nil: break
        }
        return flags
    }

    private func cacheResult(_ ending: Ending) -> ExchangeRecord.CacheResult {
        switch ending.cache {
        case .bypass: .bypass
        case .miss: .miss
        case .shared: .shared
        case .hit: ending.asked.recall > .zero ? .redisHit : .memoryHit
        }
    }
}

extension Asked.Call {
    fileprivate var turn: ExchangeRecord.ModelTurn {
        if isCancelled { return .cancelled }
        return failure == nil ? .answered : .failed
    }

    fileprivate var times: TokenTimes {
        guard pace.count > 0 else { return TokenTimes(first: firstByte.microseconds, last: took.microseconds) }
        return TokenTimes(
            first: pace.first.microseconds,
            last: pace.last.microseconds,
            meanGap: pace.meanGap.microseconds,
            longestGap: pace.longestGap.microseconds
        )
    }
}

extension Duration {
    /// Whole microseconds, as exchange records have room for.
    var microseconds: UInt32 { UInt32(clamping: nanoseconds / 1000) }
}

extension ExchangeScores {
    init(_ span: Scores.Span) {
        self.init(
            mean: span.mean,
            minimum: span.min,
            quantile10: span.quantile10,
            quantile25: span.quantile25,
            median: span.median,
            firstToken: span.firstToken,
            margin: span.margin
        )
    }
}

extension CheckBits {
    init(_ outcomes: CheckOutcomes) {
        self.init(count: outcomes.count)
        for position in outcomes.indices {
            switch outcomes[position] {
            case .pass: self[position] = .pass
            case .fail: self[position] = .fail
            case .notRun: break
            }
        }
    }
}

extension ExchangeRecord.AnsweredBy {
    init(_ answeredBy: AnsweredBy) {
        switch answeredBy {
        case .small: self = .small
        case .large: self = .large
        case .cache: self = .cache
        }
    }
}
