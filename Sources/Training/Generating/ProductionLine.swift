import Harvest
import Settings

/// Inputs on their way to the store: answered many at once, decided on and kept one after the other.
struct ProductionLine {
    var report = GenerationReport()
    private let generation: Generation
    private var seen = KnownInputs()
    /// Names of the candidates that an earlier part of this run has kept.
    private var before: Set<String> = []
    private var batch: [Candidate] = []
    /// The next input's number in the run, from 1.
    private var number = 1
    private var unansweredInARow = 0

    /// Kept by this run, by its earlier parts too.
    private(set) var made = 0

    private static let batchSize = 50
    /// Answered at once; the asker bounds its calls by itself.
    private static let window = 64
    /// Somebody has to look at the provider.
    private static let mostUnanswered = 10

    /// Reads what is there: of this route and contract.
    init(_ generation: Generation) async throws {
        self.generation = generation
        let filter = CandidateFilter(
            route: generation.route.name,
            statuses: Set(Candidate.Status.allCases),
            contract: generation.route.contract
        )
        var query = CandidateQuery(filter, limit: 1000, order: .oldestFirst)
        repeat {
            let page = try await generation.store.list(query)
            for candidate in page.data {
                if candidate.environment != generation.environment { continue }
                seen.add(candidate)
                if candidate.requestID.hasPrefix(generation.prefix) { before.insert(candidate.requestID) }
            }
            query.after = page.next
        } while query.after != nil
    }

    /// - Parameter most: so many are enough, those of earlier parts included; nil: all of them.
    /// - Throws: `AskFailure` where it makes no sense to go on, or what the store says.
    mutating func take(_ inputs: [GivenInput], until most: Int? = nil) async throws {
        let waiting = named(inputs)
        let generation = generation
        try await generation.batches?.answer(
            waiting.map(\.input.request),
            samples: generation.agree,
            by: generation.asker
        )
        try await withThrowingTaskGroup(of: (Int, Production).self) { group in
            var (next, decided) = (0, 0)
            var come: [Int: Production] = [:]
            while decided < waiting.count {
                if let most, made >= most { break }
                // Never more than are missing: what is not needed is not paid for.
                let room = min(Self.window, (most ?? .max) - made)
                while next < waiting.count, next - decided < room {
                    let (index, item) = (next, waiting[next])
                    next += 1
                    group.addTask { (index, try await generation.produce(item.input, name: item.name)) }
                }
                if let production = come.removeValue(forKey: decided) {
                    try await decide(production)
                    decided += 1
                } else if let (index, production) = try await group.next() {
                    come[index] = production
                }
            }
            group.cancelAll()
        }
    }

    /// Those that have to be asked. What is in the store is known, and so is what stands here twice.
    private mutating func named(_ inputs: [GivenInput]) -> [(name: String, input: GivenInput)] {
        var named: [(String, GivenInput)] = []
        var here: Set<String> = []
        for input in inputs {
            let name = "\(generation.prefix)\(number)"
            number += 1
            let text = input.text
            if before.contains(name) {
                made += 1
                report.kept += 1
            } else if !text.isEmpty && (seen.contains(text) || !here.insert(text).inserted) {
                report.known += 1
            } else {
                named.append((name, input))
            }
        }
        return named
    }

    private mutating func decide(_ production: Production) async throws {
        switch production {
        case .made(let candidate, let facts):
            report.note(facts)
            if let input = candidate.input, seen.contains(input) {
                report.known += 1
            } else if let likeness = Likeness(of: candidate), seen.isNear(likeness) {
                report.duplicates += 1
            } else {
                seen.add(candidate)
                batch.append(candidate)
                made += 1
                report.kept += 1
                if batch.count == Self.batchSize { try await keepBatch() }
            }
        case .failed(let reason, let facts):
            report.note(facts)
            report.failed[reason, default: 0] += 1
        case .disagreed(let facts):
            report.note(facts)
            report.disagreed += 1
        case .unexpected(let facts):
            report.note(facts)
            report.unexpected += 1
        case .unanswered(let failure):
            report.unanswered += 1
            unansweredInARow += 1
            report.lastFailure = "\(failure)"
            if unansweredInARow == Self.mostUnanswered { throw AskFailure.unavailable("\(failure)") }
            return generation.progress(report)
        }
        unansweredInARow = 0
        report.spent = await generation.asker.purse.spent
        generation.progress(report)
    }

    mutating func keepBatch() async throws {
        if batch.isEmpty { return }
        _ = try await generation.store.keep(batch)
        batch = []
    }
}
