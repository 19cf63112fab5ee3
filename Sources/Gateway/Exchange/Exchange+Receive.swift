import Completions
import Digest
import HTTPServer
import JSON
import Loop
import Routing
import Settings

extension Exchange {
    /// Who asks, and in what form; nothing of the body yet.
    func receive() throws(APIError) {
        let snapshot = lines.snapshot
        switch snapshot.keys.caller(authorization: http.headers["authorization"], using: &station.hash) {
        case .anyone: break
        case .stranger: throw http.headers["authorization"] == nil ? .missingKey : .wrongKey
        case .client(let key):
            client = key
            switch snapshot.limits.admit(key, at: http.received) {
            case .unlimited: break
            case .admitted(let account): place = account
            case .refused(let retryAfter): throw .keyLimit(retryAfter: String(retryAfter))
            }
        }
        let type = http.headers["content-type"]
        guard MediaType.isJSON(type) else { throw .wrongContentType(type.map { String(decoding: $0, as: UTF8.self) }) }
        wishes = ClientWishes(headers: http.headers, client: client)
    }

    /// The body, validated whole and read once.
    func readBody() throws(APIError) {
        let request = try Self.read(http.body, dialect: dialect, parser: station.parser)
        self.request = request
        if request.stream {
            stream = ClientStream(
                responder,
                StreamPresentation(for: request, modelName: "", requestID: requestID.text)
            )
        }
    }

    static func read(_ body: [UInt8], dialect: Dialect, parser: JSONParser) throws(APIError) -> CompletionRequest {
        do throws(InvalidRequest) {
            return try CompletionRequest.read(body, dialect: dialect, parser: parser)
        } catch {
            throw APIError(error)
        }
    }

    /// Which model answers, and why. It decides the version in the cache key.
    func choose() throws(APIError) {
        guard let request else { preconditionFailure("choose comes after receive") }
        let plan = try lines.snapshot.plan(request, for: client)
        let served = sided(plan)
        route = served
        choice = served.routing.choose(request, header: { http.headers[$0] }, key: client) { keyMaterial(of: plan) }
        marks.chosen = MonotonicTime.now()
    }

    /// The route, or the side of its trial that the input is on.
    private func sided(_ plan: RoutePlan) -> ServedRoute {
        let snapshot = lines.snapshot
        guard let arms = snapshot.arms[plan.route.name] else { return snapshot.served(plan) }
        return arms.side(of: keyMaterial(of: plan)) ?? snapshot.served(plan)
    }

    /// What of this request is in a cache key, computed at most once.
    func keyMaterial(of plan: RoutePlan) -> Digest32 {
        if let material { return material }
        guard let request else { preconditionFailure("the key comes after receive") }
        let digest = plan.material.digest(
            of: request,
            header: { http.headers[$0] },
            key: client,
            using: &station.hash
        )
        material = digest
        return digest
    }
}
