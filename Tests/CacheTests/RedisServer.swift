import Cache
import Foundation
import Glibc
import Loop

/// A real redis-server of the test's own: private directory, Unix socket, no persistence, ended with the test.
final class RedisServer {
    struct CannotStart: Error, CustomStringConvertible {
        let description: String
    }

    let directory: String
    private(set) var pid: pid_t = 0
    private let options: [String]

    var socket: String { directory + "/s" }
    var address: RedisAddress { RedisAddress(place: .unix(path: socket)) }

    init(_ options: String...) throws {
        var template = Array("/tmp/understudy-redis-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw CannotStart(description: "no temporary directory") }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        self.options = options
        try start()
    }

    deinit {
        kill()
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Returns when it accepts connections.
    func start() throws {
        let places: [String] = ["/usr/bin/redis-server", "/usr/local/bin/redis-server"]
        let program = places.first { FileManager.default.isExecutableFile(atPath: $0) }
        guard let program else {
            throw CannotStart(
                description: "redis-server is not installed: these tests need a real one (apt: redis-server)"
            )
        }
        unlink(socket)
        let arguments =
            [
                "/usr/bin/setpriv", "--pdeathsig", "KILL", "--", program, "--port", "0", "--unixsocket", socket,
                "--dir", directory, "--save", "", "--appendonly", "no",
                "--logfile", directory + "/log",
            ] + options
        guard let pid = Self.spawn(arguments) else {
            throw CannotStart(description: "redis-server could not be started (through setpriv, apt: util-linux)")
        }
        self.pid = pid
        let end = Date().addingTimeInterval(20)
        while !accepts() {
            guard Date() < end else { throw CannotStart(description: "redis-server did not come up in 20 s") }
            usleep(2_000)
        }
    }

    /// `setpriv` has the kernel end the child with the thread that starts it (prctl(2), PR_SET_PDEATHSIG), so that a
    /// test run that is killed leaves no servers. This thread lives as long as the process; those that tests run on do
    /// not.
    private static let nursery = Loop.start(name: "nursery")

    private static func spawn(_ arguments: [String]) -> pid_t? {
        let done = DispatchSemaphore(value: 0)
        let started = Started()
        nursery.post { @Sendable in
            var argv = arguments.map { strdup($0) } + [nil]
            defer { for argument in argv { free(argument) } }
            var pid: pid_t = 0
            if posix_spawn(&pid, arguments[0], nil, nil, &argv, environ) == 0 { started.pid.withLock { $0 = pid } }
            done.signal()
        }
        done.wait()
        return started.pid.withLock { $0 }
    }

    private final class Started: Sendable {
        let pid = Lock<pid_t?>(nil)
    }

    func pause() { _ = Glibc.kill(pid, SIGSTOP) }
    func resume() { _ = Glibc.kill(pid, SIGCONT) }

    func kill() {
        guard pid > 0 else { return }
        _ = Glibc.kill(pid, SIGKILL)
        var status: CInt = 0
        waitpid(pid, &status, 0)
        pid = 0
    }

    /// Sends one command on a connection of its own, blocking, and returns the raw reply.
    func command(_ arguments: String...) -> String {
        let descriptor = connectUnix(socket)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var text = "*\(arguments.count)\r\n"
        for argument in arguments { text += "$\(argument.utf8.count)\r\n\(argument)\r\n" }
        _ = text.withCString { send(descriptor, $0, strlen($0), CInt(MSG_NOSIGNAL)) }
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }

    private func accepts() -> Bool {
        let descriptor = connectUnix(socket)
        if descriptor >= 0 { close(descriptor) }
        return descriptor >= 0
    }
}

/// A blocking connection to a Unix socket, or -1.
func connectUnix(_ path: String) -> CInt {
    let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let code = withUnsafePointer(to: &name) { name in
        name.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
    if code == 0 { return descriptor }
    close(descriptor)
    return -1
}
