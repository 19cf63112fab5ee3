@testable import Harvest

/// An export of chats of these candidates, finished.
/// - Parameter held: what the holdout has, given before all others.
func export(
    _ candidates: [Candidate],
    held: [Candidate] = [],
    _ change: (inout ExportOptions) -> Void = { _ in }
) -> Export {
    var options = ExportOptions(format: .chat)
    change(&options)
    var export = Export(options)
    for candidate in held { export.hold(out: candidate) }
    for candidate in candidates { export.add(candidate) }
    export.finish()
    return export
}

/// So many different ones, the same for one seed.
func questions(_ count: Int, seed: UInt64) -> [String] {
    var questions = Questions(seed: seed)
    return questions.distinct(count)
}
