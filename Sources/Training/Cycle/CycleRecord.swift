// How far a turn of the flywheel is: a document of the store, kind `cycle`. It is written before and after each stage,
// and every few seconds in between, so that whoever kills the tool loses nothing, and a page can show what is going on.

public import Harvest
public import JSON

/// One turn of a route's flywheel.
public struct CycleRecord: Sendable, Equatable {
    public static let kind = "cycle"

    public enum Stage: String, Sendable, CaseIterable {
        /// Inputs are answered by large: candidates.
        case collect
        /// Data set, job, version.
        case train
        case evaluate
        /// Into service, or on trial first.
        case promote
    }

    public enum State: String, Sendable {
        case running
        /// All stages are done, or one of them has found that the next makes no sense: `result` says which.
        case done
        /// It was stopped by what `reason` says. Started again it goes on at its stage.
        case stopped
    }

    /// `ROUTE/NUMBER`
    public var id: String
    public var route: String
    public var environment: String
    public var contract: String
    /// Digest of what decides what is done; the budget does not.
    public var arguments: String
    public var state: State
    /// The one under way, or the one that comes next.
    public var stage: Stage
    /// What the stages that are done came to.
    public var outcomes: [Stage: JSONTree]
    /// What was told before it began, a line each.
    public var plan: [String]
    /// Examples to be made up.
    public var count: Int
    public var startedBy: String
    public var startedAt: WallTime
    /// Whoever works on it: `CycleHolder`.
    public var holder: String
    /// US dollars.
    public var budget: Double?
    public var spent: Double
    /// The last thing that was heard of it.
    public var progress: String?
    /// Somebody wants it to stop.
    public var isCancelled: Bool
    /// What the command ends with.
    public var result: JSONTree?
    public var reason: String?

    public func encode() -> [UInt8] {
        func text(_ value: String?) -> JSONTree { value.map { .string($0) } ?? .null }
        let stages = Stage.allCases.map { stage in
            JSONTree.object([
                .init(name: "stage", value: .string(stage.rawValue)),
                .init(name: "done", value: .bool(outcomes[stage] != nil)),
                .init(name: "outcome", value: outcomes[stage] ?? .null),
            ])
        }
        return JSONTree.object([
            .init(name: "id", value: .string(id)), .init(name: "route", value: .string(route)),
            .init(name: "environment", value: .string(environment)), .init(name: "contract", value: .string(contract)),
            .init(name: "arguments", value: .string(arguments)), .init(name: "state", value: .string(state.rawValue)),
            .init(name: "stage", value: .string(stage.rawValue)), .init(name: "stages", value: .array(stages)),
            .init(name: "plan", value: .array(plan.map { .string($0) })),
            .init(name: "count", value: .int(count)),
            .init(name: "started_by", value: .string(startedBy)),
            .init(name: "started_at", value: .string(startedAt.rfc3339)),
            .init(name: "holder", value: .string(holder)),
            .init(name: "budget", value: budget.map { .double($0) } ?? .null),
            .init(name: "spent", value: .double(spent)), .init(name: "progress", value: text(progress)),
            .init(name: "cancelled", value: .bool(isCancelled)), .init(name: "result", value: result ?? .null),
            .init(name: "reason", value: text(reason)),
        ]).encode()
    }
}

extension CycleRecord {
    /// Reads what `encode` wrote; nil for anything else.
    public init?(json: [UInt8]) {
        guard let tree = try? JSONTree.parse(json), let id = tree["id"]?.string, let route = tree["route"]?.string,
            let environment = tree["environment"]?.string, let contract = tree["contract"]?.string,
            let arguments = tree["arguments"]?.string, let holder = tree["holder"]?.string,
            let state = tree["state"]?.string.flatMap(State.init(rawValue:)),
            let stage = tree["stage"]?.string.flatMap(Stage.init(rawValue:)),
            let startedAt = tree["started_at"]?.string.flatMap({ WallTime(rfc3339: $0) })
        else { return nil }
        var outcomes: [Stage: JSONTree] = [:]
        for entry in tree["stages"]?.array ?? [] where entry["done"]?.bool == true {
            if let stage = entry["stage"]?.string.flatMap(Stage.init(rawValue:)) { outcomes[stage] = entry["outcome"] }
        }
        self.init(
            id: id,
            route: route,
            environment: environment,
            contract: contract,
            arguments: arguments,
            state: state,
            stage: stage,
            outcomes: outcomes,
            plan: (tree["plan"]?.array ?? []).compactMap(\.string),
            count: tree["count"]?.int ?? 0,
            startedBy: tree["started_by"]?.string ?? "",
            startedAt: startedAt,
            holder: holder,
            budget: tree["budget"]?.double,
            spent: tree["spent"]?.double ?? 0,
            progress: tree["progress"]?.string,
            isCancelled: tree["cancelled"]?.bool ?? false,
            result: tree["result"].flatMap { $0.isNull ? nil : $0 },
            reason: tree["reason"]?.string
        )
    }

    /// Of the route's turns, from 1.
    var number: Int { id.lastIndex(of: "/").flatMap { Int(id[id.index(after: $0)...]) } ?? 0 }
}

extension Ledger {
    /// A route's turns, the latest first.
    public func cycles(route: String) async throws(StoreError) -> [CycleRecord] {
        try await documents(kind: CycleRecord.kind, route: route)
            .compactMap { CycleRecord(json: $0.json) }
            .sorted { $0.number > $1.number }
    }

    /// Asks the turn that is under way to stop; it does so within seconds.
    /// - Returns: its id; nil: none is.
    public func cancelCycle(route: String, by who: String) async throws(StoreError) -> String? {
        guard let running = try await cycles(route: route).first(where: { $0.state == .running }) else { return nil }
        _ = try await change(kind: CycleRecord.kind, id: running.id, route: route) { json in
            guard var record = json.flatMap({ CycleRecord(json: $0) }), record.state == .running else { return nil }
            record.isCancelled = true
            return record.encode()
        }
        try await add(LedgerEvent(who: who, what: "cycle cancelled", route: route, detail: running.event))
        return running.id
    }
}
