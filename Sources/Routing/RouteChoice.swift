public import Completions
public import Digest
public import Judgment
public import Settings

/// Which model is asked, and why: the outcome of "choose".
public struct RouteChoice: Sendable {
    public let route: RouteSettings
    public let role: ModelRole
    public let model: ModelSettings
    /// Why large is asked at once: `rule`, `client`, `no_small`, `uncovered` or `too_long`; nil where small is.
    public let reason: VerdictReason?
    /// What was in the way of small, where that is the reason.
    public let obstacle: InvalidRequest?
    /// The rule that decided, from 0.
    public let ruleIndex: Int?
    /// The client said `x-understudy-use`, and may: small's answer is then given with its verdict, uncached, without
    /// fallback and without candidate.
    public let isClients: Bool
    /// What is in service in small's place, as records name it: 12 hexadecimal digits, or `large` where large answers
    /// at once.
    public let version: String
    /// Digest of everything in the cache key that is not the request's own; see ``KeyMaterial``.
    public let keyPrefix: Digest32

    /// The cache key's 32 bytes.
    /// - Parameter material: ``KeyMaterial/digest(of:header:key:using:)`` of the same request.
    public func cacheKey(material: Digest32, using hash: inout SHA256) -> Digest32 {
        hash.update(keyPrefix)
        hash.update(material)
        return hash.finish()
    }
}
