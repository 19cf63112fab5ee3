import Foundation
import Harvest
import Settings

/// A private directory with settings and a store, gone with the test.
final class TestFolder: Sendable {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("training-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.resolvingSymlinksInPath().path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
    }

    func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)")))
    }

    func mode(_ name: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")
        return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
    }

    /// Settings with one route, `job`, answered by `large-1` at a simulated provider.
    func settings(at url: String, route: String = "", large: String = "price: { input: 1, output: 2 }") throws
        -> GatewaySettings
    {
        let yaml = Self.yaml(at: url, route: route, large: large)
        try write(yaml, to: "understudy.yaml")
        return try GatewaySettings.load(file: "\(path)/understudy.yaml", environment: [:])
    }

    static func yaml(at url: String, route: String, large: String) -> String {
        """
        models:
          small: { base_url: "\(url)", api: completions }
          large: { base_url: "\(url)", api: chat, model: large-1, \(large) }
        routes:
          job: { small: small, large: large, parameters: { large: { max_tokens: 10 } }\(route) }

        """
    }

    func store() throws -> any Store { try KnownStores.open("sqlite:\(path)/var/understudy.db") }
}

extension GatewaySettings {
    var job: RouteSettings { routes["job"]! }
}

/// What a client sends.
func chat(_ text: String) -> [UInt8] {
    Array(#"{"model":"job","messages":[{"role":"user","content":"\#(text)"}]}"#.utf8)
}
