import Foundation
import Glibc
import Harvest
import JSON

/// The real `understudy serve`, as a process of its own with a settings file and a directory of its own.
final class RunningGateway {
    let directory: TestDirectory
    private(set) var process: ChildProcess
    private(set) var port: UInt16 = 0
    private(set) var adminPort: UInt16 = 0
    private let environment: [String: String]?
    private let wrapper: [String]
    private let options: [String]
    private var starts = 0

    /// - Parameters:
    ///   - files: further files in the directory, which the settings name.
    ///   - wrapper: a command that runs the gateway: `["/usr/bin/prlimit", "--fsize=65536"]`.
    ///   - speaksTLS: the ports are not for `client()` and `admin()`.
    ///   - options: further options of the command line; `DIRECTORY` stands for the gateway's.
    init(
        _ settings: TestSettings,
        files: [String: String] = [:],
        environment: [String: String]? = nil,
        wrapper: [String] = [],
        options: [String] = [],
        speaksTLS: Bool = false
    ) throws {
        directory = try TestDirectory()
        self.environment = environment
        self.wrapper = wrapper
        self.options = options.map { [directory] in $0.replacing("DIRECTORY", with: directory.path) }
        for (name, text) in files { try directory.write(text, to: name) }
        try directory.write(settings.yaml, to: "understudy.yaml")
        process = try Self.spawn(
            in: directory,
            wrapper: wrapper,
            options: self.options,
            environment: environment,
            start: 0
        )
        try waitUntilReady(speaksTLS: speaksTLS)
    }

    /// Beside the test bundle.
    static var executable: String {
        get throws {
            let bundle = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            let arguments = CommandLine.arguments.first.map { [$0] } ?? []
            for place in [bundle] + arguments {
                let path = URL(fileURLWithPath: place).deletingLastPathComponent().path + "/understudy"
                if FileManager.default.isExecutableFile(atPath: path) { return path }
            }
            throw Unable("the program understudy is not beside \(bundle): build it first (swift build)")
        }
    }

    private static func spawn(
        in directory: TestDirectory,
        wrapper: [String],
        options: [String],
        environment: [String: String]?,
        start: Int
    ) throws -> ChildProcess {
        let command = wrapper + [try executable, "serve", "--config", directory.path + "/understudy.yaml"] + options
        return try ChildProcess(
            command[0],
            Array(command.dropFirst()),
            output: ("\(directory.path)/access-\(start).log", "\(directory.path)/log-\(start).log"),
            environment: environment
        )
    }

    private func waitUntilReady(speaksTLS: Bool = false) throws {
        let isUp = becomes(within: 30) {
            if !process.isRunning { return true }
            for line in log.split(separator: "\n") {
                guard let tree = try? JSONTree.parse(Array(line.utf8)), tree["message"]?.string == "listening",
                    let endpoint = tree["fields"]?["endpoint"]?.string, let admin = tree["fields"]?["admin"]?.string
                else { continue }
                port = endpoint.split(separator: ":").last.flatMap { UInt16($0) } ?? 0
                adminPort = admin.split(separator: ":").last.flatMap { UInt16($0) } ?? 0
                return true
            }
            return false
        }
        guard isUp, port > 0, process.isRunning else { throw Unable("the gateway did not start:\n\(log)") }
        if !speaksTLS { _ = try client().get("/health/live") }
    }

    /// Again, with the same directory, after it has ended. Ports are new.
    func restart() throws {
        starts += 1
        process = try Self.spawn(
            in: directory,
            wrapper: wrapper,
            options: options,
            environment: environment,
            start: starts
        )
        try waitUntilReady()
    }

    /// What the running process has logged.
    var log: String { directory.read("log-\(starts).log") }
    var accessLog: String { directory.read("access-\(starts).log") }
    var accessLines: [JSONTree] { accessLog.split(separator: "\n").compactMap { try? JSONTree.parse(Array($0.utf8)) } }

    func client(patience: Int = 20) throws -> Client { try Client(port, patience: patience) }
    func admin() throws -> Client { try Client(adminPort) }

    func chat(
        _ text: String,
        route: String = "main",
        _ extra: String = "",
        headers: [String: String] = [:]
    ) throws -> Answer {
        try client().chat(text, route: route, extra, headers: headers)
    }

    func complete(
        _ text: String,
        route: String = "main",
        _ extra: String = "",
        headers: [String: String] = [:]
    ) throws -> Answer {
        try client().complete(text, route: route, extra, headers: headers)
    }

    /// Whether the gateway has taken all connections to its endpoint and begun what was sent to them.
    ///
    /// First everything is read, as the kernel tells it (proc(5), /proc/net/tcp: local address, remote address, state,
    /// bytes to send and to be read). What a worker has read it begins before anything else; so each worker is asked
    /// something more. The kernel deals connections out to workers at random: so often none is passed over.
    func hasBegunEverything() throws -> Bool {
        let end = ":" + String(Int(port) + 0x10000, radix: 16, uppercase: true).dropFirst()
        let isRead = becomes {
            guard let table = try? String(contentsOfFile: "/proc/net/tcp", encoding: .utf8) else { return false }
            return table.split(separator: "\n").dropFirst().allSatisfy { line in
                let columns = line.split(separator: " ")
                return columns.count < 5 || !columns[1].hasSuffix(end) || columns[4].hasSuffix(":00000000")
            }
        }
        return try isRead && (1...24).allSatisfy { _ in try client().get("/health/live").status == 200 }
    }

    /// The exchange records in the files of a directory, in the order they were written.
    func records(in directory: String = "records") throws -> [ExchangeRecord] {
        try recordFiles(in: directory).flatMap(\.records)
    }

    func recordFiles(in directory: String = "records") throws -> [ExchangeFile] {
        let path = "\(self.directory.path)/\(directory)"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return try names.sorted().map { try ExchangeFile(path: "\(path)/\($0)") }
    }

    // MARK: The admin port

    /// Everything in the store, the newest first.
    func candidates() throws -> [JSONTree] {
        var all: [JSONTree] = []
        var after = ""
        let admin = try admin()
        repeat {
            let page = try admin.get("/admin/v1/candidates?limit=1000&after=\(after)").json
            all += page["data"]?.array ?? []
            after = page["next"]?.string ?? ""
        } while !after.isEmpty
        return all
    }

    /// The candidates as soon as there are so many: the store has a candidate within one second.
    func candidates(atLeast count: Int) throws -> [JSONTree] {
        var found: [JSONTree] = []
        _ = try becomes {
            found = try candidates()
            return found.count >= count
        }
        return found
    }

    /// The sum of a metric's samples whose line begins so: `understudy_cache_total{tier="redis",result="hit"}`.
    func metric(_ start: String) throws -> Double {
        let lines = try admin().get("/metrics").text.split(separator: "\n").filter { $0.hasPrefix(start) }
        return lines.reduce(0) { $0 + (Double($1.split(separator: " ").last ?? "") ?? 0) }
    }

    /// Writes other settings and takes them over.
    func reload(_ settings: TestSettings) throws -> Answer {
        try directory.write(settings.yaml, to: "understudy.yaml")
        return try admin().post("/admin/v1/reload", "")
    }
}
