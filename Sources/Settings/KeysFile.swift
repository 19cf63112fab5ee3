// keys.yaml: a list of `{ name, sha256, routes, may: [use, no-cache], harvest, limit: { rps, in_flight } }`.

import Digest

enum KeysFile {
    /// Reads `keys` of `server:` and the file it names.
    static func read(_ fields: Fields) -> (file: String?, keys: [ClientKey]) {
        guard let (node, scalar) = fields.scalar("keys", "a path") else { return (nil, []) }
        let path = fields.reading.resolve(scalar.text)
        guard let text = fields.reading.text(ofFile: scalar.text, at: node) else { return (path, []) }
        fields.put("keys", .file(path: path, contents: SHA256.digest(of: text)))
        var document = DocumentReader(
            file: path,
            problems: fields.reading.problems,
            environment: fields.reading.environment
        )
        guard let root = document.read(text) else {
            fields.reading.problems.note(node.place, key: node.key, "holds no keys: every request will be refused")
            return (path, [])
        }
        guard case .list(let items) = root.value else {
            let message = "expected a list of keys, found \(root.kind)"
            fields.reading.problems.add(root.place, key: "", message)
            return (path, [])
        }
        var keys: [ClientKey] = []
        for item in items {
            let entry = Fields(item, fields.reading)
            if let key = ClientKey(entry) {
                if keys.contains(where: { $0.name == key.name }) {
                    entry.problem(at: entry.value("name")?.place ?? item.place, "name", "'\(key.name)' stands twice")
                }
                if keys.contains(where: { $0.sha256 == key.sha256 }) {
                    let place = entry.value("sha256")?.place ?? item.place
                    entry.problem(at: place, "sha256", "the same key stands twice")
                }
                keys.append(key)
            }
            entry.finish()
        }
        if keys.isEmpty {
            fields.reading.problems.note(node.place, key: node.key, "holds no keys: every request will be refused")
        }
        return (path, keys)
    }
}

extension ClientKey {
    init?(_ fields: Fields) {
        let name = fields.name("name", default: "")
        if fields.value("name") == nil { fields.missing("name", "is missing") }
        if fields.value("sha256") == nil { fields.missing("sha256", "is missing: 'understudy key new NAME' prints it") }
        let digest = fields.text("sha256").flatMap { text in
            let digest = Digest32(hex: text)
            if digest == nil, let node = fields.value("sha256") {
                // Not quoted: somebody may have written the key itself.
                fields.reading.problems.add(node.place, key: node.key, "expected 64 hexadecimal digits")
            }
            return digest
        }
        let routes =
            fields.value("routes") == nil ? nil : Set(fields.texts("routes").map { Self.route($0, $1, fields) })
        var may: Set<Permission> = []
        for (text, node) in fields.texts("may") {
            guard let permission = Permission(rawValue: text) else {
                let words = Permission.allCases.map(\.rawValue)
                fields.reading.problems.add(
                    node.place,
                    key: node.key,
                    "expected \(Fields.either(words)), found \(node.kind)",
                    suggestion: Suggestion.nearest(to: text, among: words)
                )
                continue
            }
            may.insert(permission)
        }
        let harvest = fields.word("harvest", of: HarvestPolicy.self)
        let limit = fields.optionalSection("limit") { fields in
            Limit(
                requestsPerSecond: fields.number("rps", in: 0.001...(.infinity)),
                inFlight: fields.integer("in_flight", in: 1...1_000_000)
            )
        }
        guard let digest, !name.isEmpty else { return nil }
        self.init(name: name, sha256: digest, routes: routes, may: may, harvest: harvest, limit: limit)
    }

    private static func route(_ name: String, _ node: ConfigNode, _ fields: Fields) -> String {
        let names = fields.reading.routeNames
        if !names.contains(name) {
            let suggestion = Suggestion.nearest(to: name, among: names)
            fields.reading.problems.add(
                node.place,
                key: node.key,
                "no route is named '\(name)'",
                suggestion: suggestion
            )
        }
        return name
    }
}
