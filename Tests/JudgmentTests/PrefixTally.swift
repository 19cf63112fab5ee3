import Completions
import Testing

@testable import Judgment

/// Counts what the property tests saw, and holds the property: an answer that passes whole is refuted at no prefix, and
/// what is refuted fails whole.
struct PrefixTally {
    private(set) var passing = 0
    private(set) var failing = 0
    private(set) var prefixes = 0
    /// Prefixes of answers that pass.
    private(set) var prefixesOfPassing = 0
    private(set) var falseAborts = 0
    /// Of the answers that fail: refuted at any prefix; refuted before the last byte.
    private(set) var refuted = 0
    private(set) var early = 0

    /// Judges a text byte by byte, and twice in random pieces that are its tokens.
    mutating func hold(_ judge: Judge, _ text: [UInt8], _ random: inout SmallRandom, _ name: @autoclosure () -> String)
    {
        guard !text.isEmpty else { return }
        var earliest: Int?
        var passes = false
        for cuts in [text.map { [$0] }, random.cut(text), random.cut(text)] {
            var arrival = Arrival(judge)
            var taken = 0
            var refutedAt: Int?
            for piece in cuts {
                let tokens = TokenLogprobs(logprobs: [0], tokenBytes: piece, tokenEnds: [Int32(piece.count)])
                arrival.take(Arrival.Piece(text: piece, tokens: tokens))
                taken += piece.count
                if refutedAt == nil, arrival.refutation != nil { refutedAt = taken }
            }
            let verdict = arrival.verdict()
            passes = verdict.accepted
            prefixes += arrival.prefixes
            if passes { prefixesOfPassing += arrival.prefixes }
            if passes, refutedAt != nil { falseAborts += 1 }
            #expect(
                !passes || refutedAt == nil,
                "\(name()): \(String(decoding: text, as: UTF8.self)) at byte \(refutedAt ?? 0): \(arrival.refutation?.detail ?? "")"
            )
            if let refutedAt { earliest = min(earliest ?? .max, refutedAt) }
        }
        if passes {
            passing += 1
        } else {
            failing += 1
            if let earliest {
                refuted += 1
                if earliest < text.count { early += 1 }
            }
        }
    }

    func report(_ what: String) {
        print(
            "\(what): \(passing) passing answers, \(prefixesOfPassing) prefixes of them, \(falseAborts) refuted;",
            "\(failing) failing answers, \(refuted) refuted while they arrive, \(early) before the last byte;",
            "\(prefixes) prefixes in all"
        )
    }
}
