import Harvest

extension Spool {
    /// Returns when it is kept, or is not.
    func keep(_ candidate: Candidate) async -> Kept {
        await withCheckedContinuation { continuation in keep(candidate) { continuation.resume(returning: $0) } }
    }
}
