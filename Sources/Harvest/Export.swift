// Training files out of candidates. Everything is gathered and held against the provider's rules first; only a file
// without a violation is written. A job that fails on line 6174 after an hour in a queue helps nobody.
//
// What is exported of a candidate: its prompt, and the completion a reviewer chose or wrote, else large's answer. Never
// exported: rejected, skipped and incomplete ones, answers that failed the route's checks (`untrainable`), that broke
// off or were refusals; these are counted, not violations.

import JSON

/// The line formats of fine-tuning services. A new one is one file, and one case here.
public enum ExportFormat: String, Sendable, CaseIterable {
    /// `{"messages": [...]}`
    case chat = "openai-chat"
    /// `{"prompt": "...", "completion": "..."}`
    case completions = "openai-completions"
}

public struct ExportOptions: Sendable {
    public var format: ExportFormat
    /// Nil: all routes.
    public var route: String?
    /// `new` ones are large's answers as nobody has looked at them.
    public var statuses: Set<Candidate.Status>
    /// What completions end with, by route, where the candidate does not say it (`openai-completions` only).
    public var stops: [String: String]
    /// Leave out what breaks a rule, instead of writing nothing.
    public var leavesOutInvalid: Bool

    public static let exportable: Set<Candidate.Status> = [.new, .accepted, .edited]

    public init(
        format: ExportFormat,
        route: String? = nil,
        statuses: Set<Candidate.Status> = Self.exportable,
        stops: [String: String] = [:],
        leavesOutInvalid: Bool = false
    ) {
        self.format = format
        self.route = route
        self.statuses = statuses
        self.stops = stops
        self.leavesOutInvalid = leavesOutInvalid
    }
}

/// A rule of the provider that a record breaks.
public struct ExportViolation: Error, Sendable, Equatable, CustomStringConvertible {
    public var id: CandidateID
    /// The provider's name for it, where it has one: `unrecognized_role`, `missing_content`, ...
    public var rule: String
    public var message: String

    public var description: String { "\(id): \(rule): \(message)" }
}

/// A training file in the making, and what there is to say about it.
public struct Export: Sendable {
    public let options: ExportOptions
    public private(set) var violations: [ExportViolation] = []
    /// What the provider accepts but advises against, in words.
    public private(set) var notes: [String] = []
    /// Candidates left out on purpose: by reason.
    public private(set) var leftOut: [LeftOut: Int] = [:]
    private var examples: [Example] = []

    public enum LeftOut: String, Sendable, CaseIterable {
        case notExportable = "not decided for training"
        case untrainable = "answer failed the checks"
        case noAnswer = "no answer of large"
        case unfinished = "answer broke off"
        case refusal = "answer is a refusal"
        case duplicate = "same line as another"
        case overruled = "a reviewed record has the same prompt"
        case invalid = "breaks a rule"
    }

    /// One line, without its line end.
    struct Example: Sendable {
        var id: CandidateID
        var line: [UInt8]
        /// What is asked, as written.
        var prompt: [UInt8]
        var completion: [UInt8]
        var isReviewed: Bool
    }

    public init(_ options: ExportOptions) {
        self.options = options
    }

    /// All candidates of a store that the options name.
    /// - Throws: `.refused` for a status that is never exported.
    public static func gather(
        from store: any CandidateStore,
        _ options: ExportOptions
    ) async throws(StoreError) -> Export {
        if let never = options.statuses.subtracting(ExportOptions.exportable).map(\.rawValue).min() {
            throw .refused("status: candidates that are \(never) are never exported")
        }
        var export = Export(options)
        var query = CandidateQuery(
            route: options.route,
            statuses: options.statuses,
            limit: 500,
            order: .oldestFirst
        )
        repeat {
            let page = try await store.list(query)
            for candidate in page.data { export.add(candidate) }
            query.after = page.next
        } while query.after != nil
        export.finish()
        return export
    }

    public mutating func add(_ candidate: Candidate) {
        guard options.statuses.contains(candidate.status), ExportOptions.exportable.contains(candidate.status) else {
            return leaveOut(.notExportable)
        }
        let answer: TrainingAnswer
        switch TrainingAnswer.of(candidate) {
        case .success(let found): answer = found
        case .failure(let reason): return leaveOut(reason.why)
        }
        do throws(ExportViolation) {
            switch options.format {
            case .chat:
                examples.append(try chatExample(candidate, answer))
            case .completions:
                let stop = candidate.stop ?? options.stops[candidate.route] ?? candidate.requestedStop
                examples.append(try completionsExample(candidate, answer, stop: stop))
            }
        } catch {
            violations.append(error)
            if options.leavesOutInvalid { leaveOut(.invalid) }
        }
    }

    private mutating func leaveOut(_ reason: LeftOut) {
        leftOut[reason, default: 0] += 1
    }

    /// After the last `add`: drops duplicates, and looks at the file as a whole.
    public mutating func finish() {
        let reviewed = Set(examples.lazy.filter(\.isReviewed).map(\.prompt))
        var seen: Set<[UInt8]> = []
        var kept: [Example] = []
        for example in examples {
            if !example.isReviewed, reviewed.contains(example.prompt) {
                leaveOut(.overruled)
            } else if !seen.insert(example.line).inserted {
                leaveOut(.duplicate)
            } else {
                kept.append(example)
            }
        }
        examples = kept
        notes = Self.notes(on: kept, format: options.format)
    }

    /// Whether there is something to write, and nothing speaks against it.
    public var isValid: Bool { violations.isEmpty || options.leavesOutInvalid }

    public var count: Int { examples.count }

    /// The lines without their line ends, in the order of the candidates' ids.
    public var lines: [[UInt8]] { examples.map(\.line) }

    /// The whole file. Empty where it is not valid.
    public func encode() -> [UInt8] {
        guard isValid else { return [] }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(examples.reduce(0) { $0 + $1.line.count + 1 })
        for example in examples {
            bytes.append(contentsOf: example.line)
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }

    /// Writes the file (mode 0600), whole or not at all: it appears under its name when it is complete. Blocks.
    /// - Throws: the first violation where there is one, and then has written nothing; or what the system said.
    public func write(to path: String) throws {
        if !isValid, let violation = violations.first { throw violation }
        let partial = path + ".partial"
        try HarvestFile.remove(partial)
        do {
            let file = try HarvestFile.create(partial)
            if let failure = encode().withUnsafeBytes({ file.write($0).failure }) { throw failure }
            try file.synchronize()
            try HarvestFile.rename(partial, to: path)
        } catch {
            try? HarvestFile.remove(partial)
            throw error
        }
    }

    // MARK: The file as a whole

    /// Uploads of more than this are refused.
    private static let maximumBytes = 512_000_000

    private static func notes(on examples: [Example], format: ExportFormat) -> [String] {
        var notes: [String] = []
        let count = examples.count
        if count < 10 {
            notes.append("the file has \(count) example(s): a fine-tuning job must have at least 10")
        } else if count < 100 {
            notes.append("the file has \(count) examples: quality tends to rise with every doubling, from 100 on")
        }
        if examples.reduce(0, { $0 + $1.line.count + 1 }) > maximumBytes {
            notes.append("the file has more than \(maximumBytes / 1_000_000) MB, which is more than an upload may have")
        }
        if count > 1, Set(examples.map(\.completion)).count == 1 {
            notes.append("all completions are the same: there is nothing to learn")
        }
        let prompts = Set(examples.map(\.prompt)).count
        if prompts < count {
            notes.append("\(count - prompts) example(s) have a prompt that another one has, with another completion")
        }
        if format == .completions { notes += completionsNotes(examples) }
        return notes
    }
}
