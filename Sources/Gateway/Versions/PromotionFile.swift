// The last promotions that this gateway has seen, on its own disk: it starts with them when the store is away. Beside
// the spool, `SPOOL-promotions.json`, written whole and renamed into place. Blocking: not for a loop.

import Glibc
import Harvest
import JSON
import Settings

struct PromotionFile {
    let path: String
    let environment: String

    init(spool: String, environment: String) {
        path = spool + "-promotions.json"
        self.environment = environment
    }

    init(_ settings: GatewaySettings) {
        self.init(spool: settings.harvest.spool, environment: settings.server.environment)
    }

    /// By route; empty where there is no file, or none that can be read.
    func read() -> [String: Promotion] {
        guard let bytes = Self.bytes(path), let tree = try? JSONTree.parse(bytes) else { return [:] }
        let promotions = (tree["promotions"]?.array ?? []).compactMap { Promotion(json: $0.encode()) }
        return Dictionary(
            promotions.filter { $0.environment == environment }.map { ($0.route, $0) },
            uniquingKeysWith: { _, last in last }
        )
    }

    /// - Returns: what went wrong, if anything did: the gateway goes on without.
    func write(_ promotions: [String: Promotion]) -> String? {
        var writer = JSONWriter(reserving: 4096)
        writer.beginObject()
        writer.name("promotions")
        writer.beginArray()
        for (_, promotion) in promotions.sorted(by: { $0.key < $1.key }) { promotion.write(to: &writer) }
        writer.endArray()
        writer.endObject()
        let temporary = path + ".new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return Self.problem(temporary) }
        defer { close(descriptor) }
        var rest = writer.bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return Self.problem(temporary) }
            rest = rest.dropFirst(count)
        }
        guard fsync(descriptor) == 0, rename(temporary, path) == 0 else { return Self.problem(path) }
        return nil
    }

    private static func problem(_ path: String) -> String {
        "\(path): \(String(cString: strerror(errno)))"
    }

    private static func bytes(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count >= 0 else { return nil }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }
}
