/// Memory that judging reuses, one per worker: not shared between threads. Nothing of an answer outlives it here.
public final class JudgingScratch {
    var budget = StepBudget()
    /// Made when the first pattern runs: most answers meet none.
    private(set) lazy var matching = PatternMatching()
    /// Schemas of tools, by their text: clients send the same few again and again.
    private var programs: [ArraySlice<UInt8>: Result<SchemaProgram, SchemaError>] = [:]
    private var programBytes = 0
    private static let mostPrograms = 64
    /// Of schema text: compiled it takes some twenty times as much.
    private static let mostProgramBytes = 256 * 1024
    /// Clients choose the schema, and a worker does nothing else while it compiles one: about 2 ms, as judging may
    /// take.
    private static let mostPatterns = 32

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
            result = .success(
                try SchemaCompiler.compile(copy, assertsFormat: false, mostPatterns: Self.mostPatterns)
            )
        } catch {
            result = .failure(error)
        }
        programBytes += copy.count
        if programs.count >= Self.mostPrograms || programBytes > Self.mostProgramBytes {
            programs.removeAll(keepingCapacity: true)
            programBytes = copy.count
        }
        programs[copy[...]] = result
        return try result.get()
    }
}

@available(*, unavailable, message: "confined to its worker's thread")
extension JudgingScratch: Sendable {}
