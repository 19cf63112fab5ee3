// `compare:` of a route — what "similar" means there: a comparator's name, or the name with its options. Judgment knows
// the comparators; here its errors get their place in the file.

import Digest
import Judgment

struct Comparing {
    /// The comparator's name.
    let name: String
    let comparator: any Comparator
    /// What of it belongs to the contract; nil: the comparator that every route has unless it says otherwise.
    let contract: Effective?

    static let standard = "exact"

    init(_ fields: Fields, grammar: [UInt8]?) {
        let said = Self.read(fields)
        var name = said?.name ?? Self.standard
        var options = ComparatorOptions(grammar: grammar)
        var effective = Effective.plain(name)
        if let said, let node = said.options {
            let inner = Fields(node, fields.reading)
            switch name {
            case "text": options.least = inner.number("least", in: 0...1)
            case "dsl": options.command = inner.command("run", reading: true) ?? []
            default: break
            }
            inner.finish()
            if !inner.effective.isEmpty { effective = .mapping([(name, .mapping(inner.effective))]) }
        }
        if name == "dsl", grammar == nil, options.command.isEmpty, let said, said.options?.entry("run") == nil {
            let message = "'dsl' needs a 'grammar' among the checks, or a command: dsl: { run: [COMMAND, ...] }"
            fields.reading.problems.add(said.place, key: said.key, message)
        }
        do throws(ComparatorError) {
            comparator = try KnownComparators.make(name, options)
        } catch {
            if let said { fields.reading.problems.add(said.place, key: said.key, error.message) }
            name = Self.standard
            comparator = Self.exact
        }
        self.name = name
        contract = name == Self.standard ? nil : effective
        fields.put("compare", effective)
    }

    private static var exact: any Comparator {
        guard let exact = try? KnownComparators.make(standard) else { preconditionFailure("'exact' takes no options") }
        return exact
    }

    /// `dsl`, or `dsl: { ... }`.
    private static func read(_ fields: Fields) -> (name: String, place: Place, key: String, options: ConfigNode?)? {
        guard let node = fields.value("compare") else { return nil }
        let (name, place, key, options): (String, Place, String, ConfigNode?)
        switch node.value {
        case .scalar(let scalar): (name, place, key, options) = (scalar.text, node.place, node.key, nil)
        case .mapping(let entries) where entries.count == 1:
            let entry = entries[0]
            (name, place, key, options) = (entry.name, entry.namePlace, node.key, entry.value)
        default:
            let names = Fields.either(KnownComparators.names)
            fields.reading.problems.add(node.place, key: node.key, "expected one of \(names), found \(node.kind)")
            return nil
        }
        guard KnownComparators.names.contains(name) else {
            fields.reading.problems.add(
                place,
                key: key,
                "expected \(Fields.either(KnownComparators.names)), found '\(name)'",
                suggestion: Suggestion.nearest(to: name, among: KnownComparators.names)
            )
            return nil
        }
        return (name, place, key, options)
    }
}

extension ConfigNode {
    fileprivate func entry(_ name: String) -> Entry? {
        if case .mapping(let entries) = value { entries.first { $0.name == name } } else { nil }
    }
}

extension Fields {
    /// A command and its arguments, run without a shell. A command with a slash in it is a path, relative to the file;
    /// any other is looked for where the system looks for commands.
    /// - Parameter reading: what the file of the command says is in force too: with another one, answers compare
    ///   otherwise.
    func command(_ key: String, reading isRead: Bool = false) -> [String]? {
        guard let node = value(key) else { return nil }
        guard case .list(let items) = node.value else {
            reading.problems.add(node.place, key: node.key, "expected a list: a command and its arguments")
            return nil
        }
        var words: [String] = []
        for item in items {
            guard case .scalar(let scalar) = item.value, !scalar.isNull, !scalar.text.utf8.contains(0) else {
                reading.problems.add(item.place, key: item.key, "expected text, found \(item.kind)")
                return nil
            }
            words.append(scalar.text)
        }
        guard let first = words.first, !first.isEmpty else {
            reading.problems.add(node.place, key: node.key, "is empty: a command and its arguments")
            return nil
        }
        var effective = words.map { Effective.text($0) }
        if first.contains("/") {
            words[0] = reading.resolve(first)
            effective[0] = isRead ? program(words[0], named: first, at: items[0]) : .text(words[0])
        }
        put(key, .list(effective))
        return words
    }

    private func program(_ path: String, named name: String, at node: ConfigNode) -> Effective {
        do {
            return .file(path: path, contents: SHA256.digest(of: try SettingsFile.read(path)))
        } catch {
            reading.problems.add(node.place, key: node.key, "\(name) cannot be read: \(error.reason)")
            return .text(path)
        }
    }
}
