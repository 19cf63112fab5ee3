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
    private let lifeline = Lock<CInt?>(nil)
    private let numbers = Lock(0)

    init() throws {
        guard let programs = Self.programs else { throw Missing() }
        self.programs = programs
        var template = Array("/tmp/understudy-pg-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil)
        directory = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        if geteuid() == 0, let user = getpwnam("postgres") {
            precondition(chown(directory, user.pointee.pw_uid, user.pointee.pw_gid) == 0)
        }
        let code = try Self.shell(
            "cd / && \(Self.asUser) '\(programs)/initdb' -D '\(directory)/data' -U postgres -A trust -E UTF8 "
                + "--locale=C --no-sync >'\(directory)/initdb.log' 2>&1"
        )
        guard code == 0 else { throw Missing() }
        try start()
    }

    struct Missing: Error, CustomStringConvertible {
        var description: String { "no PostgreSQL to be had: install Debian's package postgresql" }
    }

    deinit {
        kill()
        _ = try? Self.shell("rm -rf '\(directory)'")
    }

    func url(_ database: String) -> String { "postgresql://postgres@/\(database)?host=\(directory)" }

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

    private func launch() throws {
        var ends: [CInt] = [0, 0]
        precondition(pipe(&ends) == 0)
        // The shell alone has the other end, so that it hears of ours closing, whoever else was started.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let line = """
            cd / && \(Self.asUser) '\(programs)/postgres' -D '\(directory)/data' -k '\(directory)' \
            -c listen_addresses='' -c max_connections=50 >>'\(directory)/log' 2>&1 </dev/null &
            server=$!; cat >/dev/null; kill -QUIT $server; wait $server
            """
        _ = try Self.spawn(line, input: ends[0])
        close(ends[0])
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
        let pid = try spawn(line, input: nil)
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
