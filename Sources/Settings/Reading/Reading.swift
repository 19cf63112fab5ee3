/// What one loading of the settings shares: where files are, what is wrong so far.
final class Reading {
    /// Of the settings file, absolute.
    let directory: String
    let environment: [String: String]
    let problems: ProblemList
    /// Keys may be limited to routes; these are the ones that there are.
    var routeNames: [String] = []
    /// `server.insecure`.
    var isInsecure = false

    init(directory: String, environment: [String: String], problems: ProblemList) {
        self.directory = directory
        self.environment = environment
        self.problems = problems
    }

    func resolve(_ path: String) -> String {
        SettingsFile.resolve(path, in: directory)
    }

    /// The text of a file that the settings name at `node`; nil and a problem if it cannot be read or is no UTF-8.
    func text(ofFile path: String, at node: ConfigNode) -> String? {
        let bytes: [UInt8]
        do {
            bytes = try SettingsFile.read(resolve(path))
        } catch {
            problems.add(node.place, key: node.key, "\(path) cannot be read: \(error.reason)")
            return nil
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            problems.add(Place(file: resolve(path), line: 1, column: 1), key: node.key, "is not UTF-8")
            return nil
        }
        return text
    }
}

@available(*, unavailable)
extension Reading: Sendable {}
