/// Memory that judging reuses, one per worker: not shared between threads. Nothing of an answer outlives it here.
public final class JudgingScratch {
    var budget = StepBudget()
    /// Made when the first pattern runs: most answers meet none.
    private(set) lazy var matching = PatternMatching()
    /// Schemas of tools, by their text: clients send the same few again and again.
    private var programs: [ArraySlice<UInt8>: Result<SchemaProgram, SchemaError>] = [:]
    private static let mostPrograms = 64

    public init() {}

    /// Called by the judge when an answer begins.
    func beginAnswer() {
        budget = StepBudget()
    }

    /// The compiled schema of a tool's parameters, or why it cannot be had; compiled once while it is among the recent.
    func program(for text: ArraySlice<UInt8>) throws(SchemaError) -> SchemaProgram {
        if let known = programs[text] { return try known.get() }
        let result: Result<SchemaProgram, SchemaError>
        let copy = Array(text)
        do throws(SchemaError) {
            result = .success(try SchemaCompiler.compile(copy, assertsFormat: false))
        } catch {
            result = .failure(error)
        }
        if programs.count >= Self.mostPrograms { programs.removeAll(keepingCapacity: true) }
        programs[copy[...]] = result
        return try result.get()
    }
}

@available(*, unavailable, message: "confined to its worker's thread")
extension JudgingScratch: Sendable {}
