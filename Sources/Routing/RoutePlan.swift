// Choosing, prepared: for every way a route may answer (its small model, a rule's, large at once) the version and the
// cache key's prefix are computed at load, so that choosing hashes nothing but a `share`.
//
// The order in which the choice is made:
//   1. the client's own, if its key may
//   2. the first rule whose conditions all hold
//   3. the route's small model
// and whatever asks for a small model gets large all the same
//   - where there is none, or it is not trained yet: `no_small`
//   - where the request carries what small's prompt or dialect has no place for: `uncovered`
//   - where it cannot fit small's context: `too_long`
// Whether large can be asked shows when it is (`CompletionRequest.encode`): if not, there is no model left, and it is a
// 400.

public import Completions
public import Digest
public import Judgment
public import Settings

/// Looks up a request header by its name in lower case; the first value, trimmed.
public typealias HeaderLookup = (_ name: [UInt8]) -> ArraySlice<UInt8>?

/// One route with everything computed that does not depend on the request.
public final class RoutePlan: Sendable {
    public let route: RouteSettings
    /// What of a request is in the cache key.
    public let material: KeyMaterial
    /// A way of answering. An object, so that choosing one copies nothing.
    private final class Way: Sendable {
        let model: ModelSettings
        let version: String
        let keyPrefix: Digest32
        let target: UpstreamTarget

        init(_ model: ModelSettings, version: String, keyPrefix: Digest32, target: UpstreamTarget) {
            self.model = model
            self.version = version
            self.keyPrefix = keyPrefix
            self.target = target
        }
    }
    private let large: Way
    private let small: Way?
    /// For each rule, the small model that it names.
    private let ruleSmalls: [Way?]
    /// How the route's small model is asked, trained or not.
    private let trainee: UpstreamTarget?

    /// - Parameter arm: names the side of a trial that this is the plan of: what is answered there has a place of its
    ///   own in
    ///   the cache. Empty: none.
    public init(_ route: RouteSettings, environment: String, arm: String = "") {
        self.route = route
        material = KeyMaterial(route)
        let base = KeyPrefix(route, environment: environment, arm: arm)
        func way(_ model: ModelSettings?) -> Way? {
            guard let model, model.isTrained else { return nil }
            let version = base.version(of: model)
            return Way(
                model,
                version: version,
                keyPrefix: base.digest(version: version, small: model),
                target: route.target(for: model, as: .small)
            )
        }
        large = Way(
            route.large,
            version: "large",
            keyPrefix: base.digest(version: "large", small: nil),
            target: route.target(for: route.large, as: .large)
        )
        trainee = route.small.map { route.target(for: $0, as: .small) }
        small = way(route.small)
        ruleSmalls = route.rules.map { way($0.small) }
    }

    /// - Parameters:
    ///   - key: nil where no keys are configured.
    ///   - material: ``KeyMaterial/digest(of:header:key:using:)`` of the request; asked for only by a rule with `share`.
    public func choose(
        _ request: CompletionRequest,
        header: HeaderLookup,
        key: ClientKey?,
        material: () -> Digest32
    ) -> RouteChoice {
        if key?.may.contains(.use) ?? true, let role = Self.wanted(header(Self.useHeader)) {
            return choice(role, small, for: request, reason: .client, isClients: true)
        }
        for (index, rule) in route.rules.enumerated() {
            guard matches(rule, request, header, material) else { continue }
            return choice(
                rule.use,
                rule.small == nil ? small : ruleSmalls[index],
                for: request,
                reason: .rule,
                rule: index
            )
        }
        return choice(.small, small, for: request, reason: .rule)
    }

    private func choice(
        _ role: ModelRole,
        _ small: Way?,
        for request: CompletionRequest,
        reason: VerdictReason,
        rule: Int? = nil,
        isClients: Bool = false
    ) -> RouteChoice {
        var way = large
        var reason: VerdictReason? = reason
        var obstacle: Obstacle?
        if role == .small {
            obstacle = small.flatMap { request.obstacle(to: $0.target) }
            reason = obstacle?.reason ?? (small == nil ? .noSmall : nil)
            if let small, obstacle == nil { way = small }
        }
        return RouteChoice(
            route: route,
            role: reason == nil ? .small : .large,
            model: way.model,
            reason: reason,
            obstacle: obstacle?.error,
            ruleIndex: rule,
            isClients: isClients,
            version: way.version,
            keyPrefix: way.keyPrefix
        )
    }

    /// What is in the way of the route's own small model, if anything is: such a request is nothing that it could learn
    /// from, whoever answered it.
    public func obstacle(_ request: CompletionRequest) -> Obstacle? {
        trainee.flatMap { request.obstacle(to: $0) }
    }

    private func matches(
        _ rule: Rule,
        _ request: CompletionRequest,
        _ header: HeaderLookup,
        _ material: () -> Digest32
    ) -> Bool {
        rule.conditions.allSatisfy { holds($0, of: rule, request, header, material) }
    }

    /// Whether one condition of one of the route's rules holds; parameters as for `choose`.
    public func holds(
        _ condition: Rule.Condition,
        of rule: Rule,
        _ request: CompletionRequest,
        _ header: HeaderLookup,
        _ material: () -> Digest32
    ) -> Bool {
        switch condition {
        case .inputCharacters(let over, let under):
            let count = request.inputCharacters
            return count > over ?? -1 && count < under ?? .max
        case .header(let name, let value):
            return header(name).map { $0.elementsEqual(value) } ?? false
        case .share(let share):
            return Self.position(of: material(), in: rule) < share
        }
    }

    /// Where a request stands in [0, 1) for a rule with `share`: it holds below the share.
    public static func position(of material: Digest32, in rule: Rule) -> Double {
        Share.position(of: material, salt: rule.position)
    }

    private static let useHeader = Array("x-understudy-use".utf8)

    /// Words that are no role are as good as no header.
    private static func wanted(_ value: ArraySlice<UInt8>?) -> ModelRole? {
        guard let value else { return nil }
        if value.elementsEqual("small".utf8) { return .small }
        if value.elementsEqual("large".utf8) { return .large }
        return nil
    }
}

extension Obstacle {
    public var reason: VerdictReason {
        switch kind {
        case .uncovered: .uncovered
        case .tooLong: .tooLong
        }
    }
}

/// Where a request stands in [0, 1), the same every time and on every machine.
public enum Share {
    /// For a draw of its own: whoever is salted otherwise draws independently.
    public static func position(of material: Digest32, salt: String) -> Double {
        var hash = SHA256()
        hash.update("understudy share 1" as StaticString)
        hash.update(length: salt.utf8.count)
        hash.update(salt)
        hash.update(material)
        return Double(hash.finish().leadingWord >> 11) / Double(UInt64(1) << 53)
    }

    /// Two rules at different positions draw independently: the salt goes through the finaliser of splitmix64 (Steele,
    /// Lea and Flood 2014) before and after it meets the digest, whose bytes are as good as random already.
    static func position(of material: Digest32, salt: Int) -> Double {
        let drawn = mix(material.leadingWord ^ mix(UInt64(salt) &+ 1))
        return Double(drawn >> 11) / Double(UInt64(1) << 53)
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var value = value &+ 0x9E37_79B9_7F4A_7C15
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
