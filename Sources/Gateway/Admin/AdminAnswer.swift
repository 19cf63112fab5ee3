import Completions
import HTTPServer
import Harvest
import JSON
import Loop

/// One request to the admin port, answered. On the desk's loop.
struct AdminAnswer {
    let desk: Desk
    let site: (any AdminSite)?
    let request: HTTPRequest
    let path: String

    func give(to responder: Responder) async {
        do throws(APIError) {
            if let site, let reply = try await site.reply(request, path: path) { return responder.respond(reply) }
            let (status, type, body) = try await answer()
            var fields: [UInt8] = []
            fields.append("content-type: ")
            fields.append(type)
            fields.append("\r\nx-content-type-options: nosniff\r\ncache-control: no-store\r\n")
            responder.respond(status: status, fields: fields, body: body)
        } catch {
            responder.respond(error: error)
        }
    }

    /// Who asks through the port and gives no name, in the audit log.
    static let who = "admin port"

    private typealias Reply = (status: Int, type: StaticString, body: [UInt8])
    private static let json: StaticString = "application/json"

    private func answer() async throws(APIError) -> Reply {
        let parts = path.split(separator: "/", omittingEmptySubsequences: true)
        switch parts {
        case []:
            try allow(.get)
            return (200, "text/plain; charset=utf-8", AdminIndex.text)
        case ["metrics"]:
            try allow(.get)
            return (200, "text/plain; version=0.0.4; charset=utf-8", await desk.scrape())
        case ["health", "live"]:
            return (200, Self.json, Health(isOK: true, fields: []).encode())
        case ["health", "ready"]:
            let health = await desk.readiness
            return (health.isOK ? 200 : 503, Self.json, health.encode())
        case ["admin", "v1", "reload"]:
            try allow(.post)
            let report = await desk.reload(by: Self.who)
            return (report.isDone ? 200 : 422, Self.json, report.encode())
        case ["admin", "v1", "config"]:
            try allow(.get)
            return (200, Self.json, await desk.configuration)
        case ["admin", "v1", "routes"]:
            try allow(.get)
            return (200, Self.json, await desk.routeList())
        case ["admin", "v1", "events"]:
            try allow(.get)
            return (200, Self.json, try await events())
        case _ where parts.count == 5 && parts[..<3] == ["admin", "v1", "routes"] && Self.verbs.contains(parts[4]):
            try allow(.post)
            return try await change(String(parts[3]), String(parts[4]))
        case ["admin", "v1", "candidates"]:
            try allow(.get, .delete)
            if request.method == .delete { return (200, Self.json, try await forget()) }
            return (200, Self.json, try await list())
        case _ where parts.count == 4 && parts[..<3] == ["admin", "v1", "candidates"]:
            return (200, Self.json, try await candidate(String(parts[3])))
        default:
            throw .unknownPath(request.method.rawValue, path)
        }
    }

    private static let verbs: Set<Substring> = ["promote", "rollback"]

    /// 409 where nothing was changed.
    private func change(_ route: String, _ verb: String) async throws(APIError) -> Reply {
        let wish = try PromotionWish(body: request.body)
        if verb == "promote" {
            let (isDone, body) = try await desk.promote(route, wish)
            return (isDone ? 200 : 409, Self.json, body)
        }
        let (isDone, body) = try await desk.rollBack(route, by: wish.by, reason: wish.reason)
        return (isDone ? 200 : 409, Self.json, body)
    }

    private func allow(_ methods: HTTPMethod...) throws(APIError) {
        guard methods.contains(request.method) || (request.method == .head && methods.contains(.get)) else {
            throw .wrongMethod(request.method.rawValue, path)
        }
    }

    // MARK: Candidates

    private func list() async throws(APIError) -> [UInt8] {
        let query = try CandidateQuery(query: request.query)
        let page: CandidatePage
        do throws(StoreError) { page = try await desk.store.list(query) } catch { throw APIError(error) }
        var writer = JSONWriter(reserving: 4096)
        writer.beginObject()
        writer.name("data")
        writer.beginArray()
        for candidate in page.data { writer.raw(candidate.encode()) }
        writer.endArray()
        writer.name("next")
        if let next = page.next { writer.string(next) } else { writer.null() }
        writer.endObject()
        return writer.bytes
    }

    private func candidate(_ text: String) async throws(APIError) -> [UInt8] {
        guard let id = CandidateID(text) else { throw .unknownCandidate(text) }
        try allow(.get, .post)
        let decision = request.method == .post ? try decision() : nil
        let found: Candidate?
        do throws(StoreError) {
            if let decision {
                found = try await desk.store.decide(decision, on: id)
            } else {
                found = try await desk.store.candidate(id)
            }
        } catch {
            throw APIError(error)
        }
        guard let found else { throw .unknownCandidate(text) }
        if let decision {
            await desk.dropStored(found, after: decision)
            await desk.audit(
                "decision",
                by: decision.reviewer ?? Self.who,
                route: found.route,
                [("candidate", "\(id)"), ("decision", decision.verb.rawValue)]
            )
        }
        return found.encode()
    }

    // MARK: The audit log

    private func events() async throws(APIError) -> [UInt8] {
        var limit = 100
        for (name, value) in QueryText.pairs(request.query) {
            guard name == "limit", let number = Int(value), (1...1000).contains(number) else {
                throw APIError(
                    InvalidRequest("There is 'limit', a number from 1 to 1000, and nothing else.", param: name)
                )
            }
            limit = number
        }
        let found: [LedgerEvent]
        do throws(StoreError) { found = try await desk.store.events(limit: limit) } catch { throw APIError(error) }
        var writer = JSONWriter(reserving: 4096)
        writer.beginObject()
        writer.name("data")
        writer.beginArray()
        for event in found { event.write(to: &writer) }
        writer.endArray()
        writer.name("next")
        writer.null()
        writer.endObject()
        return writer.bytes
    }

    private func decision() throws(APIError) -> Decision {
        guard MediaType.isJSON(request.headers["content-type"]) else { throw .wrongContentType(nil) }
        guard let tree = try? JSONTree.parse(request.body), tree.object != nil else {
            throw APIError(InvalidRequest("The body must be a JSON object."))
        }
        guard let verb = tree["decision"]?.string.flatMap(Decision.Verb.init) else {
            throw APIError(InvalidRequest("'decision' is accept, edit, reject or skip.", param: "decision"))
        }
        var choice: Decision.Choice?
        if let given = tree["choice"], !given.isNull {
            guard let known = given.string.flatMap(Decision.Choice.init) else {
                throw APIError(InvalidRequest("'choice' is small, large or both.", param: "choice"))
            }
            choice = known
        }
        return Decision(
            verb,
            choice: choice,
            completion: tree["completion"]?.string,
            reviewer: tree["reviewer"]?.string,
            note: tree["note"]?.string
        )
    }
}

extension CandidateQuery {
    /// `route=&status=&reason=&limit=&after=`
    fileprivate init(query: ArraySlice<UInt8>?) throws(APIError) {
        self.init()
        for (name, value) in QueryText.pairs(query) where !value.isEmpty {
            switch name {
            case "route": filter.route = value
            case "reason": filter.reasons = [value]
            case "after": after = value
            case "limit":
                guard let number = Int(value), (1...1000).contains(number) else {
                    throw APIError(InvalidRequest("'limit' is a number from 1 to 1000.", param: "limit"))
                }
                limit = number
            case "status":
                guard let known = Candidate.Status(rawValue: value) else {
                    let words = Candidate.Status.allCases.map(\.rawValue).joined(separator: ", ")
                    throw APIError(InvalidRequest("'status' is one of \(words).", param: "status"))
                }
                filter.statuses = [known]
            default:
                throw APIError(
                    InvalidRequest("Unknown query parameter '\(name.prefix(100))'.", param: String(name.prefix(100)))
                )
            }
        }
    }
}

extension Responder {
    func respond(error: APIError) {
        var fields: [UInt8] = []
        fields.append("content-type: application/json\r\n")
        fields.append(error: error)
        respond(status: error.status, fields: fields, body: error.encode())
    }
}
