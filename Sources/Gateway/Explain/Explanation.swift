// What would become of a request, step by step, without a gateway that runs: `understudy explain`.
//
//   Question + Snapshot ──► Explanation ──► (ask: `Trial`) ──► tree ──► JSON, or an outline for people
//
// It goes the way of an `Exchange` with the same parts (reading, choosing, keys, bodies, judges), and stops where an
// exchange would begin to change something: nothing is looked up, remembered, harvested or counted against a limit.

import Cache
public import Completions
import Digest
import HTTPServer
import JSON
import Loop
import Routing
import Settings

/// See the head of this file.
struct Explanation: Sendable {
    let snapshot: Snapshot
    let question: ExplanationQuestion
    let dialect: Dialect
    let headers: HeaderFields
    let client: ClientKey?
    let wishes: ClientWishes
    let request: CompletionRequest
    let route: ServedRoute
    let choice: RouteChoice
    let material: Digest32
    let key: CacheKey
    /// What came of really asking.
    var trial: Trial?

    /// - Throws: `APIError` where the request would be refused, `UnknownClientKey`.
    init(_ question: ExplanationQuestion, under snapshot: Snapshot) throws {
        var hash = SHA256()
        let parser = JSONParser()
        let headers = HeaderFields(question.headers)
        let client = try Self.client(question, headers, snapshot, &hash)
        let limit = snapshot.settings.server.limits.body
        guard question.body.count <= limit else { throw APIError.bodyTooLarge(limit: limit) }
        let dialect = question.dialect ?? Self.guess(question.body, parser)
        let request = try Exchange.read(question.body, dialect: dialect, parser: parser)
        let plan = try snapshot.plan(request, for: client)
        let header: HeaderLookup = { headers[$0] }
        let material = plan.material.digest(of: request, header: header, key: client, using: &hash)
        let choice = plan.choose(request, header: header, key: client) { material }
        self.snapshot = snapshot
        self.question = question
        self.dialect = dialect
        self.headers = headers
        self.client = client
        wishes = ClientWishes(headers: headers, client: client)
        self.request = request
        route = snapshot.served(plan)
        self.choice = choice
        self.material = material
        key = CacheKey(choice.cacheKey(material: material, using: &hash))
        // A request that the chosen model cannot be asked is refused, whatever the other could.
        let asked = choice.role == .small ? route.small(choice) ?? route.large : route.large
        do throws(InvalidRequest) {
            _ = try request.encode(for: asked.target(for: request))
        } catch {
            throw APIError(error)
        }
    }

    private static func client(
        _ question: ExplanationQuestion,
        _ headers: HeaderFields,
        _ snapshot: Snapshot,
        _ hash: inout SHA256
    ) throws -> ClientKey? {
        if let name = question.key {
            let keys = snapshot.settings.keys
            guard let key = keys.first(where: { $0.name == name }) else {
                throw UnknownClientKey(name: name, known: keys.map(\.name).sorted())
            }
            return key
        }
        let authorization = headers["authorization"]
        switch snapshot.keys.caller(authorization: authorization, using: &hash) {
        case .anyone: return nil
        case .client(let key): return key
        case .stranger: throw authorization == nil ? APIError.missingKey : APIError.wrongKey
        }
    }

    /// Chat, unless only a completion has a `prompt`.
    private static func guess(_ body: [UInt8], _ parser: JSONParser) -> Dialect {
        guard let root = try? parser.parse(body, integers: .any) else { return .chat }
        return root["prompt"] != nil && root["messages"] == nil ? .completions : .chat
    }
}

/// What is to be explained.
public struct ExplanationQuestion: Sendable {
    /// As a client would send it.
    public var body: [UInt8]
    /// Nil: guessed from `messages` or `prompt`.
    public var dialect: Dialect?
    /// Request headers: what rules read, `x-understudy-use`, `cache-control`, `authorization`.
    public var headers: [(String, String)]
    /// The name of a client key; nil: the one that `authorization` presents.
    public var key: String?

    public init(body: [UInt8], dialect: Dialect? = nil, headers: [(String, String)] = [], key: String? = nil) {
        self.body = body
        self.dialect = dialect
        self.headers = headers
        self.key = key
    }
}

/// The settings hold no client key of that name.
public struct UnknownClientKey: Error, CustomStringConvertible {
    let name: String
    let known: [String]

    public var description: String {
        let list = known.isEmpty ? "they name no keys" : "there are: \(known.joined(separator: ", "))"
        return "the settings know no key '\(name)'; \(list)"
    }
}
