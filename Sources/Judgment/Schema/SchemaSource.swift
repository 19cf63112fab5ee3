import JSON

/// Why a schema cannot be compiled, and where in it.
struct SchemaError: Error, Sendable, CustomStringConvertible {
    /// A JSON pointer into the schema, as a fragment: `#/properties/a`.
    let location: String
    let message: String

    var description: String { "\(location): \(message)" }
}

/// A value of a schema document, with an identity: where it is, and to which schema resource it belongs.
final class SchemaSource {
    let tree: JSONTree
    let location: String
    let members: [(name: String, value: SchemaSource)]
    let items: [SchemaSource]
    /// Kept by `SchemaResources` as long as the compilation goes on. It keeps its root: to keep it from here would be a
    /// circle, and every schema compiled a leak.
    unowned var resource: SchemaResource!

    init(_ tree: JSONTree, location: String = "#") {
        self.tree = tree
        self.location = location
        switch tree {
        case .object(let entries):
            members = entries.map {
                ($0.name, SchemaSource($0.value, location: "\(location)/\(Self.escaped($0.name))"))
            }
            items = []
        case .array(let elements):
            members = []
            items = elements.enumerated().map { SchemaSource($0.element, location: "\(location)/\($0.offset)") }
        default:
            members = []
            items = []
        }
    }

    subscript(_ name: String) -> SchemaSource? {
        members.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    func error(_ message: String) -> SchemaError {
        SchemaError(location: location, message: message)
    }

    private static func escaped(_ name: String) -> String {
        guard name.contains(where: { $0 == "~" || $0 == "/" }) else { return name }
        return name.map { $0 == "~" ? "~0" : $0 == "/" ? "~1" : String($0) }.joined()
    }

    /// The value that a JSON pointer (RFC 6901), decoded, leads to from here.
    func find(_ pointer: Substring) -> SchemaSource? {
        var here = self
        for token in pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            if case .array = here.tree {
                guard let index = Int(token), here.items.indices.contains(index), String(index) == token else {
                    return nil
                }
                here = here.items[index]
            } else {
                guard let next = here[Self.unescaped(token)] else { return nil }
                here = next
            }
        }
        return here
    }

    private static func unescaped(_ token: Substring) -> String {
        guard token.contains("~") else { return String(token) }
        var text = ""
        var rest = token.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            if scalar == "~", let next = rest.first, next == "0" || next == "1" {
                rest.removeFirst()
                text.unicodeScalars.append(next == "0" ? "~" : "/")
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}

/// A schema with a name of its own: the document, or a subschema with `$id`.
final class SchemaResource {
    let uri: String
    let root: SchemaSource
    let dialect: SchemaDialect
    let index: Int
    var anchors: [String: SchemaSource] = [:]
    var dynamicAnchors: [String: SchemaSource] = [:]

    init(uri: String, root: SchemaSource, dialect: SchemaDialect, index: Int) {
        self.uri = uri
        self.root = root
        self.dialect = dialect
        self.index = index
    }
}

/// The schema resources of a compilation, found by their names.
struct SchemaResources {
    private(set) var all: [SchemaResource] = []
    private var byURI: [String: SchemaResource] = [:]

    /// Adds a document and all resources in it.
    /// - Parameters:
    ///   - uri: its name, unless it has an `$id`.
    mutating func add(_ document: SchemaSource, uri: String) throws(SchemaError) {
        try scan(document, in: nil, base: uri, inherited: .draft2020)
    }

    /// The resource of that name; the drafts' own schemas are at hand.
    mutating func find(_ uri: String) throws(SchemaError) -> SchemaResource? {
        if let resource = byURI[uri] { return resource }
        guard let text = Metaschemas.text(of: uri), let tree = try? JSONTree.parse(Array(text.utf8)) else { return nil }
        try add(SchemaSource(tree, location: uri + "#"), uri: uri)
        return byURI[uri]
    }

    private mutating func scan(
        _ source: SchemaSource,
        in outer: SchemaResource?,
        base: String,
        inherited: SchemaDialect
    ) throws(SchemaError) {
        let resource = try self.resource(at: source, in: outer, base: base, inherited: inherited)
        source.resource = resource
        guard case .object = source.tree else { return }
        try addAnchors(of: source, to: resource)
        for (name, value) in source.members {
            value.resource = resource
            switch resource.dialect.subschemas(of: name) {
            case nil: belong(value, to: resource)
            case .schema: try scan(value, in: resource, base: base, inherited: resource.dialect)
            case .list, .map, .mapOfSchemas, .schemaOrList:
                if case .object = value.tree, resource.dialect.subschemas(of: name).holdsOneSchema {
                    try scan(value, in: resource, base: base, inherited: resource.dialect)
                } else if value.members.isEmpty, value.items.isEmpty {
                    belong(value, to: resource)
                } else {
                    for child in value.members.map(\.value) + value.items {
                        if case .array = child.tree {
                            belong(child, to: resource)
                        } else {
                            try scan(child, in: resource, base: base, inherited: resource.dialect)
                        }
                    }
                }
            }
        }
    }

    /// The resource that `source` begins, or the one it is in.
    private mutating func resource(
        at source: SchemaSource,
        in outer: SchemaResource?,
        base: String,
        inherited: SchemaDialect
    ) throws(SchemaError) -> SchemaResource {
        var dialect = inherited
        if let name = source["$schema"] {
            guard case .string(let text) = name.tree else { throw name.error("expected a string") }
            guard let named = SchemaDialect(text) else {
                throw name.error("\(text) is not supported; draft 2020-12 and draft 7 are")
            }
            dialect = named
        }
        // Draft 7 has `$ref` silence everything beside it.
        let isSilenced = dialect == .draft7 && source["$ref"] != nil && outer != nil
        if let id = source["$id"], !isSilenced {
            guard case .string(let text) = id.tree else { throw id.error("expected a string") }
            let reference = URIReference(text)
            let isAnchor = dialect == .draft7 && text.hasPrefix("#")
            if !isAnchor {
                if let fragment = reference.fragment, !fragment.isEmpty {
                    throw id.error("an $id has no fragment")
                }
                let uri = reference.resolved(against: outer?.uri ?? base).resource
                return try register(SchemaResource(uri: uri, root: source, dialect: dialect, index: all.count), id)
            }
        }
        if let outer { return outer }
        return try register(SchemaResource(uri: base, root: source, dialect: dialect, index: all.count), source)
    }

    private mutating func register(
        _ resource: SchemaResource,
        _ place: SchemaSource
    ) throws(SchemaError) -> SchemaResource {
        guard byURI[resource.uri] == nil else { throw place.error("\(resource.uri) names two schemas") }
        byURI[resource.uri] = resource
        all.append(resource)
        return resource
    }

    private func addAnchors(of source: SchemaSource, to resource: SchemaResource) throws(SchemaError) {
        var names: [(String, SchemaSource)] = []
        if resource.dialect == .draft7 {
            if case .string(let text)? = source["$id"]?.tree, text.hasPrefix("#"), text != "#", source["$ref"] == nil {
                names.append((String(text.dropFirst()), source))
            }
        } else {
            for keyword in ["$anchor", "$dynamicAnchor"] {
                guard let anchor = source[keyword] else { continue }
                guard case .string(let text) = anchor.tree else { throw anchor.error("expected a string") }
                names.append((text, anchor))
                if keyword == "$dynamicAnchor" { resource.dynamicAnchors[text] = source }
            }
        }
        for (name, place) in names {
            if let other = resource.anchors[name], other !== source {
                throw place.error("the anchor \(name) is there twice")
            }
            resource.anchors[name] = source
        }
    }

    private func belong(_ source: SchemaSource, to resource: SchemaResource) {
        source.resource = resource
        for (_, value) in source.members { belong(value, to: resource) }
        for item in source.items { belong(item, to: resource) }
    }
}

extension SchemaDialect.Holds? {
    /// An object in this place is one schema, not a map of schemas.
    fileprivate var holdsOneSchema: Bool {
        switch self {
        case .schema, .schemaOrList: true
        default: false
        }
    }
}
