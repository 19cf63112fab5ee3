import Completions
import Digest
import Foundation
import JSON
import Routing
import Settings

/// Settings of a text, requests of a text; files live in a directory of their own.
final class Fixture {
    let directory: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("routing-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        directory = url.path
    }

    deinit {
        try? FileManager.default.removeItem(atPath: directory)
    }

    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(directory)/\(name)"))
    }

    /// - Parameters:
    ///   - route: keys of the one route `r`, besides `small` and `large`, in one line.
    ///   - server: the server section, in one line.
    func settings(
        _ route: String = "",
        small: String = "{ base_url: http://127.0.0.1:1, api: chat, model: tiny }",
        roles: String = "small: s, large: l",
        server: String = "{}"
    ) throws -> GatewaySettings {
        let yaml = """
            server: \(server)
            models:
              s: \(small)
              t: { base_url: http://127.0.0.1:1, api: chat, model: tiny2 }
              u: { base_url: http://127.0.0.1:1, api: chat }
              l: { base_url: http://127.0.0.1:2, api: chat, model: huge }
            routes:
              r: { \(roles)\(route.isEmpty ? "" : ", ")\(route) }
              other: { large: l }

            """
        return try GatewaySettings.load(text: yaml, file: "\(directory)/understudy.yaml", environment: [:])
    }

    func plan(_ settings: GatewaySettings, _ name: String = "r") throws -> RoutePlan {
        guard case .plan(let plan) = Router(settings).route(Array(name.utf8), for: nil) else { throw NoPlan() }
        return plan
    }

    struct NoPlan: Error {}
}

enum Request {
    static func chat(_ content: String = "hello", more: String = "") throws -> CompletionRequest {
        try read("{\"model\":\"r\",\"messages\":[{\"role\":\"user\",\"content\":\"\(content)\"}]\(more)}", .chat)
    }

    static func messages(_ messages: String) throws -> CompletionRequest {
        try read("{\"model\":\"r\",\"messages\":[\(messages)]}", .chat)
    }

    static func completion(_ prompt: String = "hello", more: String = "") throws -> CompletionRequest {
        try read("{\"model\":\"r\",\"prompt\":\"\(prompt)\"\(more)}", .completions)
    }

    private static func read(_ body: String, _ dialect: Dialect) throws -> CompletionRequest {
        try CompletionRequest.read(Array(body.utf8), dialect: dialect, parser: JSONParser())
    }
}

/// A request's headers.
struct Headers {
    var fields: [String: String] = [:]

    func callAsFunction(_ name: [UInt8]) -> ArraySlice<UInt8>? {
        fields[String(decoding: name, as: UTF8.self)].map { Array($0.utf8)[...] }
    }
}

extension RoutePlan {
    /// The choice, with the request's own material.
    func choose(_ request: CompletionRequest, headers: [String: String] = [:], key: ClientKey? = nil) -> RouteChoice {
        let look = Headers(fields: headers).callAsFunction
        return choose(request, header: look, key: key) {
            var hash = SHA256()
            return material.digest(of: request, header: look, key: key, using: &hash)
        }
    }

    /// The cache key in hexadecimal digits.
    func cacheKey(_ request: CompletionRequest, headers: [String: String] = [:], key: ClientKey? = nil) -> String {
        var hash = SHA256()
        let look = Headers(fields: headers).callAsFunction
        let own = material.digest(of: request, header: look, key: key, using: &hash)
        return choose(request, headers: headers, key: key).cacheKey(material: own, using: &hash).hex
    }
}
