/// What rules mean together: that the ones that are named exist, that each derives a text, that no loop is over
/// nothing.
enum GrammarReview {
    /// - Throws: every problem there is, in the order of the text.
    static func review(_ reader: GrammarReader) throws(GrammarErrors) -> GrammarRules {
        var problems: [GrammarProblem] = []
        let defined = reader.names.indices.filter { reader.places[$0] >= 0 }
        let definedNames = defined.map { reader.names[$0] }
        for reference in reader.references where reader.places[reference.rule] < 0 {
            let name = reader.names[reference.rule]
            var problem = reader.fail("there is no rule named \(name)", at: reference.place)
            problem.suggestion = nearest(name, in: definedNames)
            problems.append(problem)
        }
        for again in reader.repeats {
            let first = reader.place(reader.places[again.rule]).line
            let message = "\(reader.names[again.rule]) is defined twice, first on line \(first)"
            problems.append(reader.fail(message, at: again.place))
        }
        let root = defined.first { reader.names[$0] == "root" }
        if root == nil { problems.append(reader.fail("there is no rule named root, where a text begins", at: 0)) }
        // What follows looks at rules through each other: it would report the same slips again.
        try refuse(problems)
        guard let root else { preconditionFailure("a grammar without root has a problem") }

        let isFinite = fixpoint(reader.bodies) { $0.derivesText(given: $1) }
        for rule in defined where !isFinite[rule] {
            let message = "\(reader.names[rule]) derives no finite text: every way through it leads back into a rule"
            problems.append(reader.fail(message, at: reader.places[rule]))
        }
        let mayBeEmpty = nullable(reader.bodies)
        for loop in reader.loops where loop.part.mayBeEmpty(given: mayBeEmpty) {
            problems.append(reader.fail("repeats without end what may be empty", at: loop.place))
        }
        try refuse(problems)

        let places = reader.places.map { reader.place($0) }
        var rules = GrammarRules(
            rules: reader.names.indices.map {
                GrammarRule(name: reader.names[$0], place: places[$0], body: reader.bodies[$0])
            },
            sets: reader.sets,
            root: root
        )
        let isReached = reached(from: root, reader.bodies)
        rules.warnings = defined.filter { !isReached[$0] }.sorted { reader.places[$0] < reader.places[$1] }.map {
            GrammarProblem(place: places[$0], message: "\(reader.names[$0]) is not reached from root")
        }
        return rules
    }

    private static func refuse(_ problems: [GrammarProblem]) throws(GrammarErrors) {
        if problems.isEmpty { return }
        throw GrammarErrors(problems.sorted { ($0.place.line, $0.place.column) < ($1.place.line, $1.place.column) })
    }

    /// Which rules derive the empty text.
    static func nullable(_ bodies: [GrammarPart]) -> [Bool] {
        fixpoint(bodies) { $0.mayBeEmpty(given: $1) }
    }

    /// The least fixed point: a rule holds once its body does, given the rules that do.
    private static func fixpoint(_ bodies: [GrammarPart], _ holds: (GrammarPart, [Bool]) -> Bool) -> [Bool] {
        var known = bodies.map { _ in false }
        var users: [[Int]] = bodies.map { _ in [] }
        for (rule, body) in bodies.enumerated() { body.forEachRule { users[$0].append(rule) } }
        var waiting = Array(bodies.indices)
        while let rule = waiting.popLast() {
            guard !known[rule], holds(bodies[rule], known) else { continue }
            known[rule] = true
            waiting += users[rule]
        }
        return known
    }

    private static func reached(from root: Int, _ bodies: [GrammarPart]) -> [Bool] {
        var isReached = bodies.map { _ in false }
        isReached[root] = true
        var waiting = [root]
        while let rule = waiting.popLast() {
            bodies[rule].forEachRule {
                if !isReached[$0] { waiting.append($0) }
                isReached[$0] = true
            }
        }
        return isReached
    }
}

extension GrammarPart {
    /// Is there a finite text, given the rules that are known to have one?
    fileprivate func derivesText(given known: [Bool]) -> Bool {
        switch self {
        case .character: true
        case .sequence(let parts): parts.allSatisfy { $0.derivesText(given: known) }
        case .choice(let parts): parts.contains { $0.derivesText(given: known) }
        case .repeated(let part, let least, _): least == 0 || part.derivesText(given: known)
        case .rule(let rule): known[rule]
        case .fromEnd, .toStart: false
        }
    }

    /// Is the empty text among its texts, given the rules that are known to have it?
    func mayBeEmpty(given known: [Bool]) -> Bool {
        switch self {
        case .character: false
        case .sequence(let parts): parts.allSatisfy { $0.mayBeEmpty(given: known) }
        case .choice(let parts): parts.contains { $0.mayBeEmpty(given: known) }
        case .repeated(let part, let least, _): least == 0 || part.mayBeEmpty(given: known)
        case .rule(let rule): known[rule]
        case .fromEnd, .toStart: false
        }
    }
}
