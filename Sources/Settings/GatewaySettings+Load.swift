extension GatewaySettings {
    /// Reads, checks and compiles a settings file and the files it names. Blocking: not for a loop.
    ///
    /// - Parameters:
    ///   - file: as the user named it; messages repeat it.
    ///   - environment: for `${NAME}`.
    /// - Throws: everything that is wrong, at once.
    public static func load(
        file: String,
        environment: [String: String]
    ) throws(SettingsErrors) -> GatewaySettings {
        let bytes: [UInt8]
        do {
            bytes = try SettingsFile.read(file)
        } catch {
            throw SettingsErrors(file: file, "cannot be read: \(error.reason)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw SettingsErrors(file: file, "is not UTF-8")
        }
        return try load(text: text, file: file, environment: environment)
    }

    /// The same, of a text that stands for `file`: paths are relative to that file's directory.
    public static func load(
        text: String,
        file: String,
        environment: [String: String]
    ) throws(SettingsErrors) -> GatewaySettings {
        let problems = ProblemList()
        let directory = SettingsFile.directory(of: file)
        let reading = Reading(directory: directory, environment: environment, problems: problems)
        var document = DocumentReader(
            file: file,
            problems: problems,
            environment: environment,
            ignoredPrefix: "x-"
        )
        let top = Place(file: file, line: 1, column: 1)
        let root = document.read(text)
        if root == nil, !problems.problems.isEmpty { throw SettingsErrors(problems: problems.sorted(main: file)) }
        let empty = ConfigNode(value: .mapping([]), place: top, keyPlace: top, key: "")
        let parts = Parts(Fields(root ?? empty, reading))
        guard problems.problems.isEmpty else { throw SettingsErrors(problems: problems.sorted(main: file)) }
        return GatewaySettings(
            file: file,
            server: parts.server,
            cache: parts.cache,
            harvest: parts.harvest,
            models: parts.models,
            routes: parts.routes,
            notes: problems.notes,
            effective: parts.effective
        )
    }
}

extension SettingsErrors {
    fileprivate init(file: String, _ message: String) {
        self.init(problems: [SettingsProblem(file: file, line: 1, column: 1, key: "", message: message)])
    }
}

/// The top level of the file, read in the order in which one part needs another.
private struct Parts {
    let server: ServerSettings
    let cache: CacheSettings
    let harvest: HarvestSettings
    let models: [String: ModelSettings]
    let routes: [String: RouteSettings]
    let effective: Effective

    init(_ fields: Fields) {
        if case .mapping(let entries) = fields.value("routes")?.value {
            fields.reading.routeNames = entries.map(\.name)
        }
        server = fields.section("server") { ServerSettings($0) }
        cache = fields.section("cache") { CacheSettings($0) }
        harvest = fields.section("harvest") { HarvestSettings($0) }
        let defaults = Self.defaults(fields)
        fields.reading.isInsecure = server.insecure
        models = Self.models(fields)
        routes = Self.routes(fields, defaults, models, server, cache)
        fields.finish()
        effective = .mapping(fields.effective)
    }

    private static func models(_ fields: Fields) -> [String: ModelSettings] {
        guard fields.value("models") != nil else {
            fields.missing("models", "is missing")
            return [:]
        }
        return fields.section("models") { fields in
            var models: [String: ModelSettings] = [:]
            for entry in fields.named("model", except: Name.takenByQueues) {
                let inner = Fields(entry.value, fields.reading)
                models[entry.name] = ModelSettings(entry.name, inner)
                inner.finish()
                fields.put(entry.name, .mapping(inner.effective))
            }
            if models.isEmpty { fields.reading.problems.add(fields.node.keyPlace, key: "models", "holds no model") }
            return models
        }
    }

    private static func defaults(_ fields: Fields) -> ConfigNode? {
        guard let node = fields.value("defaults") else { return nil }
        guard case .mapping = node.value else {
            fields.reading.problems.add(node.place, key: node.key, "expected a mapping, found \(node.kind)")
            return nil
        }
        return node
    }

    private static func routes(
        _ fields: Fields,
        _ defaults: ConfigNode?,
        _ models: [String: ModelSettings],
        _ server: ServerSettings,
        _ cache: CacheSettings
    ) -> [String: RouteSettings] {
        guard fields.value("routes") != nil else {
            fields.missing("routes", "is missing")
            return [:]
        }
        let common = if case .mapping(let entries) = defaults?.value { entries } else { [ConfigNode.Entry]() }
        // Where clients are told apart, their answers are, unless the route says that they may be shared.
        let scope: RouteSettings.Caching.Scope = server.keysFile == nil ? .route : .key
        return fields.section("routes") { fields in
            var routes: [String: RouteSettings] = [:]
            var known: [String] = []
            for entry in fields.named("route") {
                let inner = Fields(entry.value, fallback: common, fields.reading)
                routes[entry.name] = RouteSettings(entry.name, inner, models: models, scope: scope, ttl: cache.ttl)
                inner.finish()
                known = inner.known
                fields.put(entry.name, .mapping(inner.effective))
            }
            if known.isEmpty { fields.reading.problems.add(fields.node.keyPlace, key: "routes", "holds no route") }
            for entry in common where !known.isEmpty && !known.contains(entry.name) {
                let suggestion = Suggestion.nearest(to: entry.name, among: known)
                fields.problem(of: entry, "unknown key", suggestion: suggestion)
            }
            return routes
        }
    }
}

extension Fields {
    /// Entries whose keys are names of the user's, sorted by name.
    /// - Parameter taken: names that mean something else where this one would be read, in metrics.
    fileprivate func named(_ what: String, except taken: [String] = []) -> [ConfigNode.Entry] {
        own.sorted { $0.name < $1.name }.filter { entry in
            let problem: String
            if !Name.isValid(entry.name) {
                problem = "\(Name.rule) for the \(what)'s name"
            } else if taken.contains(entry.name) {
                problem = "metrics have another meaning for '\(entry.name)': choose another name for the \(what)"
            } else {
                return true
            }
            reading.problems.add(entry.namePlace, key: entry.value.key, problem)
            return false
        }
    }

    fileprivate func problem(of entry: ConfigNode.Entry, _ message: String, suggestion: String?) {
        reading.problems.add(entry.namePlace, key: entry.value.key, message, suggestion: suggestion)
    }
}
