import Foundation
import Glibc

/// A real redis-server of the test's own on a Unix socket, ended with the test.
final class RealRedis {
    struct CannotStart: Error, CustomStringConvertible {
        let description: String
    }

    let directory: String
    private var process: ChildProcess?

    var socket: String { directory + "/s" }
    var url: String { "unix://" + socket }

    init() throws {
        var template = Array("/tmp/understudy-spend-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw CannotStart(description: "no temporary directory") }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        try start()
    }

    deinit {
        kill()
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Returns when it answers.
    func start() throws {
        unlink(socket)
        process = try ChildProcess(
            try program("redis-server", package: "redis-server"),
            [
                "--port", "0", "--unixsocket", socket, "--dir", directory, "--save", "", "--appendonly", "no",
                "--logfile",
                directory + "/log",
            ]
        )
        let end = Date().addingTimeInterval(20)
        while command("PING") != "+PONG\r\n" {
            guard Date() < end else { throw CannotStart(description: "redis-server did not come up in 20 s") }
            usleep(2_000)
        }
    }

    func kill() {
        process?.kill()
        process = nil
    }

    /// Alive and silent, until `resume`.
    func pause() { process?.signal(SIGSTOP) }
    func resume() { process?.signal(SIGCONT) }

    /// One command on a connection of its own, and the raw reply; empty where nobody answers.
    func command(_ arguments: String...) -> String {
        let descriptor = Glibc.socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: Array(socket.utf8)) }
        let code = withUnsafePointer(to: &name) { name in
            name.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard code == 0 else { return "" }
        var text = "*\(arguments.count)\r\n"
        for argument in arguments { text += "$\(argument.utf8.count)\r\n\(argument)\r\n" }
        _ = text.withCString { send(descriptor, $0, strlen($0), CInt(MSG_NOSIGNAL)) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }
}
