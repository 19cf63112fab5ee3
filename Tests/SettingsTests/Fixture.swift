import Foundation
import Settings
import Testing

/// A directory of its own for a settings file and the files it names; removed at the end.
final class Fixture {
    let directory: String

    init() throws {
        let template = FileManager.default.temporaryDirectory.appendingPathComponent("settings-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: template, withIntermediateDirectories: true)
        directory = template.resolvingSymlinksInPath().path
    }

    deinit {
        try? FileManager.default.removeItem(atPath: directory)
    }

    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        let path = "\(directory)/\(name)"
        let parent = URL(fileURLWithPath: path).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    func load(_ yaml: String, environment: [String: String] = [:]) throws -> GatewaySettings {
        try GatewaySettings.load(file: write("understudy.yaml", yaml), environment: environment)
    }

    /// What is wrong with `yaml`, one `line:column: key: message` each; files other than the settings' are named by
    /// their path in the directory.
    func problems(_ yaml: String, environment: [String: String] = [:]) throws -> [String] {
        do {
            _ = try load(yaml, environment: environment)
            return []
        } catch let errors as SettingsErrors {
            return errors.problems.map { problem in
                problem.description
                    .replacingOccurrences(of: "\(directory)/understudy.yaml:", with: "")
                    .replacingOccurrences(of: "\(directory)/", with: "")
            }
        }
    }
}

/// The least that a settings file must say, and what a test adds to it.
enum Minimal {
    static let models = """
        models:
          small: { base_url: http://127.0.0.1:9000/v1, api: chat, model: tiny }
          large: { base_url: http://127.0.0.1:9001/v1, api: chat, model: huge }

        """
    static let yaml = models + "routes:\n  search: { small: small, large: large }\n"

    /// With more keys for the one route, one a line; they begin in line 8.
    static func route(_ keys: String) -> String {
        models + "routes:\n  search:\n    small: small\n    large: large\n" + indent(keys, 4)
    }

    /// With more keys for a section; they begin in line 7 (after the section's name in line 6).
    static func section(_ name: String, _ keys: String) -> String {
        yaml + "\(name):\n" + indent(keys, 2)
    }

    static func indent(_ text: String, _ spaces: Int) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.isEmpty ? "" : String(repeating: " ", count: spaces) + $0 }.joined(separator: "\n") + "\n"
    }
}
