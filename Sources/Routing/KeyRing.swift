public import Digest
public import Settings

/// The client keys in force. Immutable; one for each settings in force.
public struct KeyRing: Sendable {
    /// Who is calling.
    public enum Caller: Sendable {
        /// No keys are configured: everybody may do everything.
        case anyone
        case client(ClientKey)
        /// No key, or one that is not known: 401.
        case stranger
    }

    /// No keys are configured.
    public let isOpen: Bool
    private let keys: [ClientKey]
    private let digests: [Digest32]

    public init(_ settings: GatewaySettings) {
        isOpen = settings.server.keysFile == nil
        keys = settings.keys
        digests = settings.keys.map(\.sha256)
    }

    /// Who presents this `authorization` header. The key's digest is compared with every digest there is, each in
    /// constant time, so that the time tells nothing about which key was nearly met.
    public func caller(authorization: ArraySlice<UInt8>?, using hash: inout SHA256) -> Caller {
        if isOpen { return .anyone }
        guard let authorization, let bearer = Self.bearer(authorization) else { return .stranger }
        hash.update(bearer)
        let presented = hash.finish()
        var found: Int?
        for index in digests.indices where constantTimeEquals(digests[index], presented) { found = index }
        return found.map { .client(keys[$0]) } ?? .stranger
    }

    /// What follows `Bearer `; the word's case does not matter (RFC 9110 section 11.1).
    public static func bearer(_ header: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let scheme = "bearer".utf8
        guard header.count > scheme.count, zip(header, scheme).allSatisfy({ $0 | 0x20 == $1 }) else { return nil }
        var rest = header.dropFirst(scheme.count)
        guard rest.first == UInt8(ascii: " ") else { return nil }
        while rest.first == UInt8(ascii: " ") { rest.removeFirst() }
        return rest.isEmpty ? nil : rest
    }
}
