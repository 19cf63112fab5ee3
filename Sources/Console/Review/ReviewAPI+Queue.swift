import Completions
import Digest
import HTTPServer
import Harvest
import JSON
import Settings

// The queue: taking items, deciding on them, taking decisions back.
extension ReviewAPI {
    /// How long an item is one reviewer's, from when they last asked for more. They ask with each decision.
    private static let lease: Duration = .seconds(15 * 60)

    func take(_ request: PageRequest) async throws -> [UInt8] {
        let items = try await store.take(
            try request.filter(),
            reviewer: try request.reviewer(),
            count: try request.count("count", in: 1...20, default: 5),
            leaseFor: Self.lease,
            seed: randomBytes(8).reduce(0) { $0 << 8 | UInt64($1) }
        )
        let order = try await order()
        let routes = await host.settings.routes
        return PageReply.list(items) { item, writer in
            ShownItem(
                item.candidate,
                route: routes[item.candidate.route],
                clusterSize: item.clusterSize,
                isHoldout: item.isHoldout,
                order: order
            ).write(to: &writer)
        }
    }

    func release(_ request: PageRequest) async throws -> [UInt8] {
        try await store.release(nil, reviewer: try request.reviewer())
        return PageReply.object { _ in }
    }

    func undo(_ request: PageRequest) async throws -> [UInt8] {
        let reviewer = try request.reviewer()
        let events = try await store.undo(reviewer: reviewer)
        var item: ShownItem?
        if let first = events.first {
            let candidate = try await store.candidate(first.candidate)
            await host.audit(
                "review undone",
                by: reviewer,
                route: candidate?.route,
                [("candidate", "\(first.candidate)"), ("count", "\(events.count)")],
                isInStore: false
            )
            if let candidate {
                item = try await shown(candidate, to: reviewer)
            }
        }
        return PageReply.object { writer in
            writer.name("item")
            if let item { item.write(to: &writer) } else { writer.null() }
        }
    }

    func check(_ request: PageRequest) async throws -> [UInt8] {
        let checks = AnswerChecks(
            try request.text("completion") ?? "",
            judge: await route(try request.required("route"))?.judge
        )
        var writer = JSONWriter(reserving: 512)
        checks.write(to: &writer)
        return writer.bytes
    }

    // MARK: Deciding

    func decide(_ request: PageRequest) async throws -> HTTPReply {
        let reviewer = try request.reviewer()
        let item = try await shown(try await candidate(try request.required("id")), to: reviewer)
        var decision: Decision
        switch try self.decision(request, on: item) {
        case .success(let made): decision = made
        case .failure(let failed): return Self.refusal(failed)
        }
        decision.reviewer = reviewer
        let ids = [item.candidate.id] + (try request.ids("members"))
        guard let reviewed = try await store.decide(decision, on: ids) else {
            throw APIError.unknownCandidate("\(item.candidate.id)")
        }
        await host.forget(reviewed.drops)
        let event = reviewed.events.first
        // Members that somebody was quicker with were passed over, so the store is asked how many went along.
        let along = ids.count > 1 ? try await store.history(reviewer: reviewer, limit: 1).first?.alsoByCluster ?? 0 : 0
        await host.audit(
            "review",
            by: reviewer,
            route: item.candidate.route,
            [
                ("candidate", "\(item.candidate.id)"), ("decision", decision.verb.rawValue),
                ("event", event.map { "\($0.id)" } ?? ""), ("by_cluster", "\(along)"),
                ("after_reveal", "\(event?.afterReveal ?? false)"),
            ],
            isInStore: false
        )
        let after = try await shown(reviewed.candidate, to: reviewer)
        return PageReply.json(
            PageReply.object { writer in
                writer.name("verb")
                writer.string(decision.verb.rawValue)
                writer.name("also")
                writer.number(along)
                writer.name("after_reveal")
                writer.bool(event?.afterReveal ?? false)
                writer.name("agrees")
                if let agrees = reviewed.agrees { writer.bool(agrees) } else { writer.null() }
                writer.name("item")
                after.write(to: &writer)
            }
        )
    }

    /// Why an answer is not kept: it fails the checks of its route.
    struct FailedChecks: Error {
        var message: String
        /// Of a text that was sent.
        var checks: AnswerChecks?
    }

    private static func refusal(_ failed: FailedChecks) -> HTTPReply {
        let error = APIError(
            status: 422,
            message: failed.message,
            type: "invalid_request_error",
            param: "completion",
            code: "fails_checks"
        )
        guard let checks = failed.checks else { return PageReply.json(error.encode(), status: error.status) }
        var writer = JSONWriter(after: Array(error.encode().dropLast()) + [UInt8(ascii: ",")])
        writer.name("check")
        checks.write(to: &writer)
        return PageReply.json(writer.finish() + [UInt8(ascii: "}")], status: error.status)
    }

    /// From the page's words, which know sides, to the store's, which know models.
    private func decision(
        _ request: PageRequest,
        on item: ShownItem
    ) throws(APIError) -> Result<Decision, FailedChecks> {
        let side = try request.text("side")
        switch try request.required("decision") {
        case "reject": return .success(Decision(.reject))
        case "skip": return .success(Decision(.skip))
        case "accept":
            if side == "both", item.sides.count == 2 { return accept(item.sides, .both) }
            guard let taken = item.side(at: side) else {
                throw PageRequest.wrong("side", "is left, right or both, and nothing where there is one answer")
            }
            return accept([taken], taken.role == .small ? .small : .large)
        case "edit": return edit(try request.required("completion"), item)
        case "label": return label(try request.required("completion"), item)
        default: throw PageRequest.wrong("decision", "is accept, edit, reject, skip or label")
        }
    }

    private func accept(_ sides: [ShownItem.Side], _ choice: Decision.Choice) -> Result<Decision, FailedChecks> {
        guard let failure = sides.lazy.compactMap(\.answer.failure).first else {
            return .success(Decision(.accept, choice: choice))
        }
        let why = failure.detail.map { ": \($0)" } ?? ""
        return .failure(FailedChecks(message: "The answer fails \(failure.check)\(why). Edit it, or reject it."))
    }

    private func edit(_ text: String, _ item: ShownItem) -> Result<Decision, FailedChecks> {
        let checks = AnswerChecks(text, judge: item.route?.judge)
        guard let failure = checks.failure else { return .success(Decision(.edit, completion: text)) }
        return .failure(
            FailedChecks(
                message: "The answer fails \(failure.name): \(failure.detail). It was not kept.",
                checks: checks
            )
        )
    }

    /// A label that one of the answers gave is that answer accepted; another one is an edit.
    private func label(_ text: String, _ item: ShownItem) -> Result<Decision, FailedChecks> {
        let right = item.sides.filter { $0.answer.text == text && $0.answer.failure == nil }
        switch right.count {
        case 2: return .success(Decision(.accept, choice: .both))
        case 1: return .success(Decision(.accept, choice: right[0].role == .small ? .small : .large))
        default: return edit(text, item)
        }
    }
}
