import Glibc

/// Files that the settings name: read whole, at load.
enum SettingsFile {
    struct FileProblem: Error {
        let reason: String
    }

    /// - Throws: why not, in the system's words.
    static func read(_ path: String) throws(FileProblem) -> [UInt8] {
        // Not blocking: opening a pipe would wait for whoever writes it, and with it every later reload.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileProblem(reason: lastReason) }
        defer { close(descriptor) }
        var about = stat()
        guard fstat(descriptor, &about) == 0 else { throw FileProblem(reason: lastReason) }
        guard about.st_mode & S_IFMT != S_IFDIR else { throw FileProblem(reason: "Is a directory") }
        guard about.st_mode & S_IFMT == S_IFREG else { throw FileProblem(reason: "not a regular file") }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count >= 0 else { throw FileProblem(reason: lastReason) }
            guard count > 0 else { return bytes }
            bytes.append(contentsOf: buffer[..<count])
            guard bytes.count <= mostBytes else { throw FileProblem(reason: "larger than 16 MiB") }
        }
    }

    private static let mostBytes = 16 << 20

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
