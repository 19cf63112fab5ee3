import Digest
import Harvest
import JSON

/// Which answer stands on the left: drawn for each item, the same for everybody and for good, and not to be guessed by
/// whoever reads what the page is sent.
///
/// One bit of a keyed hash of the id decides. The key is made once and lies in the store, so that a restart, or another
/// gateway behind the same address, does not turn an item around while somebody looks at it.
struct SideOrder: Sendable {
    private let key: [UInt8]

    /// - Returns: whether small stands on the left.
    func smallIsLeft(_ id: CandidateID) -> Bool {
        hmacSHA256(key: key, message: Array("side|\(id)".utf8)).withUnsafeBytes { $0[0] & 1 == 0 }
    }

    init(key: [UInt8]) {
        self.key = key
    }

    private static let kind = "review"
    private static let id = "sides"

    /// The store's key; made by whoever comes first.
    init(in store: any Store) async throws(StoreError) {
        for _ in 0..<3 {
            if let found = try await store.document(kind: Self.kind, id: Self.id) {
                guard let hex = (try? JSONTree.parse(found.json))?["key"]?.string else {
                    throw .broken("the store's document \(Self.kind)/\(Self.id) is not one of ours")
                }
                self.init(key: Array(hex.utf8))
                return
            }
            let fresh = SHA256.digest(of: randomBytes(32)).hex
            let json = JSONTree.object([.init(name: "key", value: .string(fresh))]).encode()
            _ = try await store.put(kind: Self.kind, id: Self.id, route: nil, json: json, replacing: 0)
        }
        throw .unavailable("the key that shuffles the sides could not be kept")
    }
}
