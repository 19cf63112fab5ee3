// Which version of its small model a route has in service in one environment. A document of the store (`Ledger`, kind
// `promotion`), changed by compare-and-set only. Every gateway on the store reads it at least once a second; it holds
// all that a gateway needs to serve the version, so nothing else has to be read, and each keeps a copy on its own disk.
//
// A promotion knows what the settings file said when it was made (`replaced`). Where the file says something else by
// now, somebody wanted that, and the file wins.

public import JSON

/// The version of a route that is in service, the ones before it, and the one that is on trial.
public struct Promotion: Sendable, Equatable {
    public static let kind = "promotion"

    public var route: String
    public var environment: String
    /// In service.
    public var current: Service
    /// The file's `model` when the promotion was made; nil where it had none.
    public var replaced: String?
    /// What was in service before, the latest last: where `rollback` returns to.
    public var history: [Service]
    /// A version that is on trial beside the current one.
    public var canary: Canary?
    /// What came of the trial before.
    public var lastTrial: Canary.End?

    /// How many versions back one can go.
    public static let remembered = 20

    /// A version in service, since when and why.
    public struct Service: Sendable, Equatable {
        /// Nil: what the settings file names.
        public var version: String?
        /// The provider's name; nil where the file names none either: large answers.
        public var model: String?
        /// Nil: where the route's `small` entry says.
        public var baseURL: String?
        /// Nil: the version has none of its own.
        public var threshold: Double?
        /// What the version was trained to do; nil: not known.
        public var contract: String?
        public var at: WallTime
        public var by: String
        public var reason: String
        /// Past a bar that was not met.
        public var forced: Bool

        public init(
            version: String?,
            model: String?,
            baseURL: String? = nil,
            threshold: Double? = nil,
            contract: String? = nil,
            at: WallTime = .now(),
            by: String,
            reason: String,
            forced: Bool = false
        ) {
            self.version = version
            self.model = model
            self.baseURL = baseURL
            self.threshold = threshold
            self.contract = contract
            self.at = at
            self.by = by
            self.reason = reason
            self.forced = forced
        }
    }

    /// Nothing is promoted yet: the file's model is in service.
    public init(route: String, environment: String, file model: String?, by: String) {
        self.route = route
        self.environment = environment
        current = Service(version: nil, model: model, by: by, reason: "named in the settings file")
        replaced = model
        history = []
    }

    public var id: String { Self.id(route: route, environment: environment) }

    public static func id(route: String, environment: String) -> String { "\(route)/\(environment)" }

    /// Whether it says anything to a gateway whose file names this model.
    public func isInForce(over file: String?) -> Bool { file == replaced }
}

// MARK: Changes

extension Promotion {
    /// Puts a version into service; what was there is remembered.
    /// - Parameter file: what the settings file names as the model now.
    public mutating func promote(_ service: Service, over file: String?) {
        if isInForce(over: file) {
            if current.version != service.version || current.model != service.model { remember(current) }
        } else {
            // The file had won: its model was in service, and nothing older is to come back.
            history = [
                Service(version: nil, model: file, at: service.at, by: service.by, reason: "named in the settings file")
            ]
        }
        current = service
        replaced = file
        canary = nil
    }

    private mutating func remember(_ service: Service) {
        history.append(service)
        if history.count > Self.remembered { history.removeFirst(history.count - Self.remembered) }
    }

    /// Ends a trial, if there is one; otherwise the version before comes back into service.
    /// - Returns: what went out of service or off trial; nil: there is nothing to go back from.
    public mutating func rollBack(at time: WallTime = .now(), by: String, reason: String) -> Service? {
        if let canary {
            end(canary, .rolledBack, at: time, reason: reason)
            return canary.challenger
        }
        guard var earlier = history.popLast() else { return nil }
        let gone = current
        earlier.at = time
        earlier.by = by
        earlier.reason = reason
        current = earlier
        return gone
    }
}

// MARK: JSON

extension Promotion {
    public func encode() -> [UInt8] {
        var writer = JSONWriter(reserving: 1024)
        write(to: &writer)
        return writer.bytes
    }

    public func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("route")
        writer.string(route)
        writer.name("environment")
        writer.string(environment)
        current.writeMembers(to: &writer)
        writer.name("replaced")
        writer.stringOrNull(replaced)
        writer.name("history")
        writer.beginArray()
        for service in history { service.write(to: &writer) }
        writer.endArray()
        writer.name("canary")
        if let canary { canary.write(to: &writer) } else { writer.null() }
        writer.name("last_trial")
        if let lastTrial { lastTrial.write(to: &writer) } else { writer.null() }
        writer.endObject()
    }

    /// Reads what `encode` wrote; nil for anything else. Members it does not know are ignored.
    public init?(json: some Collection<UInt8>) {
        guard let tree = try? JSONTree.parse(json), let route = tree["route"]?.string,
            let environment = tree["environment"]?.string, let current = Service(tree)
        else { return nil }
        self.route = route
        self.environment = environment
        self.current = current
        replaced = tree["replaced"]?.string
        history = (tree["history"]?.array ?? []).compactMap { Service($0) }
        canary = tree["canary"].flatMap { Canary($0) }
        lastTrial = tree["last_trial"].flatMap { Canary.End($0) }
    }
}

extension Promotion.Service {
    public func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writeMembers(to: &writer)
        writer.endObject()
    }

    fileprivate func writeMembers(to writer: inout JSONWriter) {
        writer.name("version")
        writer.stringOrNull(version)
        writer.name("model")
        writer.stringOrNull(model)
        writer.name("base_url")
        writer.stringOrNull(baseURL)
        writer.name("threshold")
        if let threshold { writer.number(threshold) } else { writer.null() }
        writer.name("contract")
        writer.stringOrNull(contract)
        writer.name("at")
        writer.string(at.rfc3339)
        writer.name("by")
        writer.string(by)
        writer.name("reason")
        writer.string(reason)
        writer.name("forced")
        writer.bool(forced)
    }

    init?(_ tree: JSONTree) {
        guard let at = tree["at"]?.string.flatMap({ WallTime(rfc3339: $0) }), let by = tree["by"]?.string else {
            return nil
        }
        self.init(
            version: tree["version"]?.string,
            model: tree["model"]?.string,
            baseURL: tree["base_url"]?.string,
            threshold: tree["threshold"]?.double,
            contract: tree["contract"]?.string,
            at: at,
            by: by,
            reason: tree["reason"]?.string ?? "",
            forced: tree["forced"]?.bool ?? false
        )
    }
}
