internal import Glibc

/// What could be written next.
struct Candidate {
    /// Nil: a word of the input that the place has never seen, or nothing that can be named.
    var core: Int?
    var hash: UInt64
    /// Where it stands in the input.
    var places: [Int] = []
    var isLowered = false

    /// Something else than all of the others: there is always a chance of that.
    static let unnamed = Candidate(hash: 0)
    var isUnnamed: Bool { hash == 0 }
    /// It has features of its own, beside those of where it stands in the input.
    var isKnown: Bool { core != nil || isUnnamed }
}

/// The model's three questions, each a row of probabilities from weights: which group of heads comes next and which of
/// its heads, which core, and whether the chunk ends behind it. Learning and writing ask the same ones.
struct Scorer {
    let vocabulary: Vocabulary
    let successors: Successors
    var weights: Weights
    /// Scores are multiplied by these before they become probabilities: found on lessons that were held back.
    var headHeat: Float = 1
    var coreHeat: Float = 1

    /// Of each lesson left out with this probability, so that no single one is relied on.
    var dropped: Float = 0
    var draws = Draws(seed: 0)

    private(set) var features: [UInt64] = []
    private(set) var candidates: [Candidate] = []
    private(set) var candidateFeatures: [[UInt64]] = []

    init(_ vocabulary: Vocabulary, _ successors: Successors, _ weights: Weights) {
        self.vocabulary = vocabulary
        self.successors = successors
        self.weights = weights
    }

    @inline(__always) static func target(_ number: Int, _ kind: UInt64) -> UInt64 { target(UInt64(number) &+ kind) }
    @inline(__always) static func target(_ hash: UInt64) -> UInt64 { (hash &+ 77) &* 0xD6E8_FEB8_6659_FD93 | 1 }
    static let group: UInt64 = 1000
    static let head: UInt64 = 5000
    static let sign: UInt64 = 9000
    static let copy: UInt64 = 1
    static let end: UInt64 = 99

    /// What a rate is divided by: a score is a sum over so many.
    var scale: Float { 1 / Float(features.count + 12).squareRoot() }

    // MARK: Heads

    mutating func seeHeads(_ reading: Reading, _ draft: Draft) {
        features.removeAll(keepingCapacity: true)
        features.append(3)
        features.append(mix(5, UInt64(vocabulary.group[draft.previous])))
        features.append(mix(6, UInt64(draft.previous)))
        keep(reading.grams) { $0 }
    }

    /// The chance that this group comes next, given that none before it in their order does.
    func chance(ofGroup group: Int) -> Float {
        sigmoid(weights.sum(features, for: Self.target(group, Self.group)) * headHeat)
    }

    /// Of the group's heads that an output may have once more.
    func chances(of members: [Int]) -> [Float] {
        if members.count == 1 { return [1] }
        return softmax(
            members.map { head in
                weights.sum(features, for: Self.target(head, Self.head))
                    + weights.sum(features, for: Self.target(vocabulary.signs[head] &+ Self.sign))
            },
            heat: headHeat
        )
    }

    /// The heads of a group that may follow.
    func members(of group: Int, after draft: Draft) -> [Int] {
        vocabulary.members[group].filter { successors.mayHave($0, in: draft) }
    }

    // MARK: Cores

    /// `hidden`: a core that is to be seen as if this place had never had it.
    mutating func seeCores(_ reading: Reading, _ draft: Draft, hidden: Int? = nil) {
        collect(reading, draft, kind: 0, extra: 0)
        candidates.removeAll(keepingCapacity: true)
        for (core, _) in successors.cores[vocabulary.place(of: draft)] ?? [] where core != hidden {
            let hash = vocabulary.coreHashes[core]
            let (places, isLowered) = reading.places(of: hash, after: draft)
            candidates.append(Candidate(core: core, hash: hash, places: places, isLowered: isLowered))
        }
        for index in reading.exact.indices {
            for isLowered in [false, true] {
                let hash = isLowered ? reading.lower[index] : reading.exact[index]
                if isLowered, hash == reading.exact[index] { continue }
                if candidates.contains(where: { $0.hash == hash }) { continue }
                let places = reading.places(of: hash, after: draft).places
                candidates.append(
                    Candidate(hash: hash, places: places.isEmpty ? [index] : places, isLowered: isLowered)
                )
            }
        }
        candidates.append(.unnamed)
        while candidateFeatures.count < candidates.count { candidateFeatures.append([]) }
        for index in candidates.indices { describe(index, reading, draft) }
    }

    func chancesOfCores() -> [Float] {
        softmax(
            candidates.indices.map { index in
                let candidate = candidates[index]
                let own = candidate.isKnown ? weights.sum(features, for: Self.target(candidate.hash)) : 0
                return own + weights.sum(candidateFeatures[index], for: Self.copy)
            },
            heat: coreHeat
        )
    }

    /// Where a candidate stands in the input, and beside what: this is how words are copied that no lesson has.
    private mutating func describe(_ index: Int, _ reading: Reading, _ draft: Draft) {
        var list = candidateFeatures[index]
        list.removeAll(keepingCapacity: true)
        let candidate = candidates[index]
        let contexts = [vocabulary.place(of: draft), vocabulary.region(of: draft)]
        guard let place = candidate.places.first else {
            let kind: UInt64 = candidate.isUnnamed ? 205 : 201
            let lost = UInt64(min(2, reading.lost(in: draft)))
            for context in contexts {
                list.append(mix(context, kind))
                if candidate.isUnnamed { list.append(mix(mix(context, 208), lost)) }
            }
            candidateFeatures[index] = list
            return
        }
        let kind: UInt64 = (candidate.core == nil ? 223 : 211) &+ (candidate.isLowered ? 1000 : 0)
        let goesOn = place > 0 && draft.copied.contains(place - 1)
        let (before, after) = (reading.word(at: place - 1), reading.word(at: place + 1))
        for context in contexts {
            list.append(mix(context, kind))
            list.append(mix(mix(context, 307), before))
            list.append(mix(mix(context, 308), after))
            list.append(mix(mix(context, 309), before, reading.word(at: place - 2)))
            list.append(mix(mix(context, 310), before, after))
            list.append(mix(context, goesOn ? 311 : 312))
            list.append(mix(mix(context, 313), reading.shape(at: place)))
        }
        // Whatever is being written: what was copied once is seldom copied again.
        list.append(draft.covered.contains(place) ? 314 : 315)
        list.append(goesOn ? 316 : 317)
        candidateFeatures[index] = list
    }

    // MARK: Ends

    mutating func seeEnd(_ reading: Reading, _ draft: Draft, of unit: UInt64, isKnown: Bool, places: [Int]) {
        collect(reading, draft, kind: 5, extra: isKnown ? unit : 3)
        if let place = places.first {
            let region = vocabulary.region(of: draft)
            let next = reading.word(at: place + 1)
            let space: UInt64 = reading.spaced[place] ? 1 : 2
            features.append(mix(mix(region, 501), space))
            features.append(mix(mix(region, 503), next))
            features.append(mix(505, space))
            features.append(mix(506, next))
        }
        features.append(507)
    }

    func chanceOfEnd() -> Float { sigmoid(weights.sum(features, for: Self.end) * coreHeat) }

    // MARK: Features

    private mutating func collect(_ reading: Reading, _ draft: Draft, kind: UInt64, extra: UInt64) {
        let place = mix(vocabulary.place(of: draft) &+ kind, extra)
        let region = mix(vocabulary.region(of: draft) &+ kind, extra)
        features.removeAll(keepingCapacity: true)
        features.append(mix(place, 71))
        features.append(mix(region, 73))
        features.append(mix(place, 79, draft.beforeLast))
        features.append(mix(place, 80, UInt64(draft.previous)))
        keep(reading.grams) { mix(place, $0) }
        // The same grams are kept again: what is left out is left out of both at random.
        keep(reading.grams) { mix(region, $0) }
    }

    private mutating func keep(_ grams: [UInt64], _ feature: (UInt64) -> UInt64) {
        for gram in grams {
            if dropped > 0, draws.unit() < dropped { continue }
            features.append(feature(gram))
        }
    }
}

@inline(__always) func sigmoid(_ score: Float) -> Float { 1 / (1 + expf(-score)) }

func softmax(_ scores: [Float], heat: Float) -> [Float] {
    let most = scores.max() ?? 0
    let powers = scores.map { expf(($0 - most) * heat) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
}

func logarithm(_ value: Float) -> Double { Double(logf(max(value, 1e-9))) }
