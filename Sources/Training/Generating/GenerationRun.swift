import Digest
public import Harvest
import JSON
public import Settings

/// Which run of `generate` a route is at: a document of the store, kind `generation`. A command that was cut short is
/// found by what it was started with, and goes on under its number; one that is finished is followed by the next.
public struct GenerationRun: Sendable, Equatable {
    public static let kind = "generation"

    /// `7`, the seventh of the route's own; or the name of what it is a part of. In the names of what it makes.
    public let label: String
    /// It was begun before, and not finished.
    public let isResumed: Bool
    /// It is finished, and is not to be made again: so many were kept. Nil: it is to be made.
    public let kept: Int?
    private let id: String
    private let route: String
    private let arguments: String
    private let number: Int
    private let revision: Int

    /// - Parameters:
    ///   - arguments: what decides what is made; the number of examples and the budget do not.
    ///   - name: of what it is a part of: under one name it is made once. Nil: one that is finished is followed by the next.
    public static func begin(
        _ route: RouteSettings,
        environment: String,
        arguments: [String],
        name: String? = nil,
        in ledger: any Ledger
    ) async throws -> GenerationRun {
        var hash = SHA256()
        for part in [route.contract] + arguments {
            hash.update(length: part.utf8.count)
            hash.update(part)
        }
        let digest = hash.finish().hex(digits: 32)
        let id = "\(route.name)/\(environment)" + (name.map { "/\($0)" } ?? "")
        while true {
            let found = try await ledger.document(kind: kind, id: id)
            let last = found.flatMap { try? JSONTree.parse($0.json) }
            let number = last?["run"]?.int ?? 0
            let isSame = last?["arguments"]?.string == digest
            let isFinished = last?["finished"]?.bool != false
            func run(_ number: Int, isResumed: Bool, kept: Int? = nil, _ revision: Int) -> GenerationRun {
                GenerationRun(
                    label: name ?? "\(number)",
                    isResumed: isResumed,
                    kept: kept,
                    id: id,
                    route: route.name,
                    arguments: digest,
                    number: number,
                    revision: revision
                )
            }
            if isSame, isFinished, name != nil {
                return run(number, isResumed: true, kept: last?["kept"]?.int ?? 0, found?.revision ?? 0)
            }
            let isResumed = isSame && !isFinished
            let begun = run(isResumed ? number : number + 1, isResumed: isResumed, found?.revision ?? 0)
            if let revision = try await begun.write(kept: nil, to: ledger) {
                return run(begun.number, isResumed: isResumed, revision)
            }
        }
    }

    /// The next one is another. Where somebody else has begun one meanwhile, that one stands.
    public func finish(kept: Int, in ledger: any Ledger) async throws { _ = try await write(kept: kept, to: ledger) }

    private func write(kept: Int?, to ledger: any Ledger) async throws -> Int? {
        let json = JSONTree.object([
            .init(name: "route", value: .string(route)), .init(name: "run", value: .int(number)),
            .init(name: "arguments", value: .string(arguments)),
            .init(name: "finished", value: .bool(kept != nil)),
            .init(name: "kept", value: kept.map { .int($0) } ?? .null),
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
