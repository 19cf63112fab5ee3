// `checks:` of a route. An entry is a check's name, or one name with its options. Judgment knows what the checks are
// and what options they take; here its errors get their place in the file.

import Digest
import Judgment

struct CheckList {
    private(set) var checks: [any FormatCheck] = []
    private(set) var names: [String] = []
    private(set) var effective: Effective = .list([])
    /// What the first `grammar` check reads: `compare: dsl` goes by it too.
    private(set) var grammar: [UInt8]?

    init(_ fields: Fields) {
        defer { fields.put("checks", effective) }
        guard let node = fields.value("checks") else { return }
        guard case .list(let items) = node.value else {
            fields.reading.problems.add(node.place, key: node.key, "expected a list of checks, found \(node.kind)")
            return
        }
        if items.count > Judge.maximumChecks {
            let message = "holds \(items.count) checks; \(Judge.maximumChecks) are allowed"
            fields.reading.problems.add(node.place, key: node.key, message)
            return
        }
        var parts: [Effective] = []
        for item in items {
            guard let (name, place, options) = Self.split(item, fields.reading.problems) else { continue }
            let files = FileLog(fields.reading)
            let key = ConfigNode.child(of: item.key, name)
            do throws(CheckError) {
                let check = try KnownChecks.make(name, options: Self.options(options), files: files.read)
                checks.append(check)
                names.append(name)
                if name == "grammar", grammar == nil { grammar = files.last }
                for note in check.notes {
                    let place = Place(file: fields.reading.resolve(note.file), line: note.line, column: note.column)
                    fields.reading.problems.note(place, key: key, note.message)
                }
            } catch {
                // A file that could not be read has been reported where it is named.
                if files.failed == nil {
                    Self.report(error, at: place, key: key, options: options, fields.reading)
                } else if let failed = files.failed {
                    let place = options.flatMap { Self.scalar(saying: failed.path, in: $0)?.place } ?? place
                    fields.reading.problems.add(place, key: key, "\(failed.path) cannot be read: \(failed.reason)")
                }
            }
            parts.append(options.map { .mapping([(name, files.effective($0))]) } ?? .text(name))
        }
        effective = .list(parts)
    }

    /// `finished`, or `max_chars: 2000`.
    private static func split(_ item: ConfigNode, _ problems: ProblemList) -> (String, Place, ConfigNode?)? {
        switch item.value {
        case .scalar(let scalar) where !scalar.isNull:
            return (scalar.text, item.place, nil)
        case .mapping(let entries) where entries.count == 1:
            return (entries[0].name, entries[0].namePlace, entries[0].value)
        case .mapping(let entries) where entries.count > 1:
            let extra = entries[1]
            problems.add(extra.namePlace, key: extra.value.key, "one check an entry: begin another with '-'")
        default:
            problems.add(item.place, key: item.key, "expected a check's name, found \(item.kind)")
        }
        return nil
    }

    private static func options(_ node: ConfigNode?) -> CheckOptions {
        guard let node else { return .absent }
        switch node.value {
        case .scalar(let scalar):
            guard scalar.isPlain else { return .string(scalar.text) }
            if scalar.isNull { return .scalar(CheckOptions.Scalar("", kind: .null)) }
            if NumberText.read(scalar.text) != nil { return .number(scalar.text) }
            let isFlag = scalar.text == "true" || scalar.text == "false"
            return .scalar(CheckOptions.Scalar(scalar.text, kind: isFlag ? .boolean : .string))
        case .list(let items):
            return .list(items.map { options($0) })
        case .mapping(let entries):
            return .mapping(entries.map { CheckOptions.Member($0.name, options($0.value)) })
        }
    }

    private static func report(
        _ error: CheckError,
        at place: Place,
        key: String,
        options: ConfigNode?,
        _ reading: Reading
    ) {
        if let file = error.file {
            report(error, inFile: file, key: key, reading)
            return
        }
        var place = place
        var key = key
        if let options, !error.path.isEmpty {
            place = options.place
            var node: ConfigNode? = options
            for step in error.path {
                key = Int(step) == nil ? ConfigNode.child(of: key, step) : "\(key)[\(step)]"
                switch node?.value {
                case .mapping(let entries):
                    let entry = entries.first { $0.name == step }
                    node = entry?.value
                    if let entry { place = error.isAboutTheKey ? entry.namePlace : entry.value.place }
                case .list(let items):
                    node = Int(step).flatMap { items.indices.contains($0) ? items[$0] : nil }
                    if let node { place = node.place }
                default:
                    node = nil
                }
            }
        } else if let options, case .scalar = options.value, KnownChecks.names.contains(error.check) {
            place = options.place
        }
        reading.problems.add(place, key: key, error.message, suggestion: error.suggestion)
    }

    /// A file that was read and is wrong: at its own line and column.
    private static func report(_ error: CheckError, inFile file: String, key: String, _ reading: Reading) {
        let path = reading.resolve(file)
        if let line = error.line, let column = error.column {
            let place = Place(file: path, line: line, column: column)
            reading.problems.add(place, key: key, error.message, suggestion: error.suggestion)
            for other in error.more { report(other, inFile: file, key: key, reading) }
            return
        }
        let text = (try? SettingsFile.read(path)) ?? []
        let (line, column, noJSON) = JSONPlace.find(error.pointer ?? "#", in: text)
        let place = Place(file: path, line: line, column: column)
        reading.problems.add(place, key: key, noJSON ?? error.message, suggestion: error.suggestion)
    }

    /// The scalar of a check's options that names `path`.
    fileprivate static func scalar(saying path: String, in node: ConfigNode) -> ConfigNode? {
        switch node.value {
        case .scalar(let scalar): scalar.text == path ? node : nil
        case .list(let items): items.lazy.compactMap { Self.scalar(saying: path, in: $0) }.first
        case .mapping(let entries): entries.lazy.compactMap { Self.scalar(saying: path, in: $0.value) }.first
        }
    }
}

extension CheckError {
    /// An option that the check does not know, rather than one with a wrong value.
    fileprivate var isAboutTheKey: Bool { message.hasPrefix("unknown option") }
}

/// The files that one check reads: their digests belong to what is in force.
private final class FileLog {
    private let reading: Reading
    private var digests: [String: Digest32] = [:]
    private(set) var failed: (path: String, reason: String)?
    private(set) var last: [UInt8]?

    init(_ reading: Reading) {
        self.reading = reading
    }

    func read(_ path: String) throws -> [UInt8] {
        do {
            let bytes = try SettingsFile.read(reading.resolve(path))
            digests[path] = SHA256.digest(of: bytes)
            last = bytes
            return bytes
        } catch {
            failed = (path, error.reason)
            throw error
        }
    }

    func effective(_ node: ConfigNode) -> Effective {
        switch node.value {
        case .scalar(let scalar):
            if let contents = digests[scalar.text] {
                .file(path: reading.resolve(scalar.text), contents: contents)
            } else if scalar.isPlain, scalar.isNull || ["true", "false"].contains(scalar.text) {
                .plain(scalar.isNull ? "null" : scalar.text)
            } else if scalar.isPlain, NumberText.read(scalar.text) != nil {
                .plain(scalar.text)
            } else {
                .text(scalar.text)
            }
        case .list(let items): .list(items.map { effective($0) })
        case .mapping(let entries): .mapping(entries.map { ($0.name, effective($0.value)) })
        }
    }
}
