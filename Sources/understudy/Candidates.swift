public import ArgumentParser
public import Harvest
import Loop
import Settings

/// `understudy candidates`
struct Candidates: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What was harvested: fallbacks with both answers.",
        subcommands: [List.self, ExportFile.self, ImportFile.self, Delete.self]
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
            let store = try openStore(Check.load(options.config))
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
}

extension Candidate.Status: ExpressibleByArgument {}

/// The store that the settings name, which a gateway may have open too.
func openStore(_ settings: GatewaySettings) throws -> any Store {
    do throws(StoreError) {
        return try KnownStores.open(settings.harvest.store.setting)
    } catch {
        Terminal.complain("\(error)")
        throw ExitCode(1)
    }
}
