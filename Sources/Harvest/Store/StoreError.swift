/// Why the store did not do it.
public enum StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Somebody else holds it, the disk is full, the connection is gone: try again later. What is in the spool waits.
    case unavailable(String)
    /// The caller asked for something that cannot be: a 400, with these words.
    case refused(String)
    /// The store cannot hold one of the values, now or ever: too long for an index, a text that is none there.
    case unfit(String)
    /// A newer program has been here. Running the old one on it would lose what it does not know.
    case newer(store: String, version: Int, known: Int)
    /// The store cannot be used as it is: wrong file, damage, no permission.
    case broken(String)

    /// It may be better by itself in a while.
    public var isTemporary: Bool { if case .unavailable = self { true } else { false } }

    public var description: String {
        switch self {
        case .unavailable(let what), .refused(let what), .unfit(let what), .broken(let what):
            what
        case .newer(let store, let version, let known):
            "the store \(store) has schema version \(version), this program knows up to version \(known): "
                + "use the newer program, or a store of its own"
        }
    }
}
