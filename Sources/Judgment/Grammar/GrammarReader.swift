/// Reads GBNF, the notation of llama.cpp's grammars (its `grammars/README.md`; where that is silent, what its parser
/// does).
///
///     name ::= "text" [a-z] .  other-rule ( a | b ) x? x* x+ x{2} x{2,} x{2,5}     # a comment
///
/// A rule ends with its line, except between parentheses and after `::=` and `|`. Stricter than llama.cpp, where its
/// reading would hide a slip: a literal or a class ends on its line, a class is not empty, a range ascends, an escape
/// is a Unicode scalar, `n` in `{m,n}` is what it says. Tokens (`<think>`, `<[1000]>`) are refused: an answer is judged
/// by its text. What rules mean together is `GrammarReview`'s.
struct GrammarReader {
    /// Longer ones were not written by hand.
    static let mostBytes = 1 << 18
    static let mostRules = 4096
    static let mostSets = 4096
    static let deepestNesting = 100

    struct Reference {
        let rule: Int
        let place: Int
    }

    struct Loop {
        let part: GrammarPart
        let place: Int
    }

    private let text: [UInt32]
    /// Where lines begin.
    private let lineStarts: [Int]
    var position = 0
    private var depth = 0

    /// Rules by position: of a name that is only mentioned so far, the place is -1.
    private(set) var names: [String] = []
    private(set) var bodies: [GrammarPart] = []
    private(set) var places: [Int] = []
    private var positions: [String: Int] = [:]
    private(set) var references: [Reference] = []
    private(set) var loops: [Loop] = []
    /// A rule and where it is defined once more.
    private(set) var repeats: [Reference] = []
    private(set) var sets: [ScalarSet] = []
    private var setPositions: [ScalarSet: Int] = [:]

    static func read(_ bytes: [UInt8]) throws(GrammarErrors) -> GrammarRules {
        guard bytes.count <= mostBytes else {
            let message = "the grammar is larger than \(mostBytes >> 10) KiB"
            throw GrammarErrors([GrammarProblem(place: GrammarPlace(line: 1, column: 1), message: message)])
        }
        var reader = GrammarReader(text: try scalars(bytes))
        do throws(GrammarProblem) {
            try reader.readRules()
        } catch {
            throw GrammarErrors([error])
        }
        return try GrammarReview.review(reader)
    }

    private init(text: [UInt32]) {
        self.text = text
        lineStarts = [0] + text.indices.filter { text[$0] == 0x0A }.map { $0 + 1 }
    }

    private static func scalars(_ bytes: [UInt8]) throws(GrammarErrors) -> [UInt32] {
        var scalars: [UInt32] = []
        scalars.reserveCapacity(bytes.count)
        var decoder = UTF8Decoder()
        var isBroken = false
        for byte in bytes where !isBroken {
            switch decoder.take(byte) {
            case .scalar(let scalar): scalars.append(scalar)
            case .more: break
            case .invalid: isBroken = true
            }
        }
        if isBroken || !decoder.isBetween {
            let place = GrammarReader(text: scalars).place(scalars.count)
            throw GrammarErrors([GrammarProblem(place: place, message: "is not UTF-8")])
        }
        return scalars
    }

    // MARK: - Rules

    private mutating func readRules() throws(GrammarProblem) {
        skipSpace(overLines: true)
        while peek() != nil {
            try readRule()
            skipSpace(overLines: true)
        }
    }

    private mutating func readRule() throws(GrammarProblem) {
        let start = position
        guard let name = takeName() else { throw fail("expected a rule's name, found \(found())") }
        skipSpace(overLines: false)
        guard take("::=") else { throw fail("expected ::= after \(name), found \(found())") }
        skipSpace(overLines: true)
        let body = try readChoice(nested: false)
        guard peek() == nil || peek() == 0x0A || peek() == 0x0D else {
            throw fail("expected a symbol, '|' or the end of the line, found \(found())")
        }
        let rule = try position(of: name, at: start)
        if places[rule] >= 0 {
            repeats.append(Reference(rule: rule, place: start))
        } else {
            places[rule] = start
            bodies[rule] = body
        }
    }

    private mutating func readChoice(nested: Bool) throws(GrammarProblem) -> GrammarPart {
        var choices = [try readSequence(nested: nested)]
        while peek() == "|" {
            position += 1
            skipSpace(overLines: true)
            choices.append(try readSequence(nested: nested))
        }
        return choices.count == 1 ? choices[0] : .choice(choices)
    }

    private mutating func readSequence(nested: Bool) throws(GrammarProblem) -> GrammarPart {
        var parts: [GrammarPart] = []
        var mayRepeat = false
        while let next = peek() {
            let start = position
            if next == "\"" {
                parts.append(try readLiteral())
            } else if next == "[" {
                parts.append(.character(try position(of: try readClass(), at: start)))
            } else if next == "." {
                position += 1
                parts.append(.character(try position(of: .any, at: start)))
            } else if next == "(" {
                parts.append(try readGroup())
            } else if let name = takeName() {
                let rule = try position(of: name, at: start)
                references.append(Reference(rule: rule, place: start))
                parts.append(.rule(rule))
            } else if let (least, most) = try readRepetition(nested: nested) {
                guard mayRepeat, let part = parts.popLast() else {
                    throw fail("there is nothing before it to repeat", at: start)
                }
                if most == nil { loops.append(Loop(part: part, place: start)) }
                parts.append(.repeated(part, least: least, most: most))
            } else if next == "<" || next == "!" {
                throw fail("tokens are not in a text: write its characters")
            } else {
                break
            }
            mayRepeat = true
            skipSpace(overLines: nested)
        }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }

    private mutating func readGroup() throws(GrammarProblem) -> GrammarPart {
        let start = position
        guard depth < Self.deepestNesting else { throw fail("parentheses are nested too deeply") }
        depth += 1
        defer { depth -= 1 }
        position += 1
        skipSpace(overLines: true)
        let body = try readChoice(nested: true)
        guard take(")") else {
            if peek() == nil { throw fail("the parenthesis is not closed", at: start) }
            throw fail("expected a symbol, '|' or ')', found \(found())")
        }
        return body
    }

    /// `*`, `+`, `?`, `{m}`, `{m,}` or `{m,n}`; nil if none stands here.
    private mutating func readRepetition(nested: Bool) throws(GrammarProblem) -> (least: Int, most: Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        let start = position
        guard take("{") else { return nil }
        skipSpace(overLines: nested)
        let least = try takeNumber()
        skipSpace(overLines: nested)
        var most: Int? = least
        if take(",") {
            skipSpace(overLines: nested)
            most = peek() == "}" ? nil : try takeNumber()
            skipSpace(overLines: nested)
        }
        guard take("}") else { throw fail("expected \(most == least ? "',' or '}'" : "'}'"), found \(found())") }
        if let most, most < least { throw fail("{\(least),\(most)} asks for at least more than at most", at: start) }
        return (least, most)
    }

    private mutating func takeNumber() throws(GrammarProblem) -> Int {
        let start = position
        var number = 0
        while let digit = peek(), (0x30...0x39).contains(digit) {
            number = number * 10 + Int(digit) - 0x30
            guard number <= GrammarNetworks.mostNodes else { throw fail("is too often", at: start) }
            position += 1
        }
        guard position > start else { throw fail("expected a number, found \(found())") }
        return number
    }

    // MARK: - Names and space

    /// Letters, digits, `-` and `_`.
    private mutating func takeName() -> String? {
        var name = ""
        while let next = peek(), let scalar = Unicode.Scalar(next) {
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "-", "_": name.unicodeScalars.append(scalar)
            default: return name.isEmpty ? nil : name
            }
            position += 1
        }
        return name.isEmpty ? nil : name
    }

    private mutating func position(of name: String, at place: Int) throws(GrammarProblem) -> Int {
        if let known = positions[name] { return known }
        guard names.count < Self.mostRules else { throw fail("is one of more than \(Self.mostRules) rules", at: place) }
        positions[name] = names.count
        names.append(name)
        bodies.append(.empty)
        places.append(-1)
        return names.count - 1
    }

    mutating func position(of set: ScalarSet, at place: Int) throws(GrammarProblem) -> Int {
        if let known = setPositions[set] { return known }
        guard sets.count < Self.mostSets else {
            throw fail("is one of more than \(Self.mostSets) different characters and classes", at: place)
        }
        setPositions[set] = sets.count
        sets.append(set)
        return sets.count - 1
    }

    private mutating func skipSpace(overLines: Bool) {
        while let next = peek() {
            if next == "#" {
                while let other = peek(), other != 0x0A, other != 0x0D { position += 1 }
            } else if next == " " || next == 0x09 || overLines && (next == 0x0A || next == 0x0D) {
                position += 1
            } else {
                return
            }
        }
    }

    func peek(_ ahead: Int = 0) -> UInt32? {
        position + ahead < text.count ? text[position + ahead] : nil
    }

    private mutating func take(_ word: String) -> Bool {
        for (ahead, scalar) in word.unicodeScalars.enumerated() where peek(ahead) != scalar.value { return false }
        position += word.unicodeScalars.count
        return true
    }

    // MARK: - Places

    func found() -> String {
        switch peek() {
        case nil: "the end"
        case 0x0A?, 0x0D?: "the end of the line"
        case let scalar?: ScalarSet.quoted(scalar)
        }
    }

    func fail(_ message: String, at place: Int? = nil) -> GrammarProblem {
        GrammarProblem(place: self.place(place ?? position), message: message)
    }

    /// Line and column of a position in the text.
    func place(_ position: Int) -> GrammarPlace {
        var (low, high) = (0, lineStarts.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= position { low = middle } else { high = middle }
        }
        return GrammarPlace(line: low + 1, column: max(0, position - lineStarts[low]) + 1)
    }
}

/// A scalar's value against a character in the source.
private func == (value: UInt32?, character: Unicode.Scalar) -> Bool { value == character.value }
