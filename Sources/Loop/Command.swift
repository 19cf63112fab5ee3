import Glibc

/// A program of the user's, run to its end without a shell.
///
/// It gets no input, its output goes nowhere, and of the environment, where secrets are, it sees what programs need to
/// run. It leads a process group of its own, which is ended as a whole when it has ended, or its time is over.
public enum Command {
    public enum Ending: Sendable, Equatable {
        case ended(status: Int32)
        /// There is no status to go by: why, in words.
        case failed(String)
    }

    private static let passedOn = ["PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ"]

    /// Blocks its thread: never on a worker's loop.
    public static func run(_ words: [String], within limit: Duration) -> Ending {
        var run = Run(words, within: limit)
        while true {
            if let ending = run.look() { return ending }
            usleep(UInt32(run.pause.nanoseconds / 1000))
        }
    }

    /// Costs no thread; ends the program with the task that waits for it.
    public static func finish(_ words: [String], within limit: Duration) async throws -> Ending {
        var run = Run(words, within: limit)
        while true {
            if let ending = run.look() { return ending }
            do { try await Task.sleep(for: run.pause) } catch {
                run.kill()
                throw error
            }
        }
    }

    /// A program that was started, and is looked after now and then.
    private struct Run {
        private let name: String
        private let limit: Duration
        private let end: MonotonicTime
        private let child: Result<pid_t, SpawnError>
        /// Until the next look.
        private(set) var pause = Duration.microseconds(500)

        init(_ words: [String], within limit: Duration) {
            name = words.first ?? ""
            self.limit = limit
            end = MonotonicTime.now().advanced(by: limit)
            child = words.isEmpty ? .failure(SpawnError(code: ENOENT)) : Command.spawn(words)
        }

        mutating func look() -> Ending? {
            let child: pid_t
            switch self.child {
            case .success(let pid): child = pid
            case .failure(let error): return .failed("\(name) cannot be run: \(String(cString: strerror(error.code)))")
            }
            var status: Int32 = 0
            let found = waitpid(child, &status, WNOHANG)
            if found == child {
                // What it has left running.
                Glibc.kill(-child, SIGKILL)
                let signal = status & 0x7f
                return signal == 0
                    ? .ended(status: (status >> 8) & 0xff) : .failed("\(name) was ended by signal \(signal)")
            }
            if found < 0, errno != EINTR { return .failed("\(name) was lost: \(String(cString: strerror(errno)))") }
            if MonotonicTime.now() >= end {
                kill()
                return .failed("\(name) took longer than \((limit.nanoseconds + 500_000_000) / 1_000_000_000) s")
            }
            pause = min(pause * 2, .milliseconds(20))
            return nil
        }

        /// With all that it has started.
        func kill() {
            guard case .success(let child) = child else { return }
            var status: Int32 = 0
            Glibc.kill(-child, SIGKILL)
            while waitpid(child, &status, 0) < 0, errno == EINTR {}
        }
    }

    private struct SpawnError: Error { let code: Int32 }

    private static func spawn(_ words: [String]) -> Result<pid_t, SpawnError> {
        // A text with a zero byte cannot be an argument.
        if words.contains(where: { $0.utf8.contains(0) }) { return .failure(SpawnError(code: EINVAL)) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor: Int32 in 0...2 {
            posix_spawn_file_actions_addopen(
                &actions,
                descriptor,
                "/dev/null",
                descriptor == 0 ? O_RDONLY : O_WRONLY,
                0
            )
        }
        // Whatever a library has opened without O_CLOEXEC.
        for descriptor: Int32 in 3..<1024 {
            let flags = fcntl(descriptor, F_GETFD)
            if flags >= 0, flags & FD_CLOEXEC == 0 { posix_spawn_file_actions_addclose(&actions, descriptor) }
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setpgroup(&attributes, 0)
        // Threads of ours have signals blocked or ignored that a program expects to be as they usually are.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        posix_spawnattr_setflags(&attributes, Int16(flags))

        let environment = passedOn.compactMap { name in getenv(name).map { "\(name)=\(String(cString: $0))" } }
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var pid: pid_t = 0
        let code = posix_spawnp(&pid, words[0], &actions, &attributes, &arguments, &variables)
        return code == 0 ? .success(pid) : .failure(SpawnError(code: code))
    }
}
