import Testing

@testable import Harvest

/// The stores there are, for tests that run over each.
enum StoreKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case sqlite
    case postgresql

    var testDescription: String { rawValue }

    /// Opens an empty store of this kind, runs the test, and closes it.
    func withStore(_ test: (SQLStore) async throws -> Void) async throws {
        let directory = TemporaryDirectory()
        let store: SQLStore
        switch self {
        case .sqlite: store = try SQLStore.sqlite(path: "\(directory.path)/var/understudy.db", patience: .seconds(5))
        case .postgresql:
            let server = try RealPostgres.shared.get()
            store = try SQLStore.postgresql(server.url(try server.database()))
        }
        do {
            try await test(store)
        } catch {
            await store.close()
            throw error
        }
        await store.close()
    }
}
