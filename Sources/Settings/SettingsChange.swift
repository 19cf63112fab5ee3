/// What a reload changes: dotted keys, sorted. A secret that changed is named like everything else; its value is not.
public struct SettingsChange: Sendable, Hashable {
    /// Applied by the swap.
    public let changed: [String]
    /// Read once, at start: in force only after a restart.
    public let restartNeeded: [String]

    public var isEmpty: Bool { changed.isEmpty && restartNeeded.isEmpty }

    public init(from old: GatewaySettings, to new: GatewaySettings) {
        let keys = Self.differences(old.effective, new.effective, key: "").sorted()
        changed = keys.filter { !Self.readAtStart.contains($0) }
        restartNeeded = keys.filter { Self.readAtStart.contains($0) }
    }

    /// CONTRACTS section 7. Whether there is TLS at all, too; a new certificate is taken over.
    private static let readAtStart: Set<String> = [
        "server.listen", "server.admin", "server.workers", "server.tls", "harvest.spool", "harvest.store",
    ]

    /// Mappings are compared member by member; a list differs as a whole, and so does what one side lacks.
    private static func differences(_ old: Effective, _ new: Effective, key: String) -> [String] {
        guard case .mapping(let before) = old, case .mapping(let after) = new else {
            return old.isSame(as: new) ? [] : [key]
        }
        let names = before.map(\.key) + after.map(\.key).filter { name in !before.contains { $0.key == name } }
        return names.flatMap { name in
            let child = ConfigNode.child(of: key, name)
            guard let left = old[name], let right = new[name] else { return [child] }
            return differences(left, right, key: child)
        }
    }
}
