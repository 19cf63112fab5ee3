internal import JSON

/// Types and ranges of single members. Each takes the value and its path, which is only put together for a message;
/// null counts as absent, as it does at OpenAI, and is left out before.
enum RequestRules {
    static func bool(_ node: JSONNode, _ param: @autoclosure () -> String) throws(InvalidRequest) -> Bool {
        guard let value = node.bool else { throw .type(param(), expected: "a boolean", got: node) }
        return value
    }

    static func string(_ node: JSONNode, _ param: @autoclosure () -> String) throws(InvalidRequest) {
        guard node.kind == .string else { throw .type(param(), expected: "a string", got: node) }
    }

    static func object(_ node: JSONNode, _ param: @autoclosure () -> String) throws(InvalidRequest) {
        guard node.kind == .object else { throw .type(param(), expected: "an object", got: node) }
    }

    static func array(_ node: JSONNode, _ param: @autoclosure () -> String, of what: String) throws(InvalidRequest) {
        guard node.kind == .array else { throw .type(param(), expected: "an array of \(what)", got: node) }
    }

    static func integer(
        _ node: JSONNode,
        _ param: @autoclosure () -> String,
        in range: ClosedRange<Int>
    ) throws(InvalidRequest) -> Int {
        guard node.isInteger else { throw .type(param(), expected: "an integer", got: node) }
        guard let value = node.int else {
            // Between 2^63 and 2^64: the parser takes no more.
            throw .range(param(), node, below: false, limit: "\(range.upperBound)", kind: "integer")
        }
        guard value >= range.lowerBound else {
            throw .range(param(), node, below: true, limit: "\(range.lowerBound)", kind: "integer")
        }
        guard value <= range.upperBound else {
            throw .range(param(), node, below: false, limit: "\(range.upperBound)", kind: "integer")
        }
        return value
    }

    static func number(_ node: JSONNode, _ param: @autoclosure () -> String, in range: ClosedRange<Int>)
        throws(InvalidRequest)
    {
        guard let value = node.double else { throw .type(param(), expected: "a decimal number", got: node) }
        guard value >= Double(range.lowerBound) else {
            throw .range(param(), node, below: true, limit: "\(range.lowerBound)", kind: "decimal")
        }
        guard value <= Double(range.upperBound) else {
            throw .range(param(), node, below: false, limit: "\(range.upperBound)", kind: "decimal")
        }
    }

    static func stop(_ node: JSONNode) throws(InvalidRequest) {
        if node.kind == .string { return }
        guard node.kind == .array else { throw .type("stop", expected: "a string or an array of strings", got: node) }
        guard node.elementCount <= 4 else {
            throw .tooLong("stop", what: "array", limit: 4, got: node.elementCount)
        }
        for (index, element) in node.elements.enumerated() { try string(element, "stop[\(index)]") }
    }

    static func logitBias(_ node: JSONNode) throws(InvalidRequest) {
        try object(node, "logit_bias")
        for member in node.members where member.value.double.map({ abs($0) <= 100 }) != true {
            let key = String(decoding: member.name.decoded().prefix(64), as: UTF8.self)
            try number(member.value, "logit_bias.\(key)", in: -100...100)
        }
    }

    static func metadata(_ node: JSONNode) throws(InvalidRequest) -> [MetadataPair] {
        try object(node, "metadata")
        guard node.memberCount <= 16 else {
            throw .tooLong("metadata", what: "object", limit: 16, got: node.memberCount)
        }
        var pairs: [MetadataPair] = []
        for member in node.members {
            let key = member.name.decoded()
            let path = "metadata.\(String(decoding: key.prefix(64), as: UTF8.self))"
            guard member.name.scalarCount <= 64 else {
                throw .tooLong(path, what: "string", limit: 64, got: member.name.scalarCount)
            }
            try string(member.value, path)
            guard member.value.scalarCount <= 512 else {
                throw .tooLong(path, what: "string", limit: 512, got: member.value.scalarCount)
            }
            pairs.append(MetadataPair(key: key, value: member.value.decoded()))
        }
        return pairs
    }

    /// Whether the format asks for anything but text.
    static func responseFormat(_ node: JSONNode) throws(InvalidRequest) -> Bool {
        try object(node, "response_format")
        guard let type = node["type"] else { throw .missing("response_format.type") }
        try string(type, "response_format.type")
        if type.isString("json_schema") {
            guard let schema = node["json_schema"] else { throw .missing("response_format.json_schema") }
            try object(schema, "response_format.json_schema")
            guard let name = schema["name"] else { throw .missing("response_format.json_schema.name") }
            try string(name, "response_format.json_schema.name")
        }
        return !type.isString("text")
    }

    static func toolChoice(_ node: JSONNode) throws(InvalidRequest) {
        switch node.kind {
        case .object: break
        case .string:
            if node.isString("auto") || node.isString("none") || node.isString("required") { break }
            let text = String(decoding: node.decoded().prefix(100), as: UTF8.self)
            throw .value("tool_choice", text, supported: ["none", "auto", "required"])
        default:
            throw .type("tool_choice", expected: "one of 'none', 'auto', 'required' or an object", got: node)
        }
    }
}
