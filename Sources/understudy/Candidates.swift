public import ArgumentParser
public import Harvest
import Loop
import Settings

/// `understudy candidates`
struct Candidates: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What was harvested: fallbacks with both answers.",
        subcommands: [List.self, ExportFile.self]
    )

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The newest candidates first.")

        @OptionGroup var options: ConfigOption
        @Option(help: "Only this route's.") var route: String?
        @Option(help: "Only of this status: \(Candidate.Status.allCases.map(\.rawValue).joined(separator: ", ")).")
        var status: Candidate.Status?
        @Option(help: "Only those that fell back for this reason.") var reason: String?
        @Option(help: "At most this many.") var limit = 20
        @Flag(help: "One JSON object a line.") var json = false

        func run() throws {
            guard limit > 0 else { throw ValidationError("--limit is a number from 1") }
            let store = try openStore(options.config)
            let query = CandidateQuery(
                route: route,
                statuses: status.map { [$0] },
                reason: reason,
                limit: min(limit, 1000)
            )
            let limit = limit
            let candidates = try waitFor { try await listed(query, of: store, limit: limit) }
            if json {
                for candidate in candidates { Terminal.write(candidate.encodeOnOneLine() + [UInt8(ascii: "\n")]) }
            } else {
                CandidateTable(candidates).print()
            }
        }

        private func listed(
            _ query: CandidateQuery,
            of store: any CandidateStore,
            limit: Int
        ) async throws -> [Candidate] {
            var query = query
            var found: [Candidate] = []
            repeat {
                query.limit = min(1000, limit - found.count)
                let page = try await store.list(query)
                found += page.data
                query.after = page.next
            } while query.after != nil && found.count < limit
            return found
        }
    }

    struct ExportFile: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export",
            abstract: "A training file, checked against the provider's rules before a byte is written."
        )

        @OptionGroup var options: ConfigOption
        @Option(help: "\(ExportFormat.allCases.map(\.rawValue).joined(separator: " or ")).") var format: ExportFormat
        @Option(name: .shortAndLong, help: "The file to write (mode 0600); left out: standard output.") var output:
            String?
        @Option(help: "Only this route's.") var route: String?
        @Option(help: "Of these statuses, with commas between: new, accepted, edited.") var status =
            "new,accepted,edited"
        @Flag(help: "Leave out what breaks a rule, instead of writing nothing.") var skipInvalid = false

        func run() throws {
            var statuses: Set<Candidate.Status> = []
            for word in status.split(separator: ",") {
                guard let known = Candidate.Status(rawValue: String(word)) else {
                    throw ValidationError("--status: '\(word)' is none of new, accepted, edited")
                }
                statuses.insert(known)
            }
            let store = try openStore(options.config)
            let wanted = ExportOptions(format: format, route: route, statuses: statuses, leavesOutInvalid: skipInvalid)
            let export = try waitFor { try await Export.gather(from: store, wanted) }
            for violation in export.violations { Terminal.complain("\(violation)") }
            for note in export.notes { Terminal.complain("note: \(note)") }
            for (reason, count) in export.leftOut.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                Terminal.complain("left out: \(count) (\(reason.rawValue))")
            }
            guard export.isValid else {
                Terminal.complain("nothing written: mend these candidates, or add --skip-invalid")
                throw ExitCode(1)
            }
            if let output {
                try export.write(to: output)
                Terminal.complain("\(export.count) examples in \(output)")
            } else {
                Terminal.write(export.encode())
            }
        }
    }
}

extension Candidate.Status: ExpressibleByArgument {}
extension ExportFormat: ExpressibleByArgument {}

/// The store that the settings name, which a gateway may have open too.
func openStore(_ config: String) throws -> any CandidateStore {
    let settings = try Check.load(config)
    do throws(StoreError) {
        switch settings.harvest.store {
        case .sqlite(let path): return try KnownStores.open("sqlite:\(path)")
        }
    } catch {
        Terminal.complain("\(error)")
        throw ExitCode(1)
    }
}
