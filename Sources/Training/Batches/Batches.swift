// Many questions to large in the provider's own time, and for less (OpenAI: within a day, at half the price): its
// `/batches`.
//
//     batches of an earlier run ──► waited for first: they are ordered
//     what the journal has not  ──► as much as the purse holds ──► file ──► batch ──► waited for ──► journal
//
// The journal is all that changes. Whoever asks afterwards finds the answers there; what a batch could not answer is
// then asked like anything else. What is counted is the price of calls, so a budget holds, whatever the provider takes
// off.
//
// Uploading twice costs nothing, ordering twice does: where it is not known whether a batch was made, it is looked for
// by its file, which is ours alone. Questions and answers are deleted at the provider when they have been read.

import Digest
import HTTPClient
public import Harvest
import JSON
import Loop
import Settings

/// See the head of the file.
public struct Batches: Sendable {
    let ledger: any Ledger
    let report: @Sendable (String) -> Void
    private let pace: Pace

    /// How often a batch is looked at.
    struct Pace: Sendable {
        var first = Duration.seconds(1)
        var most = Duration.seconds(60)
    }

    /// Lines of one batch; OpenAI takes 50,000, and 200 MB. What it answers has to fit into an answer of 64 MiB.
    static let mostLines = 5_000

    /// - Parameter report: a line each of what happens.
    public init(ledger: any Ledger, report: @escaping @Sendable (String) -> Void) {
        self.init(ledger: ledger, pace: Pace(), report: report)
    }

    init(ledger: any Ledger, pace: Pace, report: @escaping @Sendable (String) -> Void) {
        self.ledger = ledger
        self.pace = pace
        self.report = report
    }

    /// Returns when every request was answered by a batch, or was in vain.
    /// - Parameters:
    ///   - requests: clients' JSON objects.
    ///   - samples: how often each is asked.
    /// - Throws: `AskFailure`, or what the store says.
    func answer(_ requests: [[UInt8]], samples: Int, by asker: Asker) async throws {
        let large = asker.route.large
        let link = ProviderLink(baseURL: large.baseURL, apiKey: large.apiKey, caFile: large.caFile)
        do {
            for record in try await ledger.openBatches(route: asker.route.name, at: large.baseURL) {
                report("an earlier run has ordered a batch of \(record.lines) questions")
                try await finish(record, aside: 0, asker, link)
            }
            var tried: Set<Digest32> = []
            while true {
                let questions = try await asker.takeUnanswered(
                    requests,
                    samples: samples,
                    except: tried,
                    most: Self.mostLines
                )
                if questions.isEmpty { break }
                tried.formUnion(questions.map(\.key))
                try await order(questions, asker, link)
            }
            await link.close()
        } catch {
            await link.close()
            if let failure = error as? TrainingFailure { throw AskFailure.unavailable("\(failure)") }
            throw error
        }
    }

    private func order(_ questions: [Question], _ asker: Asker, _ link: ProviderLink) async throws {
        let keys = questions.map(\.key.hex)
        let aside = questions.reduce(0) { $0 + $1.most }
        var record = BatchRecord(
            id: "\(asker.route.name)/\(SHA256.digest(of: keys.joined()).hex(digits: 16))",
            route: asker.route.name,
            baseURL: asker.route.large.baseURL,
            lines: questions.count,
            most: aside
        )
        try await ledger.write(record)
        record.file = try await upload(questions, as: record.id, link)
        try await ledger.write(record)
        try await finish(record, aside: aside, asker, link)
    }

    /// From wherever it is to its end.
    private func finish(_ record: BatchRecord, aside: Double, _ asker: Asker, _ link: ProviderLink) async throws {
        var record = record
        if let file = record.file {
            if record.batch == nil {
                do throws(OrderRefused) {
                    record.batch = try await make(of: file, asker, link)
                } catch {
                    // Asking again is no use: the next run uploads a file of its own.
                    if error.isFinal {
                        record.isOver = true
                        try await ledger.write(record)
                    }
                    throw error.failure
                }
                try await ledger.write(record)
            }
            if let batch = record.batch {
                let ended = try await wait(for: batch, link)
                let cost = try await collect(ended, record, asker, link)
                await asker.purse.settle(aside, cost: cost)
                for file in [file, ended["output_file_id"]?.string, ended["error_file_id"]?.string] {
                    if let file { await delete(file, link) }
                }
            }
        }
        record.isOver = true
        try await ledger.write(record)
    }

    private func wait(for batch: String, _ link: ProviderLink) async throws -> JSONTree {
        var wait = pace.first
        var said = ""
        while true {
            guard let now = try await look(at: batch, link) else {
                report("the provider knows no batch \(batch) any more")
                return .object([])
            }
            let status = now["status"]?.string ?? "unknown"
            let (done, total) = (now["request_counts"]?["completed"]?.int, now["request_counts"]?["total"]?.int)
            let line = "batch \(batch): \(status)" + (done.map { ", \($0) of \(total ?? 0) answered" } ?? "")
            if line != said { report(line) }
            said = line
            if ["completed", "expired", "cancelled", "failed"].contains(status) { return now }
            try await Task.sleep(for: wait)
            wait = min(wait * 2, pace.most)
        }
    }

    /// - Returns: US dollars.
    private func collect(
        _ batch: JSONTree,
        _ record: BatchRecord,
        _ asker: Asker,
        _ link: ProviderLink
    ) async throws -> Double {
        if batch["status"]?.string == "failed" {
            if let file = record.file { await delete(file, link) }
            var over = record
            over.isOver = true
            try await ledger.write(over)
            let said = batch["errors"]?["data"]?[0]?["message"]?.string ?? "the provider does not say why"
            throw TrainingFailure("the batch \(record.batch ?? "") failed: \(said)")
        }
        guard let file = batch["output_file_id"]?.string else { return 0 }
        var (cost, kept) = (0.0, 0)
        for line in try await content(of: file, link).split(separator: UInt8(ascii: "\n")) {
            guard let tree = try? JSONTree.parse(line),
                let key = tree["custom_id"]?.string.flatMap({ Digest32(hex: $0) }),
                tree["response"]?["status_code"]?.int == 200, let body = tree["response"]?["body"]
            else { continue }
            let each = record.most / Double(max(1, record.lines))
            if let paid = try await asker.keep(batched: body.encode(), for: key, most: each) {
                cost += paid
                kept += 1
            }
        }
        report("\(kept) of \(record.lines) answers came")
        return cost
    }
}
