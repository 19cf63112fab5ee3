// Inputs that must not be parted: a training file and its validation file share none of them, and nothing near the
// holdout is trained on. What a cluster is for reviewers needs an equal answer; here a near-identical input is enough,
// as a model that has seen one of them has seen the other.
//
// Each input joins the group of the first one before it that it is near to, and else founds one. Groups are not joined
// by what lies between them: with questions made of the same few words everything would be near everything in the end.
//
// The store's clusters are kept whole, too: both compare sketches, but each with the first one that *it* met, so a
// cluster may reach into two groups. Then the two are one.

import Digest

/// See the head of the file.
public struct InputGroups: Sendable {
    /// Of the inputs' digests: which group.
    private var byInput: [Digest32: Int] = [:]
    private var founders: [Sketch] = []
    private var byBand: [UInt64: [Int]] = [:]
    /// Of a cluster, by its name: the group of its first member here.
    private var byCluster: [CandidateID: Int] = [:]
    /// Of each group: itself, or an earlier one that it was joined to.
    private var joined: [Int] = []

    /// Founders that are compared for each band; of a band that more share than this, the first.
    private static let mostCompared = 256

    public init() {}

    /// The group of an input, as a number from 0 in the order of the founders. It may be joined to another one later:
    /// see `whole`.
    public mutating func add(_ input: String, cluster: CandidateID? = nil) -> Int {
        let group = add(input)
        guard let cluster else { return group }
        if let other = byCluster[cluster] { join(group, other) } else { byCluster[cluster] = group }
        return group
    }

    /// The earliest of the groups that a group is one with.
    func whole(_ group: Int) -> Int {
        var group = group
        while joined[group] != group { group = joined[group] }
        return group
    }

    private mutating func join(_ one: Int, _ other: Int) {
        let (a, b) = (whole(one), whole(other))
        joined[max(a, b)] = min(a, b)
    }

    private mutating func add(_ input: String) -> Int {
        let text = FoldedText(input)
        let digest = SHA256.digest(of: text.bytes)
        if let known = byInput[digest] { return known }
        let minima = Sketch.Minima(text)
        let sketch = Sketch(minima)
        let bands = minima.bands
        var near: Int?
        for band in bands where near == nil {
            near = byBand[band]?.prefix(Self.mostCompared).first { founders[$0].isNear(sketch) }
        }
        let group = near ?? founders.count
        byInput[digest] = group
        if near == nil {
            founders.append(sketch)
            joined.append(group)
            for band in bands { byBand[band, default: []].append(group) }
        }
        return group
    }
}
