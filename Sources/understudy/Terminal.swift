import ArgumentParser
import Glibc

enum Terminal {
    /// To standard error, with a line end.
    static func complain(_ text: String) {
        let bytes = Array("\(text)\n".utf8)
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }

    /// To standard output, at once and whole.
    static func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            guard count > 0 else { Glibc.exit(1) }
            rest = rest.dropFirst(count)
        }
    }

    /// The bytes of a file, or of standard input for `-`: all of them, or a little more than `most`.
    static func read(_ file: String, most: Int) throws -> [UInt8] {
        let descriptor = file == "-" ? STDIN_FILENO : Glibc.open(file, O_RDONLY | O_CLOEXEC)
        func reason() -> ValidationError {
            ValidationError("\(file) cannot be read: \(String(cString: strerror(errno)))")
        }
        guard descriptor >= 0 else { throw reason() }
        defer { if descriptor != STDIN_FILENO { Glibc.close(descriptor) } }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while bytes.count <= most {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count >= 0 else { throw reason() }
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return bytes
    }

    /// Who calls, for the store's events.
    static var user: String { environment["SUDO_USER"] ?? environment["USER"] ?? "command line" }

    static var environment: [String: String] {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let pair = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { variables[String(pair[0])] = String(pair[1]) }
            entry += 1
        }
        return variables
    }
}
