// A YAML file becomes a tree of `ConfigNode`s.
//
// Yams composes nodes with marks. Here aliases (already replaced by Yams) and `<<` merges are followed, keys that
// stand twice are found, `${NAME}` is filled in, and every part learns its dotted key. What goes wrong is noted and
// reading goes on, so that one run shows every mistake.
//
// Yams refuses a mapping with a key that stands twice, and names only the first of them. To find them all, the first
// letter of the named key is replaced by a private-use scalar, which keeps all columns, and the text is composed
// again; the letter is put back when the tree is read, and the later key is reported at its own place.

import Yams

struct DocumentReader {
    let file: String
    let problems: ProblemList
    let environment: [String: String]
    /// Top-level keys with this prefix are skipped unread; other parts may still be aliases of theirs.
    let ignoredPrefix: String?
    private var veiled: [Place: Unicode.Scalar] = [:]
    private var partsLeft = 100_000

    init(file: String, problems: ProblemList, environment: [String: String], ignoredPrefix: String? = nil) {
        self.file = file
        self.problems = problems
        self.environment = environment
        self.ignoredPrefix = ignoredPrefix
    }

    /// - Returns: nil when the file is no YAML at all (reported), or is empty.
    mutating func read(_ text: String) -> ConfigNode? {
        guard let root = compose(text) else { return nil }
        let top = Place(file: file, line: 1, column: 1)
        return node(root, key: "", keyPlace: top, depth: 0)
    }

    private mutating func compose(_ text: String) -> Node? {
        var text = text
        while true {
            do {
                // Without rules: whether a scalar is a number is decided by the setting that it is for.
                return try Yams.compose(yaml: text, .basic, .default, .utf8)
            } catch YamlError.duplicatedKeysInMapping(let duplicates, let context) {
                guard let veiledText = veil(text, at: context.mark) else {
                    let names = duplicates.map { "'\($0)'" }.joined(separator: ", ")
                    problems.add(place(context.mark), key: "", "a key stands twice in one mapping: \(names)")
                    return nil
                }
                text = veiledText
            } catch let error as YamlError {
                report(error, text)
                return nil
            } catch {
                problems.add(Place(file: file, line: 1, column: 1), key: "", "cannot be read: \(error)")
                return nil
            }
        }
    }

    /// The text with the first letter of the key at `mark` replaced; nil if that cannot tell the two apart.
    private mutating func veil(_ text: String, at mark: Mark) -> String? {
        var scalars = Array(text.unicodeScalars)
        var start = 0
        for _ in 1..<max(1, mark.line) {
            guard let newline = scalars[start...].firstIndex(of: "\n") else { return nil }
            start = newline + 1
        }
        var index = start + mark.column - 1
        if index < scalars.count, scalars[index] == "\"" || scalars[index] == "'" { index += 1 }
        guard index < scalars.count, !Self.veils.contains(scalars[index].value),
            let veil = Unicode.Scalar(Self.veils.lowerBound + UInt32(veiled.count)), Self.veils.contains(veil.value)
        else { return nil }
        veiled[place(mark)] = scalars[index]
        scalars[index] = veil
        var veiledText = String.UnicodeScalarView()
        veiledText.append(contentsOf: scalars)
        return String(veiledText)
    }

    /// Private use: one for each key, or two veiled keys of one letter would be the same.
    private static let veils: ClosedRange<UInt32> = 0xE000...0xF8FF

    private func report(_ error: YamlError, _ text: String) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let during = context.map { "\($0.text), " } ?? ""
            let line = text.split(separator: "\n", omittingEmptySubsequences: false).dropFirst(mark.line - 1).first
            let hint = line?.contains("${") == true ? "; within braces or brackets, quote '${NAME}'" : ""
            problems.add(place(mark), key: "", "not valid YAML: \(during)\(problem)\(hint)")
        case .reader(let problem, let offset, _, _):
            let lines = text.prefix(offset ?? 0).split(separator: "\n", omittingEmptySubsequences: false)
            let column = (lines.last?.unicodeScalars.count ?? 0) + 1
            let place = Place(file: file, line: max(1, lines.count), column: column)
            problems.add(place, key: "", "not valid YAML: \(problem)")
        default:
            problems.add(Place(file: file, line: 1, column: 1), key: "", "not valid YAML: \(error)")
        }
    }

    private func place(_ mark: Mark?) -> Place {
        Place(file: file, line: mark?.line ?? 1, column: mark?.column ?? 1)
    }

    private mutating func node(_ node: Node, key: String, keyPlace: Place, depth: Int) -> ConfigNode? {
        partsLeft -= 1
        guard partsLeft > 0, depth < 64 else {
            if partsLeft >= 0 { problems.add(place(node.mark), key: key, "aliases or nesting multiply without end") }
            partsLeft = -1
            return nil
        }
        switch node {
        case .scalar(let scalar):
            let value = ConfigNode.Value.scalar(self.scalar(scalar, key: key))
            return ConfigNode(value: value, place: place(scalar.mark), keyPlace: keyPlace, key: key)
        case .sequence(let sequence):
            var items: [ConfigNode] = []
            for (index, item) in sequence.enumerated() {
                let itemPlace = place(item.mark)
                if let item = self.node(item, key: "\(key)[\(index)]", keyPlace: itemPlace, depth: depth + 1) {
                    items.append(item)
                }
            }
            return ConfigNode(value: .list(items), place: place(sequence.mark), keyPlace: keyPlace, key: key)
        case .mapping(let mapping):
            let entries = self.entries(mapping, key: key, depth: depth)
            return ConfigNode(value: .mapping(entries), place: place(mapping.mark), keyPlace: keyPlace, key: key)
        case .alias(let alias):
            problems.add(place(alias.mark), key: key, "refers to an anchor that is not known here")
            return nil
        }
    }

    private mutating func entries(_ mapping: Node.Mapping, key: String, depth: Int) -> [ConfigNode.Entry] {
        var entries: [ConfigNode.Entry] = []
        var seen: [String: Place] = [:]
        var merges: [Node] = []
        for (nameNode, valueNode) in mapping {
            guard case .scalar(let scalar) = nameNode else {
                problems.add(place(nameNode.mark), key: key, "a key must be text")
                continue
            }
            let namePlace = place(scalar.mark)
            var name = scalar.string
            if let letter = veiled[namePlace] { name = String(letter) + name.unicodeScalars.dropFirst().text }
            if let first = seen[name] {
                let child = ConfigNode.child(of: key, name)
                problems.add(namePlace, key: child, "stands twice; the first is in line \(first.line)")
                continue
            }
            seen[name] = namePlace
            if name == "<<", scalar.style == .plain {
                merges.append(valueNode)
                continue
            }
            if key.isEmpty, let ignoredPrefix, name.hasPrefix(ignoredPrefix) { continue }
            let child = ConfigNode.child(of: key, name)
            guard let value = node(valueNode, key: child, keyPlace: namePlace, depth: depth + 1) else { continue }
            entries.append(ConfigNode.Entry(name: name, namePlace: namePlace, value: value))
        }
        for merge in merges { self.merge(merge, into: &entries, key: key, depth: depth) }
        return entries
    }

    /// YAML's merge key: the merged mapping's entries, below those that stand here; of a list, the first one wins.
    private mutating func merge(_ node: Node, into entries: inout [ConfigNode.Entry], key: String, depth: Int) {
        let sources: [Node] = if case .sequence(let sequence) = node { Array(sequence) } else { [node] }
        for source in sources {
            guard case .mapping(let mapping) = source else {
                let child = ConfigNode.child(of: key, "<<")
                problems.add(place(source.mark), key: child, "only a mapping, or a list of mappings, can be merged")
                continue
            }
            for entry in self.entries(mapping, key: key, depth: depth + 1)
            where !entries.contains(where: { $0.name == entry.name }) {
                entries.append(entry)
            }
        }
    }

    private func scalar(_ scalar: Node.Scalar, key: String) -> ConfigNode.Scalar {
        let written = scalar.string
        let text = EnvironmentText.fill(written, from: environment) { message in
            problems.addBroken(place(scalar.mark), key: key, message)
        }
        return ConfigNode.Scalar(written: written, text: text, isPlain: scalar.style == .plain)
    }
}

extension Sequence<Unicode.Scalar> {
    fileprivate var text: String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: self)
        return String(view)
    }
}
