import JSON

/// Runs a `SchemaProgram` over the events of one JSON text, and knows after every event whether the text can still
/// satisfy it.
///
///     text      { "a": [ 1, ...
///     levels    object ─ array ─ number            the values that are open, outermost first
///     evaluations of each level                    the schemas that apply to that value
///
/// A value begins: the evaluations of the value around it say which schemas apply to it, each becomes an *evaluation*,
/// and so does every subschema that applies in place (`allOf`, `$ref`, `if`, ...). A value ends: its evaluations end,
/// last made first, so that a subschema has ended before the schema that asks for its result. Evaluations are one
/// stack.
///
/// *An evaluation fails as soon as an event shows it.* Whom that concerns depends on its `role`: a conjunct or a member
/// takes its parent with it; the last branch of an `anyOf` too; under `not`, `if`, `oneOf`, `contains` and
/// `unevaluated*` the parent asks when the value has ended. When the root fails, the text is refuted.
///
/// What is not known yet is evaluated in advance: `then` and `else` run beside `if`, `dependentSchemas` before its
/// member is there, `unevaluatedProperties` over every member that its own schema does not account for; results that
/// turn out not to matter are dropped. Evaluations below a failed one are moot and no longer fed.
///
/// One implementation: a whole text is a text fed to its end. The parts live beside this file: `+Values` (what a value
/// must be), `+Members` (which schemas apply to what is inside), `+Beginnings` (what an unfinished token shows),
/// `+Failing` (whom a failure concerns), `+Ending` (what only a finished value shows).
struct SchemaEvaluation {
    enum Role: UInt8 {
        case root, conjunct, anyOf, oneOf, not, then, `else`, `if`, dependent
        /// Of a member or item: fails its parent.
        case member
        /// Of a member's name.
        case name
        case contains
        case unevaluated
    }

    enum State: UInt8 {
        case open, failed
        /// Below a failed one: nobody asks any more.
        case moot
    }

    struct Evaluation {
        let node: Int
        /// -1 for the root.
        let parent: Int
        let role: Role
        /// `unevaluated`, `contains`: the position of the member or item; `dependent`: the watch position.
        let position: Int
        /// Entry in `scopes`; -1 where the program does not track them.
        let scope: Int
        /// How many evaluations of the same value lead here.
        let chain: Int
        /// Must what subschemas evaluated be known?
        let tracks: Bool
        var state = State.open

        var anyOfLeft: Int
        var anyOfMet = false
        var oneOfMet = 0
        var notMet = false
        var ifMet = false
        var thenMet = false
        var elseMet = false
        var containsMet = 0
        var watched = PositionSet()
        /// Positions of the `properties` that have been there.
        var named = PositionSet()
        /// Watch positions whose `dependentSchemas` failed.
        var dependentFailed = PositionSet()
        var evaluated = PositionSet()
        var unevaluatedFailed = PositionSet()
        /// The items of `uniqueItems`, canonical; nil until there is one.
        var seen: Set<[UInt8]>?
    }

    struct Level {
        let kind: SchemaTypes
        let firstEvaluation: Int
        let firstScope: Int
        let firstPending: Int
        /// Of the names in `path`.
        let firstPathByte: Int
        /// Where this value's canonical form begins; -1 if nobody needs it.
        let canonicalStart: Int
        var offset: Int
        /// Members or items that have begun.
        var count = 0
    }

    /// A schema that waits for the value of the member whose name was read.
    struct Pending {
        let target: SchemaTarget
        let parent: Int
        let role: Role
        let position: Int
    }

    let program: SchemaProgram
    /// Set by the check for the time of a call.
    var scratch: JudgingScratch?
    var evaluations: [Evaluation] = []
    var levels: [Level] = []
    var scopes: [(resource: Int, outer: Int)] = []
    var pending: [Pending] = []
    /// The names of the open members, outermost first: each object's level says where its own begins.
    var path: [UInt8] = []
    var canonical = CanonicalValue()
    /// A string, number or literal has been begun before its end, to judge its beginning.
    var scalarIsOpen = false
    /// How often the beginning of that string was looked at; 0 in a name.
    var looks = 0
    /// Why the text is refuted: instance path, position, keyword, expected and found.
    var failure: String?
    var limit: String?

    /// More schemas than this in place of each other are a reference without end.
    static let deepestChain = 200

    init(_ program: SchemaProgram) {
        self.program = program
    }

    /// Nothing more to learn.
    var isDecided: Bool { failure != nil || limit != nil }

    mutating func pay(_ steps: Int) -> Bool {
        if scratch?.budget.pay(steps) ?? true { return true }
        limit = "checking against the schema took too many steps"
        return false
    }

    mutating func noteLimit(_ words: String) {
        limit = words
    }

    // MARK: Beginning

    /// A value of this kind begins. `number` stands for both kinds of number until the number is known.
    mutating func begin(_ kind: SchemaTypes, at offset: Int) {
        let outer = levels.count - 1
        let firstPending = outer >= 0 ? levels[outer].firstPending : 0
        let parents = outer >= 0 ? levels[outer].firstEvaluation..<evaluations.count : 0..<0
        let inArray = outer >= 0 && levels[outer].kind == .array
        var canonicalStart = -1
        if outer >= 0, levels[outer].canonicalStart >= 0 || inArray && needsItems(parents) {
            canonicalStart = canonical.count
        }
        let item = outer >= 0 ? levels[outer].count : 0
        if inArray { levels[outer].count += 1 }
        let level = Level(
            kind: kind,
            firstEvaluation: evaluations.count,
            firstScope: scopes.count,
            firstPending: pending.count,
            firstPathByte: path.count,
            canonicalStart: canonicalStart,
            offset: offset
        )
        levels.append(level)
        if outer < 0 {
            spawn(.node(program.root), parent: -1, role: .root, position: 0)
        } else if inArray {
            spawnItem(item, of: parents)
        } else {
            for index in firstPending..<level.firstPending where !isDecided {
                let waiting = pending[index]
                spawn(waiting.target, parent: waiting.parent, role: waiting.role, position: waiting.position)
            }
        }
        if canonicalStart < 0, kind == .object || kind == .array, needsCanonical(level.firstEvaluation, kind) {
            levels[levels.count - 1] = Level(
                kind: kind,
                firstEvaluation: level.firstEvaluation,
                firstScope: level.firstScope,
                firstPending: level.firstPending,
                firstPathByte: level.firstPathByte,
                canonicalStart: canonical.count,
                offset: offset
            )
        }
        if levels[levels.count - 1].canonicalStart >= 0 {
            if kind == .object { canonical.beginObject() }
            if kind == .array { canonical.beginArray() }
        }
    }

    /// Does an array around the value compare its items?
    private func needsItems(_ parents: Range<Int>) -> Bool {
        parents.contains {
            evaluations[$0].state == .open && program.nodes[evaluations[$0].node].arrays?.unique == true
        }
    }

    /// Does an `enum` or `const` compare this object or array?
    private func needsCanonical(_ first: Int, _ kind: SchemaTypes) -> Bool {
        (first..<evaluations.count).contains {
            evaluations[$0].state == .open
                && program.nodes[evaluations[$0].node].choices.contains { $0.types.contains(kind) }
        }
    }

    /// Begins the evaluation of a schema, and of all that apply in its place, for the value that is open innermost.
    mutating func spawn(_ target: SchemaTarget, parent: Int, role: Role, position: Int) {
        guard !isDecided else { return }
        if parent >= 0, evaluations[parent].state != .open { return }
        let outerScope = parent >= 0 ? evaluations[parent].scope : -1
        let nodeIndex = resolve(target, scope: outerScope)
        let node = program.nodes[nodeIndex]
        if node.boolean == true, role == .conjunct || role == .member || role == .name { return }
        guard pay(StepBudget.evaluation) else { return }
        let isInPlace = role != .member && role != .name && role != .contains && role != .unevaluated
        let chain = isInPlace && parent >= 0 ? evaluations[parent].chain + 1 : 0
        guard chain <= Self.deepestChain else {
            limit = "the schema refers to itself without end"
            return
        }
        var scope = outerScope
        if program.tracksScope, outerScope < 0 || scopes[outerScope].resource != node.resource {
            scopes.append((node.resource, outerScope))
            scope = scopes.count - 1
        }
        let index = evaluations.count
        evaluations.append(
            Evaluation(
                node: nodeIndex,
                parent: parent,
                role: role,
                position: position,
                scope: scope,
                chain: chain,
                tracks: node.hasUnevaluated || (isInPlace && parent >= 0 && evaluations[parent].tracks),
                anyOfLeft: node.anyOfCount
            )
        )
        check(index, node, kind: levels[levels.count - 1].kind)
        for part in node.inPlace {
            guard evaluations[index].state == .open else { return }
            var watch = 0
            if case .dependent(let position) = part.kind { watch = position }
            spawn(part.target, parent: index, role: part.kind.role, position: watch)
        }
    }

    private func resolve(_ target: SchemaTarget, scope: Int) -> Int {
        switch target {
        case .node(let node): return node
        case .dynamic(let byResource, let fallback):
            var found = fallback
            var scope = scope
            while scope >= 0 {
                if let node = byResource[scopes[scope].resource] { found = node }
                scope = scopes[scope].outer
            }
            return found
        }
    }
}

extension InPlace.Kind {
    var role: SchemaEvaluation.Role {
        switch self {
        case .all: .conjunct
        case .anyOf: .anyOf
        case .oneOf: .oneOf
        case .not: .not
        case .then: .then
        case .else: .else
        case .if: .if
        case .dependent: .dependent
        }
    }
}
