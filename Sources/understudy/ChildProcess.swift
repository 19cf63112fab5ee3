import CSpawn
import Glibc
import Synchronization
import Training

/// A program started in a session of its own: it gets no terminal, none of our files, and goes on when we end.
final class ChildProcess: Sendable {
    let output: ChildOutput
    /// Its name as the holder of a turn; nil: it ended at once.
    let holder: String?
    private let id: pid_t
    private let status = Mutex<CInt?>(nil)

    /// - Parameter words: the program's arguments, its name first.
    init(_ program: String, _ words: [String], output: ChildOutput) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(
            &actions,
            STDOUT_FILENO,
            output.path,
            O_WRONLY | O_CREAT | O_EXCL | O_APPEND,
            0o600
        )
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The gateway ignores some signals and blocks others; a child would inherit that.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        let flags = Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF) | understudy_spawn_setsid
        posix_spawnattr_setflags(&attributes, flags)

        let arguments = words.map { strdup($0) } + [nil]
        defer { for text in arguments { free(text) } }
        var id = pid_t()
        let code = posix_spawn(&id, program, &actions, &attributes, arguments, environ)
        guard code == 0 else { throw TrainingFile.failure("run", program, code) }
        self.id = id
        self.output = output
        holder = CycleHolder.name(id)
    }

    /// Waits for its end, or until nobody needs to know.
    /// - Returns: its exit status, 128 and the signal where one ended it; nil: it goes on.
    func end(within time: Duration) async -> CInt? {
        let deadline = ContinuousClock.now + time
        repeat {
            if let status = look() { return status }
            do { try await Task.sleep(for: .milliseconds(20)) } catch { break }
        } while ContinuousClock.now < deadline
        return look()
    }

    /// Ends it, with all it has started.
    func kill() {
        if look() == nil { Glibc.kill(-id, SIGTERM) }
        reap()
    }

    /// Nobody waits for it any more: its output is the route's log from now on.
    func goOn() {
        output.keep()
        reap()
    }

    /// Its funeral, whenever it ends.
    private func reap() {
        Task.detached { [self] in
            while look() == nil { try? await Task.sleep(for: .seconds(1)) }
        }
    }

    private func look() -> CInt? {
        status.withLock { known in
            if let known { return known }
            var raw = CInt()
            guard waitpid(id, &raw, WNOHANG) == id else { return nil }
            known = raw & 0x7f == 0 ? (raw >> 8) & 0xff : 128 + (raw & 0x7f)
            return known
        }
    }
}

/// The file that a child writes its output to. Blocks for a moment: it is small, and on our own disk.
struct ChildOutput: Sendable {
    let path: String
    private let directory: String

    init(_ directory: String, _ name: String) {
        self.directory = directory
        path = "\(directory)/cycle.\(name).log"
    }

    var lines: [String] {
        let bytes = (try? TrainingFile.read(path)) ?? []
        return bytes.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Why it ended, in its own words.
    var complaint: String {
        let lines = lines
        let said = lines.first { $0.hasPrefix(Self.mark) }?.dropFirst(Self.mark.count) ?? lines.last.map { $0[...] }
        return said.map { String($0.prefix(1000)) } ?? "The command ended without a word."
    }

    /// ArgumentParser's.
    private static let mark = "Error: "

    func remove() { TrainingFile.remove(path) }

    /// The child goes on: from now on its output is the route's `cycle.log`.
    func keep() { rename(path, "\(directory)/cycle.log") }
}
