import Glibc

/// Files that the settings name: read whole, at load.
enum SettingsFile {
    struct FileProblem: Error {
        let reason: String
    }

    /// - Throws: why not, in the system's words.
    static func read(_ path: String) throws(FileProblem) -> [UInt8] {
        guard let file = fopen(path, "re") else { throw FileProblem(reason: lastReason) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            bytes.append(contentsOf: buffer[..<count])
            guard count > 0 else { break }
        }
        guard ferror(file) == 0 else { throw FileProblem(reason: lastReason) }
        return bytes
    }

    private static var lastReason: String { String(cString: strerror(errno)) }

    /// The absolute directory of a file; links in it are followed.
    static func directory(of file: String) -> String {
        let directory = file.lastIndex(of: "/").map { $0 == file.startIndex ? "/" : String(file[..<$0]) } ?? "."
        guard let resolved = realpath(directory, nil) else { return directory }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// An absolute path, without `.`, `..` and empty parts. Links are not followed: what they point at may change.
    static func resolve(_ path: String, in directory: String) -> String {
        let whole = path.hasPrefix("/") ? path : "\(directory)/\(path)"
        var parts: [Substring] = []
        for part in whole.split(separator: "/") where part != "." {
            if part == "..", let last = parts.last, last != ".." { parts.removeLast() } else { parts.append(part) }
        }
        return (whole.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
    }
}
