// What every gateway on a store does for promotions, twice a second:
//
//   read the promotions ─► changed: new settings are compiled and swapped in, as a reload does it
//   where a version is on trial: write down what this process has counted; whoever holds the trial's lease adds up what all
//   gateways have, asks the judge (`Statistics.CanaryJudge`), and changes the promotion
//
// and every half minute: when small answered last, so that a promotion knows whether anybody would notice a trial. For
// the metrics: the day on which a provider shuts down what is in service, read with each new version.
//
// The state of a trial is in the store alone: a gateway that restarts goes on with a fresh tally under a name of its
// own.

import Harvest
import Logging
import Loop
import Settings
import Statistics

/// Confined to the desk's loop.
final class PromotionWatch {
    private let instance = CandidateID.next().description
    private let pause: Pause
    private var task: Task<Void, Never>?
    private var isEnding = false
    /// The store has been asked once, whatever it said.
    private(set) var hasLooked = false
    private var written: [String: CanaryJudge.Arms] = [:]
    private var toldAt: [String: Int64] = [:]
    /// By route: the version in service, and the day it goes.
    private var shutdowns: [String: (version: String, day: WallTime?)] = [:]

    init(desk: isolated Desk) {
        pause = Pause(on: desk.loop)
        // Ends before the desk does: `finish` waits for it.
        nonisolated(unsafe) let watch = self
        task = Task(executorPreference: desk.loop) { [desk] in await watch.follow(desk) }
    }

    func finish(isolation: isolated (any Actor)? = #isolation) async {
        isEnding = true
        pause.end()
        await task?.value
    }

    /// Looks at once.
    func wake() { pause.end() }

    private func follow(_ desk: isolated Desk) async {
        while !isEnding {
            do throws(StoreError) {
                let environment = desk.snapshot.settings.server.environment
                let found = try await desk.store.promotions(environment: environment)
                await desk.adopt(Dictionary(found.map { ($0.route, $0) }, uniquingKeysWith: { first, _ in first }))
                hasLooked = true
                for arms in desk.snapshot.arms.values where !isEnding { try await attend(arms, desk) }
                try await lookUpShutdowns(desk)
                try await tellService(desk, environment)
            } catch {
                // The mover tells of a store that is away; what is in service stays in service.
            }
            hasLooked = true
            if !isEnding { await pause.wait(.milliseconds(500)) }
        }
    }

    private func lookUpShutdowns(_ desk: isolated Desk) async throws(StoreError) {
        var isChanged = false
        for route in desk.snapshot.routes.values {
            var version: String?
            if case .promoted(let service) = route.standing { version = service.version }
            guard shutdowns[route.name]?.version != version else { continue }
            var day: WallTime?
            if let version { day = try await desk.store.version(version)?.shutdownDate }
            shutdowns[route.name] = version.map { ($0, day) }
            isChanged = true
        }
        guard isChanged else { return }
        let days = shutdowns.compactMap { route, found in found.day.map { (route, $0.milliseconds / 1000) } }
        desk.shared.metrics.source("shutdowns") { samples in
            for (route, seconds) in days.sorted(by: { $0.0 < $1.0 }) {
                samples.add(.shutdown, route, value: Double(seconds))
            }
        }
    }

    private func tellService(_ desk: isolated Desk, _ environment: String) async throws(StoreError) {
        for route in desk.snapshot.routes.values {
            let last = route.service.lastAnswer
            guard last - (toldAt[route.name] ?? 0) > 30_000 else { continue }
            let time = WallTime(milliseconds: last)
            try await desk.store.smallAnswered(route: route.name, environment: environment, at: time)
            toldAt[route.name] = last
        }
    }

    // MARK: Trials

    private func attend(_ arms: Arms, _ desk: isolated Desk) async throws(StoreError) {
        guard let tally = arms.challenger.arm?.tally else { return }
        let (canary, route) = (arms.canary, arms.challenger.name)
        let sums = tally.now
        let key = "\(canary.id)/\(canary.step)"
        if sums != written[key] {
            try await desk.store.putSums(
                of: canary.id,
                step: canary.step,
                instance: instance,
                route: route,
                json: sums.encode()
            )
            written = [key: sums]
        }
        let finding = try await desk.store.finding(on: canary, route: route)
        tally.audits(areNeeded: !finding.isAgreementProven)
        guard try await desk.store.acquire(lease: "canary/\(canary.id)", holder: instance, for: .seconds(5)) else {
            return
        }
        try await decide(canary, arms.challenger, finding, desk)
    }

    private func decide(
        _ canary: Canary,
        _ route: ServedRoute,
        _ finding: CanaryJudge.Finding,
        _ desk: isolated Desk
    ) async throws(StoreError) {
        switch finding.decision {
        case .stepUp:
            try await change(canary, route, "canary step", finding.words, desk) { promotion, file in
                promotion.stepUp(from: canary, over: file, reason: finding.words)
            }
        case .rollBack(let cause):
            let reason = "\(cause.words): \(finding.words)"
            try await change(canary, route, "canary rolled back", reason, desk) { promotion, _ in
                promotion.stop(canary, .rolledBack, reason: reason)
            }
        case .wait where WallTime.now() >= canary.endsAt:
            let reason = "not proven in time: \(finding.words)"
            try await change(canary, route, "canary not proven", reason, desk) { promotion, _ in
                promotion.stop(canary, .notProven, reason: reason)
            }
        case .wait: break
        }
    }

    private func change(
        _ canary: Canary,
        _ route: ServedRoute,
        _ what: String,
        _ reason: String,
        _ desk: isolated Desk,
        _ change: (inout Promotion, String?) -> Bool
    ) async throws(StoreError) {
        let environment = desk.snapshot.settings.server.environment
        let file = desk.fileModel(of: route.name)
        let changed = try await desk.store.changePromotion(route: route.name, environment: environment) { old in
            guard var promotion = old, change(&promotion, file) else { return nil }
            return promotion
        }
        guard let changed else { return }
        let isPromoted = changed.lastTrial?.id == canary.id && changed.lastTrial?.outcome == .promoted
        let what = isPromoted ? "canary promoted" : what
        desk.log.notice(
            "\(what)",
            metadata: [
                "route": "\(route.name)", "model": "\(canary.challenger.model ?? "")", "reason": "\(reason)",
                "share": "\(changed.canary?.share ?? (isPromoted ? 1 : 0))",
            ]
        )
        try await desk.store.noteEnd(
            what,
            route: route.name,
            environment: environment,
            canary.challenger,
            by: "gateway",
            reason: reason
        )
        var promotions = desk.promotions
        promotions[route.name] = changed
        await desk.adopt(promotions)
    }
}

extension Ledger {
    /// What all gateways have counted of a trial, judged.
    func finding(on canary: Canary, route: String) async throws(StoreError) -> CanaryJudge.Finding {
        let (trial, step) = try await counts(of: canary, route: route)
        return CanaryJudge(bar: canary.bar, steps: canary.steps).judge(trial: trial, step: step)
    }

    func counts(
        of canary: Canary,
        route: String
    ) async throws(StoreError) -> (trial: CanaryJudge.Arms, step: CanaryJudge.Arms) {
        var trial = CanaryJudge.Arms()
        var step = CanaryJudge.Arms()
        for (number, json) in try await sums(of: canary.id, route: route) {
            guard let arms = CanaryJudge.Arms(json: json) else { continue }
            trial += arms
            if number == canary.step { step += arms }
        }
        return (trial, step)
    }
}

extension CanaryJudge.Cause {
    var words: String {
        switch self {
        case .agreement: "its accepted answers agree with large too seldom"
        case .fallbacks: "it falls back more often than the model in service"
        case .errors: "it fails more often than the model in service"
        case .times: "it is slower than the model in service"
        }
    }
}

extension CanaryJudge.Finding {
    /// For logs and the audit log.
    var words: String {
        func percent(_ value: Double) -> String { "\((value * 1000).rounded() / 10)" }
        return "agreement \(percent(agreement.lowerBound)) to \(percent(agreement.upperBound)) %, "
            + "fallbacks \(percent(fallbacks.lowerBound)) to \(percent(fallbacks.upperBound)) points"
    }
}
