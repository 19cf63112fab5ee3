import Glibc
import Harvest
import Settings

/// A directory of a test's own, removed when the value goes.
final class TrainingFolder: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/understudy-training-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "no temporary directory: \(String(cString: strerror(errno)))")
        path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    deinit { Self.remove(path) }

    func names(_ below: String = "") -> [String] { Self.names(path + "/" + below) }

    func read(_ name: String) -> String {
        guard let file = fopen(path + "/" + name, "r") else { return "" }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    private static func names(_ path: String) -> [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private static func remove(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            unlink(path)
            return
        }
        for name in names(path) { remove(path + "/" + name) }
        rmdir(path)
    }
}

/// Settings with one route, `r`, whose keys besides its models are given.
func settings(
    _ route: String = "",
    small: String = "{ base_url: http://127.0.0.1:1, api: chat }",
    large: String = "{ base_url: http://127.0.0.1:2, api: chat, model: huge, price: { input: 2, output: 8 } }"
) throws -> GatewaySettings {
    let yaml = """
        models:
          s: \(small)
          l: \(large)
        routes:
          r: { small: s, large: l\(route.isEmpty ? "" : ", ")\(route) }

        """
    return try GatewaySettings.load(text: yaml, file: "/tmp/understudy.yaml", environment: [:])
}
