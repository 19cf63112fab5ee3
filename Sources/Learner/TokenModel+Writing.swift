/// An answer, token by token.
public struct WrittenAnswer: Sendable, Equatable {
    public var tokens: [WrittenToken] = []
    /// False: it was cut off at the limit.
    public var isEnded = false

    public var bytes: [UInt8] { tokens.flatMap(\.bytes) }
}

extension TokenModel {
    /// The likeliest answer, one token after the other, at most `limit` of them.
    public func answer(_ input: [UInt8], limit: Int = 256, alternatives: Int = 0) -> WrittenAnswer {
        var writer = Writer(
            scorer: scorer,
            reading: .new(frame.inside(input), words: words, grams: grams),
            alternatives: alternatives
        )
        return writer.write(limit: limit)
    }
}

/// Writes one answer.
private struct Writer {
    /// What a chunk may begin with, and the chance that nothing follows any more.
    struct Heads {
        var chances: [(head: Int, chance: Float)] = []
        var end: Float = 1
        /// Something is missing that cannot be named.
        var unnamed: Float = 0
    }

    var scorer: Scorer
    let reading: Reading
    let alternatives: Int
    var draft = Draft()
    var answer = WrittenAnswer()

    /// Of the chance that all is said, what one word leaves that no lesson had and of which nothing came, and what more
    /// do.
    private static let doubt: [Float] = [1, 0.25, 0.12]

    mutating func write(limit: Int) -> WrittenAnswer {
        var heads: Heads? = self.heads()
        var carried = 0.0
        while answer.tokens.count < limit {
            var token = WrittenToken(bytes: [], logprob: carried)
            var unit: Unit
            var places: [Int] = []
            var isKnown = true
            if let next = heads.take() {
                guard let best = next.chances.max(by: { $0.chance < $1.chance }) else { break }
                unit = Unit(
                    bytes: scorer.vocabulary.heads[best.head],
                    hash: scorer.vocabulary.headHashes[best.head],
                    head: best.head
                )
                let left = max(1 - next.end, 1e-6)
                token.logprob += logarithm(best.chance / left)
                suggest(next.chances.map { (scorer.vocabulary.heads[$0.head], $0.chance / left) }, to: &token)
                if best.head == Vocabulary.other {
                    carried = token.logprob
                    draft.take(unit, places: [])
                    continue
                }
            } else {
                scorer.seeCores(reading, draft)
                let chances = scorer.chancesOfCores()
                guard let best = chances.indices.dropLast().max(by: { chances[$0] < chances[$1] }) else { break }
                let candidate = scorer.candidates[best]
                unit = Unit(bytes: bytes(of: candidate), hash: candidate.hash)
                (places, isKnown) = (candidate.places, candidate.core != nil)
                token.logprob += logarithm(chances[best])
                suggest(chances.indices.dropLast().map { (bytes(of: scorer.candidates[$0]), chances[$0]) }, to: &token)
            }
            carried = 0
            token.logprob += decideEnd(&unit, places, isKnown)
            draft.take(unit, places: places)
            token.bytes = (answer.tokens.isEmpty ? scorer.vocabulary.opening : []) + unit.bytes
            if unit.endsChunk {
                let next = self.heads()
                if next.end >= next.chances.reduce(0, { $0 + $1.chance }) {
                    token.logprob += logarithm(next.end)
                    token.bytes += scorer.vocabulary.ending
                    finish(token)
                    answer.isEnded = true
                    break
                }
                token.logprob += logarithm(1 - next.end)
                token.bytes += scorer.successors.tail(of: draft.previous)
                heads = next
            }
            finish(token)
        }
        return answer
    }

    /// Whether the chunk ends here, and how sure that is.
    private mutating func decideEnd(_ unit: inout Unit, _ places: [Int], _ isKnown: Bool) -> Double {
        var here = draft
        if let head = unit.head { here.head = head }
        let (goes, ends) = scorer.successors.endings(of: unit, in: here)
        if ends == 0 { return 0 }
        if goes == 0 {
            unit.endsChunk = true
            return 0
        }
        scorer.seeEnd(reading, here, of: unit.hash, isKnown: isKnown, places: places)
        let chance = scorer.chanceOfEnd()
        unit.endsChunk = chance > 0.5
        return logarithm(unit.endsChunk ? chance : 1 - chance)
    }

    private mutating func heads() -> Heads {
        var heads = Heads()
        scorer.seeHeads(reading, draft)
        for group in scorer.vocabulary.followers[scorer.vocabulary.group[draft.previous]] {
            let members = scorer.members(of: group, after: draft)
            if members.isEmpty { continue }
            let chance = scorer.chance(ofGroup: group)
            for (head, share) in zip(members, scorer.chances(of: members)) {
                heads.chances.append((head, heads.end * chance * share))
            }
            heads.end *= 1 - chance
        }
        if draft.previous == 0 {
            heads.end = 0
        } else {
            let sure = heads.end * Self.doubt[min(reading.lost(in: draft), Self.doubt.count - 1)]
            heads.unnamed = heads.end - sure
            heads.end = sure
        }
        return heads
    }

    private func bytes(of candidate: Candidate) -> [UInt8] {
        if let core = candidate.core { return scorer.vocabulary.cores[core] }
        guard let place = candidate.places.first else { return [] }
        return candidate.isLowered ? reading.cores[place].map(lowered) : reading.cores[place]
    }

    /// Notes the likeliest other tokens; each without what may stand behind it.
    private func suggest(_ others: [(bytes: [UInt8], chance: Float)], to token: inout WrittenToken) {
        if alternatives == 0 { return }
        let before = answer.tokens.isEmpty ? scorer.vocabulary.opening : []
        token.alternatives = others.filter { !$0.bytes.isEmpty }.sorted { $0.chance > $1.chance }
            .prefix(alternatives + 1)
            .map { .init(bytes: before + $0.bytes, logprob: logarithm($0.chance)) }
    }

    /// The token itself takes the place of the best of its alternatives, which it is with what stands behind it.
    private mutating func finish(_ token: WrittenToken) {
        var token = token
        if !token.alternatives.isEmpty {
            token.alternatives[0] = .init(bytes: token.bytes, logprob: token.logprob)
            token.alternatives = Array(token.alternatives.sorted { $0.logprob > $1.logprob }.prefix(alternatives))
        }
        answer.tokens.append(token)
    }
}
