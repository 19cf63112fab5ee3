internal import JSON

/// The words and codes that OpenAI uses for the same mistakes, so that clients which match on them go on working.
extension InvalidRequest {
    static func notJSON(_ error: JSONError) -> InvalidRequest {
        InvalidRequest("We could not parse the JSON body of your request: \(error).")
    }

    static func missing(_ param: String) -> InvalidRequest {
        InvalidRequest("Missing required parameter: '\(param)'.", param: param, code: "missing_required_parameter")
    }

    static func type(_ param: String, expected: String, got node: JSONNode) -> InvalidRequest {
        InvalidRequest(
            "Invalid type for '\(param)': expected \(expected), but got \(describe(node)) instead.",
            param: param,
            code: "invalid_type"
        )
    }

    static func value(_ param: String, _ text: String, supported: [String]) -> InvalidRequest {
        let list = supported.map { "'\($0)'" }.joined(separator: ", ")
        return InvalidRequest(
            "Invalid value: '\(text)'. Supported values are: \(list).",
            param: param,
            code: "invalid_value"
        )
    }

    static func range(_ param: String, _ node: JSONNode, below: Bool, limit: String, kind: String) -> InvalidRequest {
        let got = String(decoding: node.raw.prefix(40), as: UTF8.self)
        return InvalidRequest(
            "Invalid '\(param)': \(kind) \(below ? "below minimum" : "above maximum") value. "
                + "Expected a value \(below ? ">=" : "<=") \(limit), but got \(got) instead.",
            param: param,
            code: "\(kind)_\(below ? "below_min" : "above_max")_value"
        )
    }

    static func emptyArray(_ param: String) -> InvalidRequest {
        InvalidRequest(
            "Invalid '\(param)': empty array. Expected an array with minimum length 1, but got an empty array instead.",
            param: param,
            code: "empty_array"
        )
    }

    static func tooLong(_ param: String, what: String, limit: Int, got: Int) -> InvalidRequest {
        let (noun, unit, code) =
            switch what {
            case "array":
                ("array too long", "an array with maximum length \(limit), but got an array with length", "array")
            case "object":
                ("too many properties", "an object with at most \(limit) properties, but got an object with", "object")
            default:
                ("string too long", "a string with maximum length \(limit), but got a string with length", "string")
            }
        return InvalidRequest(
            "Invalid '\(param)': \(noun). Expected \(unit) \(got)\(what == "object" ? " properties" : "") instead.",
            param: param,
            code: "\(code)_above_max_\(what == "object" ? "properties" : "length")"
        )
    }

    static func duplicate(_ name: JSONNode, in place: String?) -> InvalidRequest {
        let name = String(decoding: name.decoded().prefix(200), as: UTF8.self)
        let param = place.map { "\($0).\(name)" } ?? name
        return InvalidRequest("Invalid '\(param)': the name occurs twice.", param: param, code: "duplicate_member")
    }

    static func onlyWith(_ param: String, _ other: String) -> InvalidRequest {
        InvalidRequest("'\(param)' is only allowed when \(other).", param: param, code: "invalid_parameter_combination")
    }

    private static func describe(_ node: JSONNode) -> String {
        switch node.kind {
        case .null: "null"
        case .bool: "a boolean"
        case .number: node.isInteger ? "an integer" : "a decimal number"
        case .string: "a string"
        case .object: "an object"
        case .array:
            switch node.elements.first(where: { _ in true })?.kind {
            case nil: "an empty array"
            case .object: "an array of objects"
            case .string: "an array of strings"
            case .number: "an array of numbers"
            default: "an array"
            }
        }
    }
}
