import Digest

/// A keys file, and the header that proves each of its keys.
struct TestKeys {
    let yaml: String
    private let names: [String]

    /// - Parameter entries: names and further members in YAML's flow form: `limit: { rps: 1 }`.
    init(_ entries: (name: String, members: String)...) {
        names = entries.map(\.name)
        yaml = entries.map { entry in
            let digest = SHA256.digest(of: Self.secret(of: entry.name)).hex
            let members = entry.members.isEmpty ? "" : ", \(entry.members)"
            return "- { name: \(entry.name), sha256: \(digest)\(members) }\n"
        }.joined()
    }

    subscript(_ name: String) -> [String: String] {
        precondition(names.contains(name), "no key \(name)")
        return ["authorization": "Bearer \(Self.secret(of: name))"]
    }

    private static func secret(of name: String) -> String { "us-test-key-of-\(name)" }
}
