import JSON

/// Names and values in the order in which they are said; what is nil is not said.
struct Facts {
    private(set) var members: [JSONTree.Member] = []

    var tree: JSONTree { .object(members) }

    mutating func add(_ name: String, _ value: JSONTree?) {
        guard let value else { return }
        members.append(JSONTree.Member(name: name, value: value))
    }

    mutating func add(_ name: String, _ value: String?) { add(name, value.map { .string($0) }) }
    mutating func add(_ name: String, _ value: Int?) { add(name, value.map { .int($0) }) }
    mutating func add(_ name: String, _ value: Double?) { add(name, value.map { .double($0) }) }
    mutating func add(_ name: String, _ value: Bool?) { add(name, value.map { .bool($0) }) }
    mutating func add(_ name: String, _ value: Facts) { add(name, value.tree) }
    mutating func add(_ name: String, _ value: [JSONTree]) { add(name, .array(value)) }
}
