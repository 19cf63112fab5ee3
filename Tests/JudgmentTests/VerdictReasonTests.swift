import Testing

@testable import Judgment

@Suite struct VerdictReasonTests {
    @Test func theListHoldsEveryWordOnceAndReadsItBack() {
        let words = VerdictReason.all.map(\.rawValue)
        #expect(Set(words).count == words.count)
        for (index, reason) in VerdictReason.all.enumerated() {
            #expect(reason.index == index)
            #expect(VerdictReason(rawValue: reason.rawValue) == reason)
        }
        #expect(VerdictReason(rawValue: "format.nonsense") == nil)
    }

    @Test func namedReasonsHaveTheirWords() {
        #expect(VerdictReason.accept.rawValue == "accept")
        #expect(VerdictReason.lowConfidence.rawValue == "low_confidence")
        #expect(VerdictReason.noLogprobs.rawValue == "no_logprobs")
        #expect(VerdictReason.client.rawValue == "client")
        #expect(VerdictReason.noSmall.rawValue == "no_small")
        for kind in VerdictReason.SmallError.allCases {
            #expect(VerdictReason.smallError(kind).rawValue == "small_error.\(kind.rawValue)")
            #expect(!VerdictReason.smallError(kind).isFormat)
        }
        for (position, name) in KnownChecks.names.enumerated() {
            #expect(VerdictReason.format(position).rawValue == "format.\(name)")
            #expect(VerdictReason.formatLimit(position).rawValue == "format.\(name)_limit")
            #expect(VerdictReason.format(position).isFormat)
        }
    }

    @Test func aStatusHasItsKind() {
        #expect(VerdictReason.SmallError(status: 429) == .status429)
        #expect(VerdictReason.SmallError(status: 418) == .status4xx)
        #expect(VerdictReason.SmallError(status: 503) == .status5xx)
    }
}
