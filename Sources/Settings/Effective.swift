// What is in force, defaults included: one tree that is printed (`check --effective`), hashed (`version`) and
// compared with another (`SettingsChange`). It grows while the file is read, so that no key can be read and forgotten
// here.

import Digest

/// A part of what is in force.
indirect enum Effective: Sendable {
    /// A number, a word, a duration: printed bare.
    case plain(String)
    /// Text of the user's: quoted where YAML would read something else.
    case text(String)
    /// Printed as `***`, or as `shown` where a part may be seen. The version knows only that there is one; a change is
    /// seen by its digest.
    case secret(shown: String, digest: Digest32)
    /// A file that is read at load. Its contents are in the version, its place is not.
    case file(path: String, contents: Digest32)
    case list([Effective])
    /// In the order in which it is printed.
    case mapping([(key: String, value: Effective)])

    static func secret(_ text: String, shown: String = "***") -> Effective {
        .secret(shown: shown, digest: SHA256.digest(of: text))
    }

    /// Feeds a hash with the part, so that different parts never feed the same bytes.
    func feed(_ hash: inout SHA256) {
        func feed(_ tag: StaticString, _ text: String) {
            hash.update(tag)
            hash.update(length: text.utf8.count)
            hash.update(text)
        }
        switch self {
        case .plain(let text): feed("plain", text)
        case .text(let text): feed("text", text)
        case .secret(let shown, _): feed("secret", shown)
        case .file(_, let contents):
            hash.update("file" as StaticString)
            hash.update(contents)
        case .list(let items):
            feed("list", "\(items.count)")
            for item in items { item.feed(&hash) }
        case .mapping(let entries):
            feed("mapping", "\(entries.count)")
            for entry in entries {
                feed("key", entry.key)
                entry.value.feed(&hash)
            }
        }
    }

    var digest: Digest32 {
        var hash = SHA256()
        feed(&hash)
        return hash.finish()
    }

    func isSame(as other: Effective) -> Bool {
        switch (self, other) {
        case (.plain(let left), .plain(let right)), (.text(let left), .text(let right)): left == right
        case (.secret(_, let left), .secret(_, let right)): left == right
        case (.file(_, let left), .file(_, let right)): left == right
        case (.list(let left), .list(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.isSame(as: $1) }
        case (.mapping(let left), .mapping(let right)):
            left.count == right.count
                && zip(left, right).allSatisfy { $0.key == $1.key && $0.value.isSame(as: $1.value) }
        default: false
        }
    }

    subscript(_ key: String) -> Effective? {
        guard case .mapping(let entries) = self else { return nil }
        return entries.first { $0.key == key }?.value
    }
}
