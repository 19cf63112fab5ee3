// Training by a command of the house's own: in-house machines, other people's protocols.
//
// It is told by its environment what to learn from, and says on the last line of its output what came of it:
//
//     UNDERSTUDY_TRAIN_FILE        JSON lines to learn from                 {"model": "code-search-v4",
//     UNDERSTUDY_VALIDATION_FILE   JSON lines to look at; may be missing     "base_url": "http://10.0.0.5:9000/v1",
//     UNDERSTUDY_ROUTE, _BASE, _DATA_SET, _JOB, _HYPERPARAMETERS (JSON)      "metrics": {...}, "cost": 1.25}
//
// Only `model` is needed. The command has a session of its own and writes to files, so it goes on when this tool is
// killed; the next run finds it by its process id, and by its job in that process's environment, or finds how it ended:
//
//     JOB.pid      written by the shell around it, before it starts, and never over one that is there
//     JOB.out      its output, line by line        JOB.err   what it complained of
//     JOB.status   its exit status, when it has ended

import CSpawn
import Glibc
public import Harvest
import JSON
import Loop

/// See the head of the file.
public struct CommandTrainer: Trainer {
    public let name = "command"
    private let run: [String]
    private let directory: String

    /// - Parameters:
    ///   - run: the command and its arguments.
    ///   - directory: where its files are kept.
    public init(run: [String], directory: String) {
        self.run = run
        self.directory = directory
    }

    public func close() async {}

    public func train(
        _ record: JobRecord,
        on dataSet: DataSet,
        report: @escaping @Sendable (String) -> Void
    ) async throws {
        let job = await record.job
        guard !job.stage.isOver else { return try Self.end(job) }
        try TrainingFile.makeDirectory(directory)
        let place = place(of: job)
        var state = state(of: job)
        if job.stage == .running, state == .starting {
            // Killed in the very moment in which it was begun: has it?
            try await Task.sleep(for: .milliseconds(500))
            state = self.state(of: job)
        }
        switch state {
        case .ended, .running:
            report("the command was started before")
            if job.stage != .running { try await record.change { $0.stage = .running } }
        case .starting, .gone:
            if state == .gone { report("the command was ended, and not by itself: it is run again") }
            for ending in [".pid", ".out", ".err"] { TrainingFile.remove(place + ending) }
            try await record.change {
                $0.stage = .running
                $0.eventsSeen = 0
            }
            try start(job, dataSet, at: place)
            report("the command runs: \(run.joined(separator: " "))")
        }
        try await follow(record, at: place, report)
    }

    public func cancel(_ record: JobRecord) async throws {
        let job = await record.job
        guard !job.stage.isOver else { return }
        // The session that was started for it: the command with all it has started itself.
        try await record.insist { if !$0.stage.isOver { $0.stage = .cancelled } }
        if case .running(let process) = state(of: job) { kill(-process, SIGTERM) }
    }

    private static func end(_ job: TrainingJob) throws {
        switch job.stage {
        case .failed: throw TrainingFailure(job.failure?.message ?? "the command failed", code: job.failure?.code)
        case .cancelled: throw TrainingFailure("the job \(job.id) was cancelled", code: "cancelled")
        default: return
        }
    }

    private func place(of job: TrainingJob) -> String {
        directory + "/" + job.id.replacing("/", with: "-")
    }

    // MARK: The process

    /// The shell around the command. What it is given comes by arguments, so nothing in it is read as shell.
    private static let script = """
        set -C
        echo $$ > "$0.pid" || exit 75
        set +C
        "$@" < /dev/null
        echo $? > "$0.status.partial"
        mv "$0.status.partial" "$0.status"
        """

    private func start(_ job: TrainingJob, _ dataSet: DataSet, at place: String) throws {
        var variables = Self.environment
        for file in dataSet.files where !file.lines.isEmpty {
            guard let path = file.path else {
                throw TrainingFailure("the data set \(dataSet.id) is not in a file here")
            }
            variables["UNDERSTUDY_\(file.part.rawValue.uppercased())_FILE"] = path
        }
        let numbers = job.hyperparameters.sorted { $0.key < $1.key }
        let given = JSONTree.object(numbers.map { .init(name: $0.key, value: .number($0.value)) }).encode()
        variables["UNDERSTUDY_ROUTE"] = job.route
        variables["UNDERSTUDY_BASE"] = job.base
        variables["UNDERSTUDY_DATA_SET"] = job.dataSet
        variables["UNDERSTUDY_JOB"] = job.id
        variables["UNDERSTUDY_HYPERPARAMETERS"] = String(decoding: given, as: UTF8.self)

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        let flags = O_WRONLY | O_CREAT | O_TRUNC
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, place + ".out", flags, 0o600)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, place + ".err", flags, 0o600)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, understudy_spawn_setsid)

        let words = ["/bin/sh", "-c", Self.script, place] + run
        let arguments = words.map { strdup($0) } + [nil]
        let environment = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + environment { free(text) } }
        var process = pid_t()
        let code = posix_spawn(&process, "/bin/sh", &actions, &attributes, arguments, environment)
        guard code == 0 else { throw TrainingFile.failure("run", run.first ?? "", code) }
    }

    private enum State: Equatable {
        /// Nothing is there that says it was begun.
        case starting
        case running(pid_t)
        case gone
        /// It has said how.
        case ended
    }

    /// What a job's files and its process say. A process id alone may be another process's by now.
    private func state(of job: TrainingJob) -> State {
        let place = place(of: job)
        if TrainingFile.exists(place + ".status") { return .ended }
        guard let bytes = try? TrainingFile.read(place + ".pid"),
            let process = pid_t(String(decoding: bytes, as: UTF8.self).filter(\.isNumber)), process > 1
        else { return .starting }
        let mark = Array("UNDERSTUDY_JOB=\(job.id)".utf8)
        // Where it is a child of ours that has ended, this is its funeral.
        if waitpid(process, nil, WNOHANG) != process,
            let environment = try? TrainingFile.read("/proc/\(process)/environ"),
            environment.split(separator: 0).contains(where: { $0.elementsEqual(mark) })
        {
            return .running(process)
        }
        // It writes its status last.
        return TrainingFile.exists(place + ".status") ? .ended : .gone
    }

    private static var environment: [String: String] {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let pair = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { variables[String(pair[0])] = String(pair[1]) }
            entry += 1
        }
        return variables
    }

    // MARK: What it says

    private func follow(_ record: JobRecord, at place: String, _ report: @Sendable (String) -> Void) async throws {
        let begun = MonotonicTime.now()
        var wait = Duration.milliseconds(50)
        while true {
            let state = state(of: await record.job)
            let lines = Self.lines(place + ".out", all: state == .ended || state == .gone)
            let seen = await record.job.eventsSeen
            if lines.count > seen {
                for line in lines[seen...] { report(line) }
                try await record.change { $0.eventsSeen = lines.count }
            }
            switch state {
            case .ended: return try await finish(record, at: place, lines)
            case .gone: return try await fail(record, code: "killed", place, "the command was killed")
            case .starting where MonotonicTime.now() - begun > .seconds(30):
                return try await fail(record, code: "not_begun", place, "the command could not be begun")
            case .starting, .running: break
            }
            try await Task.sleep(for: wait)
            wait = min(wait * 2, .seconds(2))
        }
    }

    private func finish(_ record: JobRecord, at place: String, _ lines: [String]) async throws {
        let status = String(decoding: try TrainingFile.read(place + ".status"), as: UTF8.self).filter(\.isNumber)
        guard status == "0" else {
            return try await fail(record, code: "exit_\(status)", place, "the command failed with status \(status)")
        }
        guard let last = lines.last(where: { !$0.allSatisfy(\.isWhitespace) }),
            let result = try? JSONTree.parse(last.utf8), let model = result["model"]?.string, !model.isEmpty
        else {
            let message = "the last line of the command's output is no JSON object with a member 'model'"
            return try await fail(record, code: "no_result", place, message)
        }
        try await record.note(model: model)
        try await record.change {
            $0.stage = .succeeded
            $0.model = model
            $0.modelBaseURL = result["base_url"]?.string
            $0.metrics = result["metrics"]
            $0.cost = result["cost"]?.double
            $0.shutdownDate = WallTime(shutdownDate: result["shutdown_date"])
        }
    }

    private func fail(_ record: JobRecord, code: String, _ place: String, _ message: String) async throws {
        let said = Self.lines(place + ".err", all: true).suffix(5).joined(separator: "\n")
        try await record.change {
            $0.stage = .failed
            $0.failure = TrainingJob.Failure(code: code, message: said.isEmpty ? message : "\(message): \(said)")
        }
        // The next attempt is another job, with files of its own.
        try Self.end(await record.job)
    }

    /// Its lines; the last one only if it is whole, or no more comes.
    private static func lines(_ path: String, all: Bool) -> [String] {
        guard let bytes = try? TrainingFile.read(path) else { return [] }
        var lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false)
        let rest = lines.popLast()
        if all, let rest, !rest.isEmpty { lines.append(rest) }
        return lines.map { String(decoding: $0, as: UTF8.self) }
    }
}
