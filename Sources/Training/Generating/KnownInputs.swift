import Digest
import Harvest

/// What is there already: no input is answered twice, and of near-identical inputs with an equal answer one is enough.
struct KnownInputs {
    private var inputs: Set<Digest32> = []
    /// By each key of a likeness: near ones have one in common (`Likeness`).
    private var byKey: [Int64: [Likeness]] = [:]

    /// Of a bucket that more share than this, the first.
    private static let mostCompared = 256

    func contains(_ input: String) -> Bool { inputs.contains(Likeness.inputDigest(of: input)) }

    func isNear(_ likeness: Likeness) -> Bool {
        likeness.keys.contains { key in
            byKey[key]?.prefix(Self.mostCompared).contains { $0.isNear(likeness) } ?? false
        }
    }

    mutating func add(_ candidate: Candidate) {
        if let input = candidate.input { inputs.insert(Likeness.inputDigest(of: input)) }
        guard let likeness = Likeness(of: candidate) else { return }
        for key in likeness.keys { byKey[key, default: []].append(likeness) }
    }
}
