import ArgumentParser
import Harvest
import Settings

/// `understudy store`
struct StoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store",
        abstract: "The store of candidates: back it up, bring it back, move it, upgrade it.",
        subcommands: [
            StoreBackup.self, StoreRestore.self, StoreMove.self, StoreUpgrade.self, StoreEvents.self, StoreMeasure.self,
        ]
    )
}

/// `understudy store backup FILE`
struct StoreBackup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy the store into a file, while gateways serve.",
        discussion: """
            The file is a store of its own (SQLite, mode 0600). Run again with the same file, it takes what has changed \
            since, and what a broken-off run has not done. Ends by comparing counts and hashes.
            """
    )

    @OptionGroup var options: ConfigOption
    @Argument(help: "The file to write.") var file: String

    func run() throws {
        let settings = try Check.load(options.config)
        try copyStore(from: settings.harvest.store.setting, to: "sqlite:\(absolutePath(file))", mirrors: true)
    }
}

/// `understudy store restore FILE`
struct StoreRestore: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Bring what a backup has into the store.",
        discussion: """
            What the store has already stays; decisions of both are kept, and the latest counts. What was erased since the \
            backup was made comes back: erase it again.
            """
    )

    @OptionGroup var options: ConfigOption
    @Argument(help: "The backup.") var file: String

    func run() throws {
        let settings = try Check.load(options.config)
        guard canRead(file) else { throw ValidationError("\(file) cannot be read") }
        try copyStore(from: "sqlite:\(absolutePath(file))", to: settings.harvest.store.setting, mirrors: false)
    }
}

/// `understudy store move --to URL`
struct StoreMove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "move",
        abstract: "Copy the store into another one, while gateways serve.",
        discussion: """
            1. understudy store move --to NEW. 2. Set harvest.store to NEW, restart the gateways. 3. Once more with --from OLD \
            --to NEW, for what arrived in between. Nothing is deleted from the old store.
            """
    )

    @OptionGroup var options: ConfigOption
    @Option(help: "The store to copy into: sqlite:PATH or postgresql://...") var to: String
    @Option(help: "The store to copy from; left out: the one of the settings.") var from: String?

    func run() throws {
        let settings = try Check.load(options.config)
        try copyStore(from: from ?? settings.harvest.store.setting, to: to, mirrors: false)
    }
}

/// `understudy store upgrade`
struct StoreUpgrade: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upgrade",
        abstract: "Bring the store's schema up to what this program writes, under a lock.",
        discussion: "Gateways of an older program that share the store stop delivering until they are replaced; "
            + "their spools hold."
    )

    @OptionGroup var options: ConfigOption

    func run() throws {
        let settings = try Check.load(options.config)
        let (from, to) = try storeOutcome { () throws(StoreError) in
            try KnownStores.upgrade(settings.harvest.store.setting)
        }
        switch from {
        case to: print("schema version \(to): nothing to do")
        case 0: print("made, with schema version \(to)")
        default: print("upgraded from schema version \(from) to \(to)")
        }
    }
}

private func copyStore(from: String, to: String, mirrors: Bool) throws {
    let line = ProgressLine()
    let report = try storeOutcome { () throws(StoreError) in
        try StoreCopy(from: from, to: to, mirrors: mirrors) { progress in
            line.show("\(progress.looked) looked at, \(progress.copied) copied")
        }.run()
    }
    line.end()
    print("copied \(report.copied) candidates, removed \(report.removed)")
    print("both have \(report.candidates) candidates, \(report.decisions) decisions, \(report.documents) documents")
    print("sha256 \(report.digest)")
}

/// A store that refuses what the command line named is wrong usage; everything else is a store that does not do it.
private func storeOutcome<Result>(_ body: () throws(StoreError) -> Result) throws -> Result {
    do throws(StoreError) {
        return try body()
    } catch {
        if case .refused(let words) = error { throw ValidationError(words) }
        Terminal.complain("\(error)")
        throw ExitCode(1)
    }
}

/// `understudy store measure --on URL`
struct StoreMeasure: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure",
        abstract: "Fill an empty store with made-up candidates, and tell how quick it is.",
        discussion:
            "For a machine or a server of your own; deploy/bench.sh store measures both kinds. What it has filled is "
            + "yours to delete."
    )

    @Option(help: "The store: sqlite:PATH or postgresql://...; it has to be empty.") var on: String
    @Option(help: "How many candidates.") var count = 1_000_000

    func run() throws {
        guard count > 0 else { throw ValidationError("--count is a number from 1") }
        let (on, count) = (on, count)
        try waitFor {
            do throws(StoreError) {
                try await StoreMeasurement(on, count: count) { print($0) }.run()
            } catch {
                Terminal.complain("\(error)")
                throw ExitCode(1)
            }
        }
    }
}
