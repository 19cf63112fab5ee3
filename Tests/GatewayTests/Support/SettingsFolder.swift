import Foundation
import Harvest
import Settings

@testable import Gateway

/// Settings of a text, with a directory of their own for the files that they name; removed at the end.
final class SettingsFolder {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("gateway-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.resolvingSymlinksInPath().path
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
    }

    func load(_ yaml: String) throws -> GatewaySettings {
        try GatewaySettings.load(text: yaml, file: "\(path)/understudy.yaml", environment: [:])
    }

    func snapshot(_ yaml: String, lasting: Lasting = Lasting()) throws -> Snapshot {
        try Snapshot(load(yaml), lasting: lasting, metrics: Metrics(), names: ExchangeNames())
    }
}
