// What is in a cache key, and in which order (CONTRACTS section 2).
//
//   key      = SHA-256( prefix, material )
//   prefix   = SHA-256( format, environment, route, contract, arm of a trial, version,
//                       what decides the answers of both models )
//              one for each way a route may answer; computed at load
//   material = SHA-256( dialect, or neither where both say the same, members, forwarded headers, metadata that a template names, client key )
//              of one request; knows nothing of versions, so a rule's `share` draws with it
//
// Every part has its length before it. `scope: key` is the only place where the client counts.

public import Completions
public import Digest
public import Settings

/// What of a request is in the cache key of one route.
public struct KeyMaterial: Sendable {
    /// Parameters that every role sets: what the client says for them changes nothing. (What the roles set is in the
    /// prefix; a token limit is the smaller of both, so the client's stays.)
    public let parameters: [RouteParameter]
    /// Names in lower case, sorted.
    public let headers: [[UInt8]]
    /// Names that a prompt template reads, sorted.
    public let metadata: [[UInt8]]
    public let isPerKey: Bool
    /// Whether an answer is the same for clients of either dialect that ask the same. Where a model speaks completions
    /// it is not: its leading space is part of what completions clients get judged, and not of what chats do.
    let sharesDialects: Bool

    init(_ route: RouteSettings) {
        let models = [route.small, route.large] + route.rules.map(\.small)
        headers = Set(models.flatMap { $0?.headers ?? [] }).sorted().map { Array($0.utf8) }
        let keys = [route.prompts.small, route.prompts.large].flatMap { $0?.metadataKeys ?? [] }
        metadata = Set(keys).sorted().map { Array($0.utf8) }
        let small = Set(route.parameters.small.map(\.name))
        let hasSmall = route.small != nil || route.rules.contains { $0.small != nil }
        parameters = route.parameters.large.filter { parameter in
            (!hasSmall || small.contains(parameter.name))
                && parameter.name != "max_tokens" && parameter.name != "max_completion_tokens"
        }
        isPerKey = route.caching.scope == .key
        sharesDialects = models.allSatisfy { $0.map { $0.api == .chat } ?? true }
    }

    /// The digest of one request; about a microsecond for a kilobyte.
    /// - Parameter key: counts only where the route's scope is `key`.
    public func digest(
        of request: CompletionRequest,
        header: HeaderLookup,
        key: ClientKey?,
        using hash: inout SHA256
    ) -> Digest32 {
        let plainly = sharesDialects && request.isPlain
        hash.update(plainly ? "either" as StaticString : request.dialect == .chat ? "chat" : "completions")
        // `cacheMembers` calls back synchronously; a noncopyable hash cannot be captured, a pointer to it can.
        withUnsafeMutablePointer(to: &hash) { hash in
            request.cacheMembers(parameters: parameters, plainly: plainly) { bytes in hash.pointee.update(bytes) }
        }
        for name in headers { Self.feed(name, header(name), &hash) }
        for name in metadata {
            Self.feed(name, request.metadata(name)?[...], &hash)
        }
        if isPerKey, let key { hash.update(key.sha256) }
        return hash.finish()
    }

    private static func feed(_ name: [UInt8], _ value: ArraySlice<UInt8>?, _ hash: inout SHA256) {
        hash.update(length: name.count)
        hash.update(name)
        // 0: there is none, which an empty one is not.
        hash.update(length: value.map { $0.count + 1 } ?? 0)
        if let value { hash.update(value) }
    }
}

/// What the settings put into a route's cache keys.
struct KeyPrefix {
    /// Raised when the order or the meaning of the parts changes.
    private static let format = "understudy key 3"
    private let parts: [String]
    private let route: RouteSettings

    init(_ route: RouteSettings, environment: String, arm: String) {
        self.route = route
        var parts = [
            Self.format, environment, route.name, route.contract, route.large.answerDigest.hex,
            route.prompts.largeDigest.hex, Self.text(route.parameters.large), Self.ignored(route),
        ]
        if !arm.isEmpty { parts.append("arm \(arm)") }
        self.parts = parts
    }

    /// What is dropped of a request changes what is sent.
    private static func ignored(_ route: RouteSettings) -> String {
        route.prompts.ignored.map(\.rawValue).sorted().joined(separator: " ")
    }

    /// A small model with its prompt, what that drops, and its parameters. (Its threshold is not in it: a stored answer
    /// carries its score, and one that the threshold in force would reject is a miss.)
    func version(of small: ModelSettings) -> String {
        Self.digest([
            small.answerDigest.hex, route.prompts.smallDigest.hex, Self.text(route.parameters.small),
            Self.ignored(route),
        ]).hex(digits: 12)
    }

    /// - Parameter small: nil where large answers at once.
    func digest(version: String, small: ModelSettings?) -> Digest32 {
        Self.digest(
            parts + [
                version, small?.answerDigest.hex ?? "", small == nil ? "" : route.prompts.smallDigest.hex,
                small == nil ? "" : Self.text(route.parameters.small),
            ]
        )
    }

    private static func digest(_ parts: [String]) -> Digest32 {
        var hash = SHA256()
        for part in parts {
            hash.update(length: part.utf8.count)
            hash.update(part)
        }
        return hash.finish()
    }

    private static func text(_ parameters: [RouteParameter]) -> String {
        parameters.map { "\($0.name)=\(String(decoding: $0.value, as: UTF8.self))\n" }.joined()
    }
}
