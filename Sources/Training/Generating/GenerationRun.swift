import Digest
public import Harvest
import JSON
public import Settings

/// Which run of `generate` a route is at: a document of the store, kind `generation`. A command that was cut short is
/// found by what it was started with, and goes on under its number; one that is finished is followed by the next.
public struct GenerationRun: Sendable, Equatable {
    public static let kind = "generation"

    /// From 1.
    public let number: Int
    /// It was begun before, and not finished.
    public let isResumed: Bool
    private let id: String
    private let route: String
    private let arguments: String
    private let revision: Int

    /// - Parameter arguments: what decides what is made; the number of examples and the budget do not.
    public static func begin(
        _ route: RouteSettings,
        environment: String,
        arguments: [String],
        in ledger: any Ledger
    ) async throws -> GenerationRun {
        var hash = SHA256()
        for part in [route.contract] + arguments {
            hash.update(length: part.utf8.count)
            hash.update(part)
        }
        let digest = hash.finish().hex(digits: 32)
        let id = "\(route.name)/\(environment)"
        while true {
            let found = try await ledger.document(kind: kind, id: id)
            let last = found.flatMap { try? JSONTree.parse($0.json) }
            let number = last?["run"]?.int ?? 0
            let isResumed = last?["finished"]?.bool == false && last?["arguments"]?.string == digest
            let run = GenerationRun(
                number: isResumed ? number : number + 1,
                isResumed: isResumed,
                id: id,
                route: route.name,
                arguments: digest,
                revision: found?.revision ?? 0
            )
            if let revision = try await run.write(isFinished: false, to: ledger) {
                return GenerationRun(
                    number: run.number,
                    isResumed: isResumed,
                    id: id,
                    route: route.name,
                    arguments: digest,
                    revision: revision
                )
            }
        }
    }

    /// The next one is another. Where somebody else has begun one meanwhile, that one stands.
    public func finish(in ledger: any Ledger) async throws { _ = try await write(isFinished: true, to: ledger) }

    private func write(isFinished: Bool, to ledger: any Ledger) async throws -> Int? {
        let json = JSONTree.object([
            .init(name: "route", value: .string(route)), .init(name: "run", value: .int(number)),
            .init(name: "arguments", value: .string(arguments)), .init(name: "finished", value: .bool(isFinished)),
            .init(name: "at", value: .string(WallTime.now().rfc3339)),
        ])
        return try await ledger.put(
            kind: Self.kind,
            id: id,
            route: route,
            json: json.encode(),
            replacing: revision
        )
    }
}
