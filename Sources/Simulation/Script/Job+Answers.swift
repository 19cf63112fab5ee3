extension Job {
    /// The right answer to an input: a prompt for the large model or for the small one, or the bare question; or what
    /// it is asked to make up.
    func right(for input: String) -> String {
        if let invention = Invention(input) { return invention.answer(for: self) }
        return switch self {
        case .search: QuestionReader.read(PromptText.question(in: input)).line
        case .traits: CodeReader.read(PromptText.code(in: input)).line
        }
    }

    func student(for input: String, flaws: StudentFlaws, seed: UInt64) -> Student {
        switch self {
        case .search:
            let question = PromptText.question(in: input)
            let query = QuestionReader.read(question)
            return .answer(question, right: query.line, flaws: flaws, seed: seed) { query.mistakes }
        case .traits:
            let code = PromptText.code(in: input)
            let characteristics = CodeReader.read(code)
            return .answer(code, right: characteristics.line, flaws: flaws, seed: seed) { characteristics.mistakes }
        }
    }
}
