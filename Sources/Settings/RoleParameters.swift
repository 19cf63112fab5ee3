public import Completions

/// `parameters:` — members that a route sets on the upstream request, over the client's.
public struct RoleParameters: Sendable {
    public let small: [RouteParameter]
    public let large: [RouteParameter]

    public func parameters(for role: ModelRole) -> [RouteParameter] {
        role == .small ? small : large
    }

    init(_ fields: Fields) {
        (small, large) = fields.section("parameters") { fields in
            (Self.read("small", fields), Self.read("large", fields))
        }
    }

    private static func read(_ role: String, _ fields: Fields) -> [RouteParameter] {
        fields.section(role) { fields in
            var parameters: [RouteParameter] = []
            for entry in fields.own.sorted(by: { $0.name < $1.name }) {
                if RouteParameter.reserved.contains(entry.name) {
                    let message = "is the gateway's own and cannot be set"
                    fields.reading.problems.add(entry.namePlace, key: entry.value.key, message)
                    continue
                }
                guard let json = JSONText.encode(entry.value, fields.reading.problems) else { continue }
                parameters.append(RouteParameter(name: entry.name, value: json.bytes))
                fields.put(entry.name, json.effective)
            }
            return parameters
        }
    }
}
