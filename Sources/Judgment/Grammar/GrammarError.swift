/// A place in a grammar's text.
struct GrammarPlace: Sendable, Hashable {
    /// From 1.
    var line: Int
    /// From 1, in Unicode scalars.
    var column: Int
}

/// Something that is wrong with a grammar, or probably not meant.
struct GrammarProblem: Error, Sendable, Hashable {
    let place: GrammarPlace
    let message: String
    /// The name that was probably meant.
    var suggestion: String?
}

/// All that is wrong with a grammar: one problem of its spelling, or every problem of its rules.
struct GrammarErrors: Error, Sendable {
    let problems: [GrammarProblem]

    init(_ problems: [GrammarProblem]) {
        precondition(!problems.isEmpty, "a grammar that is refused has a problem")
        self.problems = problems
    }
}
