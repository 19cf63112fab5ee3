public import Digest

/// The inputs that are kept to measure with: half of those that were audited, by a hash of the input, so that the same
/// input is always on the same side. Never exported, trained on, tuned on, or shown with a suggestion.
public enum Holdout {
    /// Whether an audited input is one of them.
    /// - Parameter input: its digest, as `Likeness.inputDigest` has it: case and white space do not move it.
    public static func contains(_ input: Digest32) -> Bool {
        var hash = SHA256()
        hash.update("understudy holdout 1" as StaticString)
        hash.update(input)
        return hash.finish().leadingWord < 1 << 63
    }
}

extension Candidate {
    /// Audited, and of the holdout.
    public var isHoldout: Bool {
        guard source == .audit, let input else { return false }
        return Holdout.contains(Likeness.inputDigest(of: input))
    }
}
