// What the review page asks and says, under /admin/v1/review/. Its words are the page's: sides rather than models,
// since the page is not told which is which before there is a decision (ShownItem). Programs use /admin/v1/candidates.
//
//   GET  routes                        routes with what is left to review
//   POST take                          the next items, leased to the reviewer
//   POST release                       gives them back
//   POST decide                        accept, edit, reject, skip, or a label; alone or with a cluster
//   POST undo                          takes the reviewer's latest decision back
//   POST check                         what the route's checks say about a text
//   GET  items/ID                      one item, as far as this reviewer may see it
//   GET  items/ID/prompts              as sent to each model
//   GET  items/ID/cluster              what one decision would accept, each with its own answer
//   GET  history, progress, conflicts
//   POST export/plan, export           training files (ReviewAPI+Export.swift)
//   GET  exports/ID/PART

import Completions
import HTTPServer
import Harvest
import JSON
import Settings
import Synchronization

/// On the loop of whoever calls; the store works on its own thread.
final class ReviewAPI: Sendable {
    static let prefix = "/admin/v1/review/"

    let host: any ConsoleHost
    private let knownOrder = Mutex<SideOrder?>(nil)
    /// One export at a time.
    let isExporting = Mutex(false)

    init(host: any ConsoleHost) {
        self.host = host
    }

    var store: any Store { host.reviews }

    func reply(_ request: HTTPRequest, path: String) async throws(APIError) -> HTTPReply? {
        let parts = path.dropFirst(Self.prefix.count).split(separator: "/", omittingEmptySubsequences: false)
        let body: [UInt8]
        do {
            switch (request.method, parts.count, parts[0]) {
            case (.get, 1, "routes"): body = try await routes()
            case (.get, 1, "history"): body = try await history(PageRequest(query: request))
            case (.get, 1, "progress"): body = try await progress(PageRequest(query: request))
            case (.get, 1, "conflicts"): body = try await conflicts(PageRequest(query: request))
            case (.get, 2, "items"): body = try await item(parts[1], PageRequest(query: request))
            case (.get, 3, "items") where parts[2] == "prompts": body = try await prompts(parts[1])
            case (.get, 3, "items") where parts[2] == "cluster":
                body = try await cluster(parts[1], PageRequest(query: request))
            case (.post, 1, "take"): body = try await take(PageRequest(body: request))
            case (.post, 1, "release"): body = try await release(PageRequest(body: request))
            case (.post, 1, "decide"): return try await decide(PageRequest(body: request))
            case (.post, 1, "undo"): body = try await undo(PageRequest(body: request))
            case (.post, 2, "export") where parts[1] == "plan": return try await plan(PageRequest(body: request))
            case (.post, 1, "export"): return try await export(PageRequest(body: request))
            case (.get, 3, "exports"): return try await exported(parts[1], parts[2])
            case (.post, 1, "check"): body = try await check(PageRequest(body: request))
            default: return nil
            }
        } catch let error as StoreError {
            throw APIError(error)
        } catch let error as APIError {
            throw error
        } catch {
            throw .internalError
        }
        return PageReply.json(body)
    }

    // MARK: What others need too

    /// The draw of sides, read from the store once.
    func order() async throws(StoreError) -> SideOrder {
        if let known = knownOrder.withLock({ $0 }) { return known }
        let order = try await SideOrder(in: store)
        knownOrder.withLock { $0 = order }
        return order
    }

    func candidate(_ text: some StringProtocol) async throws -> Candidate {
        guard let id = CandidateID(text), let candidate = try await store.candidate(id) else {
            throw APIError.unknownCandidate(String(text))
        }
        return candidate
    }

    func route(_ name: String) async -> RouteSettings? {
        await host.settings.routes[name]
    }

    /// A candidate as this reviewer may see it.
    func shown(_ candidate: Candidate, to reviewer: String) async throws -> ShownItem {
        let events = try await store.decisions(on: candidate.id).filter { $0.decision.reviewer == reviewer }
        let undone = Set(events.compactMap(\.undoes))
        return ShownItem(
            candidate,
            route: await route(candidate.route),
            isHoldout: candidate.isHoldout,
            isRevealed: !events.isEmpty,
            decided: events.last { $0.undoes == nil && !undone.contains($0.id) },
            order: try await order()
        )
    }
}
