public import JSON

/// A stage of the cycle. It is told what the stages before it came to, and may be run again after a kill anywhere
/// within: what it had done, it finds and does not do, nor pay, twice.
public protocol CycleStage: Sendable {
    var stage: CycleRecord.Stage { get }

    /// - Parameter report: a line each of how far it is.
    /// - Throws: what stops the cycle here; started again it goes on with this stage.
    func run(_ record: CycleRecord, report: @escaping @Sendable (String) -> Void) async throws -> StageEnd
}

/// What a stage came to.
public enum StageEnd: Sendable {
    /// On to the next one.
    case done(JSONTree)
    /// There is no sense in the next one: the cycle has ended.
    case over(JSONTree, reason: String)
}
