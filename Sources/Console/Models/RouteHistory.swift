import Harvest
import JSON

/// How a route's small models came about, out of the store's documents: the latest of each kind. Jobs, evaluations and
/// turns are told as the training cycle wrote them; of a data set only what is no list of candidates.
struct RouteHistory {
    /// The kinds of documents that the training cycle writes (`Training`, which pages do not know).
    static let cycleKind = "cycle"
    private static let (jobKind, evaluationKind) = ("job", "evaluation")
    private static let most = 20

    private let versions: [LedgerDocument]
    private let dataSets: [DataSet]
    private let jobs: [LedgerDocument]
    private let evaluations: [LedgerDocument]
    private let cycles: [LedgerDocument]

    init(of route: String, in store: any Store) async throws(StoreError) {
        versions = try await Self.latest(ModelVersion.kind, route, store)
        dataSets = try await Self.latest(DataSet.kind, route, store).compactMap { DataSet(json: $0.json) }
        jobs = try await Self.latest(Self.jobKind, route, store)
        evaluations = try await Self.latest(Self.evaluationKind, route, store)
        cycles = try await Self.latest(Self.cycleKind, route, store)
    }

    private static func latest(
        _ kind: String,
        _ route: String,
        _ store: any Store
    ) async throws(StoreError) -> [LedgerDocument] {
        Array(try await store.documents(kind: kind, route: route).prefix(most))
    }

    func writeMembers(to writer: inout JSONWriter) {
        let raw: (LedgerDocument, inout JSONWriter) -> Void = { document, writer in writer.raw(document.json) }
        writer.name("versions")
        writer.list(versions, raw)
        writer.name("data_sets")
        writer.list(dataSets, Self.write)
        writer.name("jobs")
        writer.list(jobs, raw)
        writer.name("evaluations")
        writer.list(evaluations, raw)
        writer.name("cycles")
        writer.list(cycles) { document, writer in writer.raw(Self.heard(document)) }
    }

    private static func write(_ dataSet: DataSet, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("id")
        writer.string(dataSet.id)
        writer.name("made_at")
        writer.string(dataSet.madeAt.rfc3339)
        writer.name("format")
        writer.string(dataSet.format.rawValue)
        writer.name("files")
        writer.list(dataSet.files) { file, writer in
            writer.beginObject()
            writer.name("part")
            writer.string(file.part.rawValue)
            writer.name("lines")
            writer.number(file.lines.count)
            writer.endObject()
        }
        writer.name("models")
        writer.list(dataSet.models) { model, writer in writer.string(model) }
        writer.name("summary")
        if let summary = dataSet.summary { writer.raw(summary.encode()) } else { writer.null() }
        writer.endObject()
    }

    // MARK: Turns

    /// So long whoever works on a turn may be silent: it writes every other second (`Cycle.beat`).
    private static let silence: Int64 = 30_000

    /// A turn with `heard_at`, when it was last written, and `is_silent`, whether that is too long ago for one that
    /// runs: its process was killed.
    static func heard(_ turn: LedgerDocument, now: WallTime = .now()) -> [UInt8] {
        let isSilent = isRunning(turn) && now.milliseconds - turn.writtenAt.milliseconds > silence
        let head = "{\"heard_at\":\"\(turn.writtenAt.rfc3339)\",\"is_silent\":\(isSilent),"
        return Array(head.utf8) + turn.json.dropFirst()
    }

    static func isRunning(_ turn: LedgerDocument) -> Bool {
        (try? JSONTree.parse(turn.json))?["state"]?.string == "running"
    }
}
