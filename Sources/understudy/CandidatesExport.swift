public import ArgumentParser
public import Harvest
import Settings

extension Candidates {
    /// `understudy candidates export`
    struct ExportFile: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export",
            abstract: "A training file, checked against the provider's rules before a byte is written.",
            discussion: """
                What is trained on is what the contract in force asks for: answers to an older prompt, or under other \
                checks, are left out. With --validation, near-identical inputs go into one file together. Beside the \
                file lies a manifest with counts, hashes and versions.
                """
        )

        @OptionGroup var options: ConfigOption
        @Option(help: "\(ExportFormat.allCases.map(\.rawValue).joined(separator: " or ")).") var format: ExportFormat
        @Option(name: .shortAndLong, help: "The file to write (mode 0600); left out: standard output.") var output:
            String?
        @Option(help: "Only this route's.") var route: String?
        @Option(help: "Of these statuses, with commas between: new, accepted, edited.") var status =
            "new,accepted,edited"
        @Option(help: "The share of inputs that goes into a validation file beside it, such as 10%.") var validation:
            Share?
        @Flag(help: "Leave out what breaks a rule, instead of writing nothing.") var skipInvalid = false
        @Flag(help: "Take answers to older contracts too.") var anyContract = false

        func validate() throws {
            if validation != nil, output == nil {
                throw ValidationError("--validation writes a second file: say where with --output")
            }
        }

        func run() throws {
            let settings = try Check.load(options.config)
            if let route, settings.routes[route] == nil {
                throw ValidationError("--route: no route is named '\(route)'")
            }
            let store = try openStore(settings)
            // Over several routes: what is measured with on any of them stays out of all.
            let kinds = try waitFor {
                var kinds: [Holdout.Kind] = []
                for (name, served) in settings.routes where route == nil || route == name {
                    kinds.append(try await Holdout.kind(of: name, contract: served.contract, in: store))
                }
                return kinds
            }
            let wanted = ExportOptions(
                format: format,
                route: route,
                statuses: try statuses(),
                contracts: anyContract ? nil : settings.routes.mapValues(\.contract),
                prompts: settings.routes.compactMapValues { $0.trainingTarget.map { SmallPrompt($0) } },
                validation: validation?.value ?? 0,
                leavesOutInvalid: skipInvalid,
                holdout: kinds.contains(.synthetic) ? .synthetic : .audited
            )
            let export = try waitFor { try await Export.plan(from: store, wanted) }
            for violation in export.violations { Terminal.complain("\(violation)") }
            for note in export.notes { Terminal.complain("note: \(note)") }
            for (reason, count) in export.leftOut.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                Terminal.complain("left out: \(count) (\(reason.rawValue))")
            }
            guard export.isValid else {
                let canSkip = export.violations.contains { $0.id != nil } && !skipInvalid
                Terminal.complain("nothing written: mend this\(canSkip ? ", or add --skip-invalid" : "")")
                throw ExitCode(1)
            }
            let dataSet = try written(export)
            try waitFor { try await Export.recordOrRemove(dataSet, in: store, by: Terminal.user) }
        }

        private func written(_ export: Export) throws -> DataSet {
            guard let output else {
                Terminal.write(export.encode())
                return export.dataSet()
            }
            let dataSet = try export.write(to: output)
            for file in dataSet.files { Terminal.complain("\(file.lines.count) examples in \(file.path ?? output)") }
            return dataSet
        }

        private func statuses() throws -> Set<Candidate.Status> {
            var statuses: Set<Candidate.Status> = []
            for word in status.split(separator: ",") {
                guard let known = Candidate.Status(rawValue: String(word)) else {
                    throw ValidationError("--status: '\(word)' is none of new, accepted, edited")
                }
                statuses.insert(known)
            }
            return statuses
        }
    }
}

extension ExportFormat: ExpressibleByArgument {}

/// `10%`: above 0, below 100.
struct Share: ExpressibleByArgument {
    let value: Double

    init?(argument: String) {
        guard argument.hasSuffix("%"), let percent = Double(argument.dropLast()), percent > 0, percent < 100 else {
            return nil
        }
        value = percent / 100
    }
}
