// What a review of a candidate is worth, as one number that the queue is ordered by.
//
// A reviewer's minute teaches most where the gateway was unsure: at the threshold, a little to either side, the score
// does not know. So what has a score comes by its distance from the threshold, in the score's own unit (a token's
// log-probability, mostly): 1 at the threshold, 1/2 at a distance of one, 1/4 at three. How far small and large differ
// breaks ties. Where there is no score (a failed check, an error), how far they differ is all there is to go by: it
// counts half, so that two quite different answers come where a distance of one does.

import JSON

enum ExpectedValue {
    static func of(_ candidate: Candidate) -> Double {
        let difference = disagreement(candidate)
        guard let score = candidate.score, let threshold = candidate.threshold else { return difference / 2 }
        let distance = abs(score - threshold)
        guard distance.isFinite else { return difference / 2 }
        return 1 / (1 + distance) + difference / 10
    }

    /// How far the two answers differ: 0 (the same text) to 1 (no word in common); a half where one is missing, of
    /// which nothing is known.
    static func disagreement(_ candidate: Candidate) -> Double {
        guard let small = text(candidate.small), let large = text(candidate.large) else { return 0.5 }
        if small == large { return 0 }
        let a = Set(SearchWords(small).words)
        let b = Set(SearchWords(large).words)
        let all = a.union(b).count
        // Different in punctuation only, or in nothing but that.
        guard all > 0 else { return 0.5 }
        return max(0.1, 1 - Double(a.intersection(b).count) / Double(all))
    }

    private static func text(_ answer: Candidate.Answer?) -> String? {
        guard let answer = answer.flatMap(ChosenAnswer.init) else { return nil }
        if let text = answer.text { return text.trimmed }
        return answer.toolCalls.map { String(decoding: $0.encode(), as: UTF8.self) }
    }
}
