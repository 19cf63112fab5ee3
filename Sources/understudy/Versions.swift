import ArgumentParser
import Glibc
import Harvest
import JSON
import Settings

/// `understudy versions`
struct Versions: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Small models that were trained: what there is, and from one environment to the next.",
        subcommands: [List.self, ExportFile.self, ImportFile.self]
    )

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The newest first, with what is in service.")

        @OptionGroup var options: ConfigOption
        @Option(help: "Only this route's.") var route: String?
        @Flag(help: "One JSON object a line.") var json = false

        func run() throws {
            let settings = try Check.load(options.config)
            let store = try openStore(settings)
            let (route, environment) = (route, settings.server.environment)
            let (versions, promotions) = try inStore {
                (try await store.versions(route: route), try await store.promotions(environment: environment))
            }
            for version in versions {
                let promotion = promotions.first { $0.route == version.route }
                let file = settings.routes[version.route]?.small?.model
                let state = promotion.map { $0.state(of: version, file: file) } ?? "-"
                Terminal.write(json ? version.encode() + [UInt8(ascii: "\n")] : line(version, state))
            }
        }

        private func line(_ version: ModelVersion, _ state: String) -> [UInt8] {
            let facts = [
                version.createdAt.rfc3339, version.route, version.model, state, version.environment,
                "contract \(version.contract.prefix(12))", version.examples.map { "\($0) examples" } ?? "-",
                version.evaluation == nil ? "not evaluated" : "evaluated",
            ]
            return Array((facts.joined(separator: "  ") + "\n").utf8)
        }
    }
}

extension Promotion {
    fileprivate func state(of version: ModelVersion, file: String?) -> String {
        guard isInForce(over: file) else { return "-" }
        if current.version == version.id { return "in service" }
        if canary?.challenger.version == version.id { return "on trial" }
        return history.contains { $0.version == version.id } ? "was in service" : "-"
    }
}

/// A version with its evaluation, in a file:
/// `{"understudy_version":1,"version":{...},"evaluation":{"id":...,"document":...}}`.
struct PackedVersion {
    var version: ModelVersion
    /// The document's JSON; nil: it was not evaluated.
    var evaluation: [UInt8]?

    func encode() -> [UInt8] {
        var writer = JSONWriter(reserving: 4096)
        writer.beginObject()
        writer.name("understudy_version")
        writer.number(1)
        writer.name("version")
        version.write(to: &writer)
        writer.name("evaluation")
        if let evaluation { writer.raw(evaluation) } else { writer.null() }
        writer.endObject()
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    /// Nil: no such file.
    init?(json: [UInt8]) {
        guard let tree = try? JSONTree.parse(json), tree["understudy_version"]?.int == 1,
            let version = tree["version"].flatMap({ ModelVersion($0) })
        else { return nil }
        self.version = version
        evaluation = tree["evaluation"].flatMap { $0.isNull ? nil : $0.encode() }
    }

    init(_ version: ModelVersion, evaluation: [UInt8]?) {
        self.version = version
        self.evaluation = evaluation
    }
}

extension Versions {
    /// `understudy versions export`
    struct ExportFile: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export",
            abstract: "A version with its evaluation and threshold, as a file of mode 0600."
        )

        @Argument(help: "The route.") var route: String
        @Argument(help: "The version's model, as its provider names it.") var model: String
        @OptionGroup var options: ConfigOption
        @Option(name: .shortAndLong, help: "The file to write; left out: standard output.") var output: String?

        func run() throws {
            let store = try openStore(try Check.load(options.config))
            let id = ModelVersion.id(route: route, model: model)
            let packed: PackedVersion? = try inStore {
                guard let version = try await store.version(id) else { return nil }
                var evaluation: [UInt8]?
                if let id = version.evaluation {
                    evaluation = try await store.document(kind: "evaluation", id: id)?.json
                }
                return PackedVersion(version, evaluation: evaluation)
            }
            guard let packed else {
                Terminal.complain("route \(route) has no version \(model): 'understudy versions list'")
                throw ExitCode(1)
            }
            guard let output else { return Terminal.write(packed.encode()) }
            try Terminal.write(packed.encode(), toFile: output)
            Terminal.complain("\(model) of \(route) in \(output)")
        }
    }

    /// `understudy versions import`
    struct ImportFile: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "import",
            abstract: "A version from a file that 'versions export' wrote; 'promote' puts it into service.",
            discussion: """
                It belongs to this environment from then on. Refused where it was trained for another contract than the \
                one in force here: --force REASON takes it all the same, on the record.
                """
        )

        @Argument(help: "The file.") var file: String
        @OptionGroup var options: ConfigOption
        @Option(help: "Take it under another contract, and say why.") var force: String?

        func run() throws {
            let settings = try Check.load(options.config)
            guard var packed = PackedVersion(json: try Terminal.read(file, most: 64 << 20)) else {
                throw ValidationError("\(file) is no file that 'understudy versions export' wrote")
            }
            let route = try settings.promotable(packed.version.route)
            if packed.version.contract != route.contract, force == nil {
                Terminal.complain(
                    "\(packed.version.model) was trained for another contract of \(route.name) than the one in force here; "
                        + "--force REASON takes it all the same"
                )
                throw ExitCode(1)
            }
            packed.version.environment = settings.server.environment
            let (version, evaluation, force) = (packed.version, packed.evaluation, force)
            let store = try openStore(settings)
            try inStore {
                if let id = version.evaluation, let evaluation {
                    _ = try await store.change(kind: "evaluation", id: id, route: version.route) { old in
                        old == nil ? evaluation : nil
                    }
                }
                try await store.put(version)
                try await store.noteEnd(
                    "import version",
                    route: version.route,
                    environment: version.environment,
                    Promotion.Service(version: version.id, model: version.model, by: Terminal.user, reason: ""),
                    by: Terminal.user,
                    reason: force.map { "forced: \($0)" } ?? "same contract"
                )
            }
            Terminal.complain("\(version.model) of \(route.name) is a version of \(version.environment) now")
        }
    }
}

extension Terminal {
    /// Whole or not at all, for its owner's eyes.
    static func write(_ bytes: [UInt8], toFile path: String) throws {
        let temporary = path + ".new"
        let descriptor = Glibc.open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        func reason() -> ValidationError {
            ValidationError("\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
        guard descriptor >= 0 else { throw reason() }
        defer { Glibc.close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw reason() }
            rest = rest.dropFirst(count)
        }
        guard fsync(descriptor) == 0, rename(temporary, path) == 0 else { throw reason() }
    }
}
