// Comparing two answers by the route's comparator, with what that may need: the large model as a judge, or a command.

import Glibc
public import Judgment

/// Runs comparisons to their end.
public struct AnswerComparing: Sendable {
    private let comparator: any Comparator
    private let asking: (any ModelAsking)?
    private let commandTime: Duration

    /// - Parameters:
    ///   - asking: whom to ask where the comparator is a judge; nil: nobody, and then nothing is equal by judgment.
    ///   - commandTime: after which a command is ended, and its answers are not equal.
    public init(
        _ comparator: any Comparator,
        asking: (any ModelAsking)?,
        commandTime: Duration = .seconds(10)
    ) {
        self.comparator = comparator
        self.asking = asking
        self.commandTime = commandTime
    }

    /// - Parameter answer: nil: there is none, and it is equal to nothing.
    public func compare(_ answer: String?, with reference: String, input: String) async throws -> Comparison {
        guard let answer else { return Comparison(isEqual: false, similarity: 0, note: "no answer") }
        switch comparator.compare(Array(answer.utf8), with: Array(reference.utf8), input: Array(input.utf8)) {
        case .decided(let comparison):
            return comparison
        case .ask(let questions, let read):
            guard let asking else { return Comparison(isEqual: false, similarity: 0, note: "no judge to ask") }
            var replies: [[UInt8]] = []
            for question in questions {
                replies.append(try await asking.ask(system: question.system, user: question.user, sample: 0).text)
            }
            return read(replies)
        case .run(let command, let read):
            return read(try await Command.run(command, for: commandTime))
        }
    }
}

/// A command without a shell, in a process group of its own, with nothing on its standard streams.
enum Command {
    /// What the status of one is that did not end by itself in time, or could not be started.
    static let noStatus: Int32 = -1

    /// - Returns: its exit status.
    static func run(_ words: [String], for time: Duration) async throws -> Int32 {
        guard let process = start(words) else { return noStatus }
        let end = ContinuousClock.now + time
        var pause = Duration.milliseconds(1)
        while true {
            var status: Int32 = 0
            let found = waitpid(process, &status, WNOHANG)
            if found == process { return status & 0x7f == 0 ? status >> 8 & 0xff : noStatus }
            if found < 0 && errno != EINTR { return noStatus }
            if ContinuousClock.now >= end || Task.isCancelled {
                kill(-process, SIGKILL)
                while waitpid(process, &status, 0) < 0 && errno == EINTR {}
                try Task.checkCancellation()
                return noStatus
            }
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(50))
        }
    }

    private static func start(_ words: [String]) -> pid_t? {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        posix_spawnattr_setpgroup(&attributes, 0)
        var files = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&files)
        defer { posix_spawn_file_actions_destroy(&files) }
        posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        // A text with a zero byte cannot be an argument.
        guard !words.isEmpty, !words.contains(where: { $0.utf8.contains(0) }) else { return nil }
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        arguments.append(nil)
        defer { for argument in arguments { free(argument) } }
        var process: pid_t = 0
        return posix_spawnp(&process, words[0], &files, &attributes, arguments, environ) == 0 ? process : nil
    }
}
