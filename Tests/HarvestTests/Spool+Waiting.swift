import Harvest
import Judgment

extension Spool {
    /// Returns when it is kept, or is not.
    func keep(_ candidate: Candidate, redactor: Redactor? = nil) async -> Kept {
        await withCheckedContinuation { continuation in
            keep(candidate, redactor: redactor) { continuation.resume(returning: $0) }
        }
    }
}
