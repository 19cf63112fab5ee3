import JSON

/// An error as OpenAI's API words it: `{"error":{"message","type","param","code"}}`.
struct ProviderError: Error, Equatable {
    var status: Int
    var message: String
    var type = "invalid_request_error"
    var param: String?
    var code: String?
    var retryAfter: String?

    var body: [UInt8] {
        let error: [JSONTree.Member] = [
            .init(name: "message", value: .string(message)), .init(name: "type", value: .string(type)),
            .init(name: "param", value: param.map(JSONTree.string) ?? .null),
            .init(name: "code", value: code.map(JSONTree.string) ?? .null),
        ]
        return JSONTree.object([.init(name: "error", value: .object(error))]).encode()
    }

    static func invalid(_ message: String, param: String? = nil, code: String? = nil) -> ProviderError {
        ProviderError(status: 400, message: message, param: param, code: code)
    }

    /// What OpenAI says with this status, for faults that give the status alone.
    static func typical(_ status: Int, message: String?) -> ProviderError {
        let (text, type, code): (String, String, String?) =
            switch status {
            case 401: ("Incorrect API key provided.", "invalid_request_error", "invalid_api_key")
            case 403: ("You are not allowed to use this model.", "invalid_request_error", "model_not_allowed")
            case 404: ("The model does not exist.", "invalid_request_error", "model_not_found")
            case 429: ("Rate limit reached.", "requests", "rate_limit_exceeded")
            case 400..<500: ("The request is not valid.", "invalid_request_error", nil)
            case 503: ("The engine is currently overloaded, please try again later.", "server_error", nil)
            default: ("The server had an error while processing your request.", "server_error", nil)
            }
        return ProviderError(status: status, message: message ?? text, type: type, code: code)
    }
}
