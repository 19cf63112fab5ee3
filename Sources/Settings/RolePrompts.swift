public import Completions
public import Digest

/// `prompt:` — how the input is phrased for each role; nil: passed through as it came.
public struct RolePrompts: Sendable {
    public let small: PromptTemplate?
    public let large: PromptTemplate?
    /// Of the templates' text; of nothing where there is none.
    public let smallDigest: Digest32
    public let largeDigest: Digest32
    /// What may be dropped where a template has no place for it.
    public let ignored: Set<PromptPart>

    public func template(for role: ModelRole) -> PromptTemplate? {
        role == .small ? small : large
    }

    init(_ fields: Fields) {
        (small, smallDigest, large, largeDigest, ignored) = fields.section("prompt") { fields in
            let (small, smallDigest) = Self.template("small", fields)
            let (large, largeDigest) = Self.template("large", fields)
            let ignored: [PromptPart] = fields.words("ignore")
            if small == nil, large == nil, !ignored.isEmpty, let node = fields.value("ignore") {
                let message = "drops nothing: without a template all is passed on"
                fields.reading.problems.note(node.place, key: node.key, message)
            }
            return (small, smallDigest, large, largeDigest, Set(ignored))
        }
    }

    private static func template(_ role: String, _ fields: Fields) -> (PromptTemplate?, Digest32) {
        let none = SHA256.digest(of: "")
        guard let (node, scalar) = fields.scalar(role, "the path of a template") else { return (nil, none) }
        guard let text = fields.reading.text(ofFile: scalar.text, at: node) else { return (nil, none) }
        let path = fields.reading.resolve(scalar.text)
        let digest = SHA256.digest(of: text)
        fields.put(role, .file(path: path, contents: digest))
        do {
            return (try PromptTemplate(text, name: path), digest)
        } catch {
            let place = Place(file: path, line: error.line, column: 1)
            fields.reading.problems.add(place, key: node.key, error.message)
            return (nil, digest)
        }
    }
}
