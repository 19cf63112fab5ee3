import JSON

/// What a list's query asks for: `limit`, `after` an item, and their order.
struct ListPage {
    var limit: Int
    var after: String?
    var ascending: Bool

    init(
        _ query: [(name: String, value: String)],
        usual: Int,
        most: Int,
        ascending: Bool = false
    ) throws(ProviderError) {
        var values: [String: String] = [:]
        for (name, value) in query { values[name] = value }
        limit = usual
        if let text = values["limit"] {
            guard let number = Int(text), (1...most).contains(number) else {
                throw .invalid("Invalid 'limit': an integer between 1 and \(most) was expected.", param: "limit")
            }
            limit = number
        }
        after = values["after"]
        self.ascending = values["order"].map { $0 == "asc" } ?? ascending
    }

    /// `items` are the oldest first.
    func of(_ items: [JSONTree]) throws(ProviderError) -> JSONTree {
        var rest = (ascending ? items : items.reversed())[...]
        if let after {
            guard let index = rest.firstIndex(where: { $0["id"]?.string == after }) else {
                throw .invalid("Invalid 'after': no item '\(after)'.", param: "after")
            }
            rest = rest[(index + 1)...]
        }
        let data = Array(rest.prefix(limit))
        return object([
            ("object", .string("list")), ("data", .array(data)), ("first_id", data.first?["id"] ?? .null),
            ("last_id", data.last?["id"] ?? .null), ("has_more", .bool(rest.count > limit)),
        ])
    }
}
