import Glibc
import Loop

@testable import Harvest

/// A real PostgreSQL of the tests' own, on a Unix socket in a temporary directory, with the settings it comes with. It
/// ends with this process, however that ends: a shell waits for the pipe to close that this process holds.
final class RealPostgres: Sendable {
    /// One for all tests that do no harm to it.
    static let shared = Result { try RealPostgres() }

    private static let programs: String? = {
        var found = glob_t()
        defer { globfree(&found) }
        guard glob("/usr/lib/postgresql/*/bin/initdb", 0, nil, &found) == 0, found.gl_pathc > 0 else { return nil }
        let path = String(cString: found.gl_pathv[Int(found.gl_pathc) - 1]!)
        return String(path.dropLast("/initdb".count))
    }()

    let directory: String
    private let programs: String
    /// Where it listens beside its socket, under TLS; nil: nowhere.
    let port: UInt16?
    private let lifeline = Lock<CInt?>(nil)
    private let numbers = Lock(0)

    /// - Parameter speaksTLS: it listens on a port of loopback too, with a certificate of its own making for
    ///   `localhost`
    ///   (`certificate`), and takes nothing there that is not under TLS.
    init(speaksTLS: Bool = false) throws {
        guard let programs = Self.programs else { throw Missing() }
        self.programs = programs
        port = speaksTLS ? try Self.freePort() : nil
        var template = Array("/tmp/understudy-pg-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil)
        directory = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        give(directory)
        let code = try Self.shell(
            "cd / && \(Self.asUser) '\(programs)/initdb' -D '\(directory)/data' -U postgres -A trust -E UTF8 "
                + "--locale=C --no-sync >'\(directory)/initdb.log' 2>&1"
        )
        guard code == 0 else { throw Missing() }
        if speaksTLS { try makeCertificate() }
        try start()
    }

    /// What a client checks the server by.
    var certificate: String { directory + "/data/server.crt" }

    private func makeCertificate() throws {
        let code = try Self.shell(
            "cd '\(directory)/data' && \(Self.asUser) sh -c \"umask 077; "
                + "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost "
                + "-keyout server.key -out server.crt 2>../openssl.log && "
                + "printf 'local all all trust\\nhostssl all all 127.0.0.1/32 trust\\n' >pg_hba.conf\""
        )
        guard code == 0 else { throw Missing() }
    }

    /// One that nobody listens on just now.
    private static func freePort() throws -> UInt16 {
        let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        guard code else { throw Missing() }
        return UInt16(bigEndian: address.sin_port)
    }

    /// Makes a directory the server's own.
    func give(_ path: String) {
        if geteuid() == 0, let user = getpwnam("postgres") {
            precondition(chown(path, user.pointee.pw_uid, user.pointee.pw_gid) == 0)
        }
    }

    struct Missing: Error, CustomStringConvertible {
        var description: String { "no PostgreSQL to be had: install Debian's package postgresql" }
    }

    deinit {
        kill()
        _ = try? Self.shell("rm -rf '\(directory)'")
    }

    func url(_ database: String) -> String {
        "postgresql://postgres@/\(database)?host=\(directory)" + (port.map { "&port=\($0)" } ?? "")
    }

    /// A database that nobody else has.
    func database() throws -> String {
        let name = "test_\(getpid())_\(numbers.withLock { number in number += 1; return number })"
        try administer("CREATE DATABASE \(name)")
        return name
    }

    /// A statement, outside of any store.
    @discardableResult func administer(_ sql: String, in database: String = "postgres") throws -> [SQLRow] {
        let link = try PostgreSQLLink(url: url(database), deadline: .seconds(60), connectDeadline: .seconds(10))
        return try link.run(sql).rows
    }

    /// Returns when it answers. After kill -9, what is left of the server before may be in the way for a while.
    func start() throws {
        let end = MonotonicTime.now().advanced(by: .seconds(60))
        while true {
            try launch()
            for _ in 0..<500 {
                if (try? administer("SELECT 1")) != nil { return }
                usleep(10_000)
            }
            kill()
            guard MonotonicTime.now() < end else { throw Missing() }
        }
    }

    private var listens: String {
        port.map { "-c listen_addresses=127.0.0.1 -c port=\($0) -c ssl=on" } ?? "-c listen_addresses=''"
    }

    private func launch() throws {
        var ends: [CInt] = [0, 0]
        precondition(pipe(&ends) == 0)
        // The shell alone has the other end, so that it hears of ours closing, whoever else was started.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        // In the background of a shell that ends at once: no child of ours, since one that has ended and that nobody
        // waits for keeps exit tests from hearing of their own children (swift-testing looks at the first that there
        // is).
        let line = """
            exec 3<&0; (
            cd / && \(Self.asUser) '\(programs)/postgres' -D '\(directory)/data' -k '\(directory)' \
            \(listens) -c max_connections=50 >>'\(directory)/log' 2>&1 </dev/null 3<&- &
            server=$!; cat <&3 >/dev/null; kill -QUIT $server; wait $server
            ) >/dev/null 2>&1 &
            """
        let code = Self.wait(for: try Self.spawn(line, input: ends[0]))
        close(ends[0])
        guard code == 0 else { throw Missing() }
        let open = ends[1]
        lifeline.withLock { $0 = open }
    }

    /// Ends the server at once, as power loss would but for what the kernel has.
    func kill() {
        if let pid, pid > 0 {
            _ = Glibc.kill(pid, SIGKILL)
            for _ in 0..<1000 where Glibc.kill(pid, 0) == 0 { usleep(5_000) }
        }
        lifeline.withLock { line in
            if let descriptor = line { close(descriptor) }
            line = nil
        }
    }

    /// Alive and silent, until `resume`: the postmaster and every server process.
    func pause() { signalAll("STOP") }
    func resume() { signalAll("CONT") }

    private func signalAll(_ name: String) {
        guard let pid else { return }
        _ = try? Self.shell("kill -\(name) \(pid) $(ps -o pid= --ppid \(pid)) 2>/dev/null")
    }

    private var pid: pid_t? {
        guard let file = try? HarvestFile.open(directory + "/data/postmaster.pid"), let bytes = try? file.readAll()
        else {
            return nil
        }
        return pid_t(String(decoding: bytes.prefix { $0 != 0x0a }, as: UTF8.self))
    }

    private static var asUser: String {
        geteuid() == 0 ? "exec setpriv --reuid=postgres --regid=postgres --clear-groups" : "exec"
    }

    private static func shell(_ line: String) throws -> CInt {
        wait(for: try spawn(line, input: nil))
    }

    private static func wait(for pid: pid_t) -> CInt {
        var status: CInt = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return status
    }

    private static func spawn(_ line: String, input: CInt?) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        // The pool's threads, from which tests run, block signals; a child would inherit that.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let words: [String] = ["/bin/sh", "-c", line]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var pid: pid_t = 0
        guard posix_spawn(&pid, "/bin/sh", &actions, &attributes, &arguments, environ) == 0 else { throw Missing() }
        return pid
    }
}
