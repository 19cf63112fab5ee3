// A customer asks to be forgotten. What goes, in this order:
//
//     what is on its way      a mark in the store, which every spool's mover reads before it delivers
//     the store               the candidates with their decisions; an event without a text stays
//     cached answers          a drop for each, which every gateway reads within a second
//     what was put aside      their records in files beside the spool's segments
//     journals                of their routes: emptied, as nobody can tell which answer there is whose
//     data sets               their lines in local files, rewritten whole; copies at a provider are deleted
//
// Asked again, it goes on with what was left (`Unfinished`).
//
// What was learnt cannot be taken back: the models trained on a data set that held such a line are named. So is every
// file that could not be changed, in words: nothing is passed over in silence. Backups hold what they held.

import Digest
import JSON

/// Deletes copies of data sets at providers.
public protocol UploadedFiles: Sendable {
    /// - Returns: nil when the file is gone; else why it is not, in words.
    func delete(_ upload: DataSet.Upload) async -> String?
}

/// What was forgotten, and what somebody has still to do.
public struct ForgettingReport: Sendable, Equatable {
    public var candidates = 0
    /// Cached answers that go.
    public var cached = 0
    /// Lines taken out of files, and the files.
    public var lines = 0
    public var files: [String] = []
    /// Copies at providers that are gone.
    public var uploads: [String] = []
    /// Models that were trained on what is forgotten.
    public var models: [String] = []
    /// What is left to do by hand, a sentence each.
    public var left: [String] = []

    public static func += (report: inout ForgettingReport, more: ForgettingReport) {
        report.candidates += more.candidates
        report.cached += more.cached
        report.lines += more.lines
        report.files += more.files
        report.uploads += more.uploads
        report.models += more.models
        report.left += more.left
    }
}

extension ForgettingReport {
    /// A JSON object, a member for each.
    public func encode() -> [UInt8] {
        func texts(_ list: [String]) -> JSONTree { .array(list.map { .string($0) }) }
        return JSONTree.object([
            .init(name: "candidates", value: .int(candidates)), .init(name: "cached", value: .int(cached)),
            .init(name: "lines", value: .int(lines)), .init(name: "files", value: texts(files)),
            .init(name: "uploads", value: texts(uploads)), .init(name: "models", value: texts(models)),
            .init(name: "left", value: texts(left)),
        ]).encode()
    }
}

/// The work of one deletion.
public struct Forgetting: Sendable {
    private let store: any CandidateStore & Erasure & Ledger
    private let files: LocalFiles?
    private let uploads: (any UploadedFiles)?

    /// - Parameters:
    ///   - files: nil: there are none beside the store's.
    ///   - uploads: nil: copies at providers are named, for somebody to delete.
    public init(
        _ store: any CandidateStore & Erasure & Ledger,
        files: LocalFiles? = nil,
        uploads: (any UploadedFiles)? = nil
    ) {
        self.store = store
        self.files = files
        self.uploads = uploads
    }

    /// While gateways serve. Asked again, it finds what has arrived meanwhile, and nothing twice. Reads and writes
    /// files: not on the caller's thread.
    @concurrent public func forget(_ whom: Forgettable, by who: String) async throws(StoreError) -> ForgettingReport {
        try await Forgotten.add(whom, at: .now(), to: store)
        let ids = try await candidates(of: whom)
        var report = ForgettingReport()
        var unfinished = try await Unfinished.read(whom, store)
        let isNew = unfinished.candidates.isEmpty
        if !ids.isEmpty {
            unfinished.candidates.formUnion(ids)
            if isNew { unfinished.routes = nil }
            try await unfinished.write(whom, to: store)
            let reason =
                switch whom {
                case .requestID: "forget: request id"
                case .metadata(let name, _): "forget: metadata \(name)"
                }
            let erased = try await store.erase(ids, by: who, reason: reason)
            report.candidates = erased.count
            report.cached = erased.count { $0.cacheKey != nil }
            let routes = Set(erased.map(\.route))
            unfinished.routes = isNew ? routes : unfinished.routes?.union(routes)
            try await unfinished.write(whom, to: store)
        }
        files?.forget(whom, &report)
        guard !unfinished.candidates.isEmpty else { return report }
        files?.emptyJournals(of: unfinished.routes, &report)
        try await clean(unfinished.candidates, &report)
        if report.left.isEmpty {
            unfinished.candidates = []
            unfinished.routes = []
            try await unfinished.write(whom, to: store)
        }
        return report
    }

    private func candidates(of whom: Forgettable) async throws(StoreError) -> [CandidateID] {
        switch whom {
        case .metadata(let name, let value): return try await store.candidates(withMetadata: name, value)
        case .requestID(let id):
            var found: [CandidateID] = []
            let filter = CandidateFilter(statuses: Set(Candidate.Status.allCases), requestID: id)
            var query = CandidateQuery(filter, limit: 1000)
            repeat {
                let page = try await store.list(query)
                found += page.data.map(\.id)
                query.after = page.next
            } while query.after != nil
            return found
        }
    }

    // MARK: Data sets

    private func clean(_ ids: Set<CandidateID>, _ report: inout ForgettingReport) async throws(StoreError) {
        guard !ids.isEmpty else { return }
        for document in try await store.documents(kind: DataSet.kind, route: nil) {
            guard var dataSet = DataSet(json: document.json),
                dataSet.files.contains(where: { $0.lines.contains { ids.contains($0.candidate) } })
            else { continue }
            report.models += dataSet.models
            for index in dataSet.files.indices {
                await clean(&dataSet.files[index], of: dataSet.id, ids, &report)
            }
            let written = try await store.put(
                kind: DataSet.kind,
                id: dataSet.id,
                route: dataSet.route,
                json: dataSet.encode(),
                replacing: document.revision
            )
            if written == nil { report.left.append("data set \(dataSet.id) was changed meanwhile: ask again") }
        }
    }

    private func clean(
        _ file: inout DataSet.File,
        of dataSet: String,
        _ ids: Set<CandidateID>,
        _ report: inout ForgettingReport
    ) async {
        let going = Set(file.lines.lazy.filter { ids.contains($0.candidate) }.map(\.digest))
        guard !going.isEmpty else { return }
        for upload in file.uploads {
            let problem = await uploads?.delete(upload) ?? (uploads == nil ? "delete it there" : nil)
            if let problem {
                report.left.append("\(upload.file) at \(upload.baseURL) holds such a line: \(problem)")
            } else {
                report.uploads.append(upload.file)
                file.uploads.removeAll { $0 == upload }
            }
        }
        guard let path = file.path else {
            report.left.append(
                "the \(file.part.rawValue) file of \(dataSet) was given away: \(going.count) line(s) of it"
            )
            return
        }
        do {
            let (bytes, removed) = try Self.remove(going, from: path)
            report.lines += removed
            if removed > 0 { report.files.append(path) }
            file.sha256 = SHA256.digest(of: bytes)
            // As long as a copy is at a provider, the book says whose it is.
            if file.uploads.isEmpty { file.lines.removeAll { ids.contains($0.candidate) } }
        } catch {
            report.left.append("\(path), \(going.count) line(s) of it: \(error)")
        }
    }

    /// Writes the file again without these lines: whole or not at all.
    private static func remove(_ going: Set<String>, from path: String) throws(FileError) -> (bytes: [UInt8], Int) {
        let lines = try HarvestFile.open(path).readAll().split(separator: 0x0a)
        let kept = lines.filter { !going.contains(DataSet.Line.digest(of: $0)) }
        let bytes = kept.reduce(into: [UInt8]()) { $0 += $1 + [0x0a] }
        if kept.count < lines.count { try Export.replace(path, bytes) }
        return (bytes, lines.count - kept.count)
    }
}
