import Foundation
import Glibc

/// A program of the test's own, ended with it by its process id, and with this process whatever happens to that.
final class ChildProcess {
    let pid: pid_t
    private var exitCode: CInt?

    /// - Parameters:
    ///   - output: files that take standard output and standard error.
    ///   - environment: in place of this process's.
    init(
        _ program: String,
        _ arguments: [String],
        output: (String, String) = ("/dev/null", "/dev/null"),
        environment: [String: String]? = nil
    ) throws {
        let command = try Nursery.command([program] + arguments)
        let (pid, code) = Nursery.perform { Self.spawn(command, output, environment) }
        guard code == 0 else { throw Unable("\(program) cannot be started: \(String(cString: strerror(code)))") }
        self.pid = pid
    }

    private static func spawn(
        _ command: [String],
        _ output: (String, String),
        _ environment: [String: String]?
    ) -> (pid: pid_t, code: CInt) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output.0, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, output.1, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        // The pool's threads, from which tests run, block signals; a child would inherit that.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var argv = command.map { strdup($0) } + [nil]
        defer { for argument in argv { free(argument) } }
        var variables = environment.map { $0.map { strdup("\($0.key)=\($0.value)") } + [nil] }
        defer { for variable in variables ?? [] { free(variable) } }
        var pid: pid_t = 0
        let code =
            if variables != nil {
                posix_spawn(&pid, command[0], &actions, &attributes, &argv, &variables!)
            } else {
                posix_spawn(&pid, command[0], &actions, &attributes, &argv, environ)
            }
        return (pid, code)
    }

    deinit { kill() }

    var isRunning: Bool { status == nil }

    func signal(_ number: CInt) {
        if isRunning { _ = Glibc.kill(pid, number) }
    }

    /// Ends it at once; without effect on one that has ended.
    func kill() {
        guard isRunning else { return }
        _ = Glibc.kill(pid, SIGKILL)
        _ = waitForExit()
    }

    /// The exit code, or 128 and the signal that ended it; nil if it is still there after the time.
    func waitForExit(within seconds: Double = 20) -> CInt? {
        _ = becomes(within: seconds) { !isRunning }
        return exitCode
    }

    private var status: CInt? {
        if let exitCode { return exitCode }
        var status: CInt = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
        exitCode = status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
        return exitCode
    }
}

/// Runs a program to its end, with standard input from a file: exit code, standard output and error together.
func run(_ program: String, _ arguments: String..., input: String = "/dev/null") throws -> (code: CInt, output: String)
{
    try run(program, arguments: arguments, input: input)
}

func run(
    _ program: String,
    arguments: [String],
    input: String = "/dev/null"
) throws -> (code: CInt, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: input))
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, output)
}
