internal import JSON

/// `tools`: what the client offers. Functions are read; tools of other types are the provider's own and pass through.
enum ToolReader {
    static func read(_ node: JSONNode, body: [UInt8]) throws(InvalidRequest) -> [ToolDefinition] {
        try RequestRules.array(node, "tools", of: "objects")
        guard node.elementCount <= 128 else {
            throw .tooLong("tools", what: "array", limit: 128, got: node.elementCount)
        }
        var tools: [ToolDefinition] = []
        for (index, tool) in node.elements.enumerated() {
            try RequestRules.object(tool, "tools[\(index)]")
            guard let type = tool["type"] else { throw .missing("tools[\(index)].type") }
            try RequestRules.string(type, "tools[\(index)].type")
            guard type.isString("function") else { continue }
            guard let function = tool["function"] else { throw .missing("tools[\(index)].function") }
            tools.append(try read(function: function, body: body, "tools[\(index)].function"))
        }
        return tools
    }

    /// The older `functions` member: the same objects without the wrapper.
    static func read(functions node: JSONNode, body: [UInt8]) throws(InvalidRequest) -> [ToolDefinition] {
        try RequestRules.array(node, "functions", of: "objects")
        var tools: [ToolDefinition] = []
        for (index, function) in node.elements.enumerated() {
            tools.append(try read(function: function, body: body, "functions[\(index)]"))
        }
        return tools
    }

    private static func read(
        function: JSONNode,
        body: [UInt8],
        _ path: @autoclosure () -> String
    ) throws(InvalidRequest) -> ToolDefinition {
        try RequestRules.object(function, path())
        guard let name = function["name"] else { throw .missing("\(path()).name") }
        try RequestRules.string(name, "\(path()).name")
        let parameters = function["parameters"].flatMap { $0.isNull ? nil : $0 }
        if let parameters { try RequestRules.object(parameters, "\(path()).parameters") }
        return ToolDefinition(name: name.decoded(), parameters: parameters.map { body[$0.range] })
    }
}
