import JSON

/// Compiles a schema document into a `SchemaProgram`; see `SchemaCompiler+Keywords` for the keywords themselves.
///
/// Everything is decided here, at load: references are resolved, patterns compiled, numbers read. What cannot be
/// honoured is refused with its place and its name, never ignored; names that no draft knows are annotations.
struct SchemaCompiler {
    /// `format` is an annotation unless the configuration says `assert_format`.
    let assertsFormat: Bool
    /// What is left of how many patterns it may have.
    var patternsLeft: Int
    private var resources = SchemaResources()
    private var positions: [ObjectIdentifier: Int] = [:]
    private var drafts: [SchemaNodeDraft?] = []
    private var sources: [SchemaSource] = []
    private var tracksScope = false

    /// - Parameters:
    ///   - text: the schema's bytes.
    ///   - mostPatterns: compiling one takes some fifty microseconds, as long as all else of a schema together.
    /// - Throws: `SchemaError`, with a pointer into the schema.
    static func compile(
        _ text: [UInt8],
        assertsFormat: Bool,
        mostPatterns: Int = .max
    ) throws(SchemaError) -> SchemaProgram {
        let tree: JSONTree
        do throws(JSONError) {
            tree = try JSONTree.parse(text, refusingDuplicateNames: true)
        } catch {
            throw SchemaError(location: "line \(error.line), column \(error.column)", message: error.what)
        }
        return try compile(tree, assertsFormat: assertsFormat, mostPatterns: mostPatterns)
    }

    static func compile(
        _ tree: JSONTree,
        assertsFormat: Bool,
        mostPatterns: Int = .max
    ) throws(SchemaError) -> SchemaProgram {
        var compiler = SchemaCompiler(assertsFormat: assertsFormat, mostPatterns: mostPatterns)
        let root = SchemaSource(tree)
        try compiler.resources.add(root, uri: "")
        let position = try compiler.node(for: root)
        return try compiler.finish(root: position)
    }

    private init(assertsFormat: Bool, mostPatterns: Int) {
        self.assertsFormat = assertsFormat
        patternsLeft = mostPatterns
    }

    private func finish(root: Int) throws(SchemaError) -> SchemaProgram {
        let drafts = drafts.map { $0! }  // every position that was handed out has been filled
        try refuseEndlessReferences(drafts)
        return SchemaProgram(nodes: drafts.map(SchemaNode.init), root: root, tracksScope: tracksScope)
    }

    /// The node of a schema, compiled once however often it is referred to.
    mutating func node(for source: SchemaSource) throws(SchemaError) -> Int {
        if let position = positions[ObjectIdentifier(source)] { return position }
        let position = drafts.count
        positions[ObjectIdentifier(source)] = position
        drafts.append(nil)
        sources.append(source)
        var draft = SchemaNodeDraft()
        draft.resource = source.resource.index
        switch source.tree {
        case .bool(let value): draft.boolean = value
        case .object: try compileKeywords(of: source, into: &draft)
        default: throw source.error("expected a schema: an object, true or false")
        }
        drafts[position] = draft
        return position
    }

    mutating func target(_ source: SchemaSource) throws(SchemaError) -> SchemaTarget {
        .node(try node(for: source))
    }

    // MARK: References

    /// The schema that a `$ref` at this place names.
    mutating func resolve(_ reference: SchemaSource) throws(SchemaError) -> SchemaSource {
        guard case .string(let text) = reference.tree else { throw reference.error("expected a string") }
        let uri = URIReference(text).resolved(against: reference.resource.uri)
        guard let resource = try resources.find(uri.resource) else {
            throw reference.error("\(text) is not in this file, and remote references are not supported")
        }
        guard let fragment = uri.fragment, !fragment.isEmpty else { return resource.root }
        guard let name = URIReference.decoded(fragment) else { throw reference.error("a malformed reference: \(text)") }
        let found = name.hasPrefix("/") ? resource.root.find(Substring(name)) : resource.anchors[name]
        guard let found else { throw reference.error("\(text) leads nowhere") }
        return found
    }

    /// The target of a `$dynamicRef`: it is dynamic only if it leads to a `$dynamicAnchor` by its name (section
    /// 8.2.3.2 of the core specification).
    mutating func dynamicTarget(_ reference: SchemaSource) throws(SchemaError) -> SchemaTarget {
        let initial = try resolve(reference)
        let fallback = try node(for: initial)
        guard case .string(let text) = reference.tree, let fragment = URIReference(text).fragment,
            initial.resource.dynamicAnchors[String(fragment)] === initial
        else { return .node(fallback) }
        var byResource: [Int: Int] = [:]
        for resource in resources.all {
            if let anchored = resource.dynamicAnchors[String(fragment)] {
                byResource[resource.index] = try node(for: anchored)
            }
        }
        tracksScope = true
        return .dynamic(byResource: byResource, fallback: fallback)
    }

    /// A schema that applies itself to the same value again never ends: refused here, by following all keywords that
    /// stay at the same value. (What a `$dynamicRef` leads to is known only on the way; evaluation has a depth limit.)
    private func refuseEndlessReferences(_ drafts: [SchemaNodeDraft]) throws(SchemaError) {
        enum Visit { case new, open, done }
        var visits = [Visit](repeating: .new, count: drafts.count)
        for start in drafts.indices where visits[start] == .new {
            var path: [(node: Int, next: Int)] = [(start, 0)]
            visits[start] = .open
            while let (node, next) = path.last {
                guard next < drafts[node].inPlace.count else {
                    visits[node] = .done
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                guard case .node(let child) = drafts[node].inPlace[next].target else { continue }
                switch visits[child] {
                case .open: throw sources[child].error("refers to itself without end")
                case .new:
                    visits[child] = .open
                    path.append((child, 0))
                case .done: break
                }
            }
        }
    }
}
