// One reader for each kind of value.

extension Fields {
    /// Any text that is not empty.
    func text(_ key: String) -> String? {
        guard let (node, scalar) = scalar(key, "text") else { return nil }
        guard !scalar.text.isEmpty else {
            reading.problems.add(node.place, key: node.key, "is empty")
            return nil
        }
        put(key, .text(scalar.text))
        return scalar.text
    }

    func text(_ key: String, default fallback: String) -> String {
        text(key) ?? standard(key, fallback, .text(fallback))
    }

    /// Text that is shown nowhere. Messages do not quote it.
    func secret(_ key: String) -> String? {
        guard let node = value(key) else { return nil }
        guard case .scalar(let scalar) = node.value else {
            reading.problems.add(node.place, key: node.key, "expected text, found \(node.kind)")
            return nil
        }
        guard !scalar.text.isEmpty else {
            reading.problems.add(node.place, key: node.key, "is empty")
            return nil
        }
        put(key, .secret(scalar.text))
        return scalar.text
    }

    /// The path of something that this program writes or that others read: absolute, not opened here.
    func path(_ key: String) -> String? {
        guard let (node, scalar) = scalar(key, "a path") else { return nil }
        guard !scalar.text.isEmpty else {
            reading.problems.add(node.place, key: node.key, "is empty")
            return nil
        }
        let path = reading.resolve(scalar.text)
        put(key, .text(path))
        return path
    }

    func path(_ key: String, default fallback: String) -> String {
        let resolved = reading.resolve(fallback)
        return path(key) ?? standard(key, resolved, .text(resolved))
    }

    func flag(_ key: String, default fallback: Bool = false) -> Bool {
        guard let (node, scalar) = scalar(key, "true or false") else {
            return standard(key, fallback, .plain("\(fallback)"))
        }
        switch scalar.text {
        case "true" where scalar.isPlain: return standard(key, true, .plain("true"))
        case "false" where scalar.isPlain: return standard(key, false, .plain("false"))
        default:
            let meant: String? =
                switch scalar.text.lowercased() {
                case "true", "yes", "on", "y": "true"
                case "false", "no", "off", "n": "false"
                default: nil
                }
            reading.problems.add(
                node.place,
                key: node.key,
                "expected true or false, found \(node.kind)",
                suggestion: meant
            )
            return standard(key, fallback, .plain("\(fallback)"))
        }
    }

    func integer(_ key: String, default fallback: Int, in range: ClosedRange<Int>) -> Int {
        integer(key, in: range) ?? standard(key, fallback, .plain("\(fallback)"))
    }

    func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
        guard let (node, scalar) = scalar(key, "a whole number") else { return nil }
        guard scalar.isPlain, let number = Int(scalar.text) else {
            reading.problems.add(node.place, key: node.key, "expected a whole number, found \(node.kind)")
            return nil
        }
        guard range.contains(number) else {
            let limits =
                range.upperBound == .max ? "at least \(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
            reading.problems.add(node.place, key: node.key, "must be \(limits), not \(scalar.written)")
            return nil
        }
        put(key, .plain("\(number)"))
        return number
    }

    func number(_ key: String, default fallback: Double, in range: ClosedRange<Double>) -> Double {
        number(key, in: range) ?? standard(key, fallback, .plain(NumberText.print(fallback)))
    }

    func number(_ key: String, in range: ClosedRange<Double>) -> Double? {
        guard let (node, scalar) = scalar(key, "a number") else { return nil }
        guard scalar.isPlain, let number = NumberText.read(scalar.text) else {
            reading.problems.add(node.place, key: node.key, "expected a number, found \(node.kind)")
            return nil
        }
        guard range.contains(number) else {
            let limits =
                range.upperBound.isInfinite
                ? "at least \(NumberText.print(range.lowerBound))"
                : "\(NumberText.print(range.lowerBound)) to \(NumberText.print(range.upperBound))"
            reading.problems.add(node.place, key: node.key, "must be \(limits), not \(scalar.written)")
            return nil
        }
        put(key, .plain(NumberText.print(number)))
        return number
    }

    /// - Parameter zero: whether `0s` has a meaning.
    func duration(_ key: String, default fallback: Duration, zero: Bool = false) -> Duration {
        duration(key, zero: zero) ?? standard(key, fallback, .plain(DurationText.print(fallback)))
    }

    func duration(_ key: String, zero: Bool = false) -> Duration? {
        guard let (node, scalar) = scalar(key, "a duration such as 5ms, 2s, 24h or 7d") else { return nil }
        guard let duration = DurationText.read(scalar.text) else {
            let message = "expected a duration such as 5ms, 2s, 24h or 7d, found \(node.kind)"
            reading.problems.add(node.place, key: node.key, message)
            return nil
        }
        guard zero || duration > .zero else {
            reading.problems.add(node.place, key: node.key, "must be above zero")
            return nil
        }
        put(key, .plain(DurationText.print(duration)))
        return duration
    }

    /// Bytes.
    func size(_ key: String, default fallback: Int, in range: ClosedRange<Int> = 1...(.max)) -> Int {
        guard let (node, scalar) = scalar(key, "a size such as 64MiB") else {
            return standard(key, fallback, .plain(SizeText.print(fallback)))
        }
        guard let size = SizeText.read(scalar.text) else {
            let message = "expected a size such as 16KiB, 64MiB or 1GiB, found \(node.kind)"
            let guess = scalar.text == scalar.written ? SizeText.guess(scalar.text) : nil
            reading.problems.add(node.place, key: node.key, message, suggestion: guess)
            return standard(key, fallback, .plain(SizeText.print(fallback)))
        }
        guard range.contains(size) else {
            let limits =
                range.upperBound == .max
                ? "at least \(SizeText.print(range.lowerBound))"
                : "\(SizeText.print(range.lowerBound)) to \(SizeText.print(range.upperBound))"
            reading.problems.add(node.place, key: node.key, "must be \(limits), not \(scalar.written)")
            return standard(key, fallback, .plain(SizeText.print(fallback)))
        }
        return standard(key, size, .plain(SizeText.print(size)))
    }

    /// US dollars.
    func money(_ key: String) -> Double? {
        guard let (node, scalar) = scalar(key, "an amount such as 20 USD") else { return nil }
        guard let amount = MoneyText.read(scalar.text) else {
            let guess = NumberText.read(scalar.written).map(MoneyText.print)
            let message = "expected an amount such as 20 USD, found \(node.kind)"
            reading.problems.add(node.place, key: node.key, message, suggestion: guess)
            return nil
        }
        guard amount > 0 else {
            reading.problems.add(node.place, key: node.key, "must be above zero")
            return nil
        }
        put(key, .plain(MoneyText.print(amount)))
        return amount
    }

    /// One of the words of an enumeration.
    func word<Word: RawRepresentable<String> & CaseIterable>(_ key: String, default fallback: Word) -> Word {
        word(key, of: Word.self) ?? standard(key, fallback, .plain(fallback.rawValue))
    }

    func word<Word: RawRepresentable<String> & CaseIterable>(_ key: String, of: Word.Type) -> Word? {
        let words = Word.allCases.map(\.rawValue)
        guard let (node, scalar) = scalar(key, words.joined(separator: ", ")) else { return nil }
        guard let word = Word(rawValue: scalar.text) else {
            reading.problems.add(
                node.place,
                key: node.key,
                "expected \(Self.either(words)), found \(node.kind)",
                suggestion: Suggestion.nearest(to: scalar.written, among: words)
            )
            return nil
        }
        put(key, .plain(word.rawValue))
        return word
    }

    /// A list of words of an enumeration, each once; empty where it is absent.
    func words<Word: RawRepresentable<String> & CaseIterable & Equatable>(_ key: String) -> [Word] {
        let known = Word.allCases.map(\.rawValue)
        var words: [Word] = []
        for (text, node) in texts(key) {
            if let word = Word(rawValue: text) {
                if !words.contains(word) { words.append(word) }
            } else {
                let message = "expected \(Self.either(known)), found \(node.kind)"
                let suggestion = Suggestion.nearest(to: text, among: known)
                reading.problems.add(node.place, key: node.key, message, suggestion: suggestion)
            }
        }
        return words
    }

    /// A list of texts; empty where it is absent.
    func texts(_ key: String) -> [(text: String, node: ConfigNode)] {
        guard let node = value(key) else {
            put(key, .list([]))
            return []
        }
        guard case .list(let items) = node.value else {
            reading.problems.add(node.place, key: node.key, "expected a list, found \(node.kind)")
            return []
        }
        var texts: [(String, ConfigNode)] = []
        for item in items {
            guard case .scalar(let scalar) = item.value, !scalar.isNull, !scalar.text.isEmpty else {
                reading.problems.add(item.place, key: item.key, "expected text, found \(item.kind)")
                continue
            }
            texts.append((scalar.text, item))
        }
        put(key, .list(texts.map { .text($0.0) }))
        return texts
    }

    /// The scalar at `key`; nil where it is absent, and for a list or a mapping, which is reported.
    func scalar(_ key: String, _ wanted: String) -> (ConfigNode, ConfigNode.Scalar)? {
        guard let node = value(key) else { return nil }
        guard case .scalar(let scalar) = node.value else {
            reading.problems.add(node.place, key: node.key, "expected \(wanted), found \(node.kind)")
            return nil
        }
        return (node, scalar)
    }

    func standard<Value>(_ key: String, _ value: Value, _ effective: Effective) -> Value {
        put(key, effective)
        return value
    }

    static func either(_ words: [String]) -> String {
        words.count < 2 ? words.joined() : words.dropLast().joined(separator: ", ") + " or " + words[words.count - 1]
    }
}
