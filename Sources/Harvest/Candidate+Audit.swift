// Audits: exchanges drawn at random from all that were judged, whose missing answer is asked for off the client's path.

extension Candidate {
    /// How an exchange came to be audited, and what came of it.
    ///
    /// Shares of agreement are over those that were drawn at random, each weighted by 1 / ``probability``; those that
    /// were bound to be audited stand for themselves.
    public struct Audit: Sendable, Equatable {
        public enum Draw: String, Sendable, CaseIterable {
            /// By chance, ``Audit/probability`` of it.
            case random
            /// Because of what happened: an answer that failed after a client had begun to get it.
            case always
        }

        public enum Result: String, Sendable, CaseIterable {
            /// One of the answers is still asked for, or compared. Another record of the same id follows, unless the
            /// gateway is killed before.
            case pending
            /// Large's answer is as good as small's, by the route's comparator.
            case agree
            case contradict
            /// There is no answer to hold small's against, or the two could not be compared: `note` says why.
            case failed
        }

        public var draw: Draw
        /// Of being audited, above 0 and at most 1.
        public var probability: Double
        public var result: Result
        /// 0 to 1, as the comparator sees it; nil: not compared.
        public var similarity: Double?
        /// Why they are not equal, or not compared, where that is not to be seen.
        public var note: String?

        public init(
            draw: Draw,
            probability: Double,
            result: Result = .pending,
            similarity: Double? = nil,
            note: String? = nil
        ) {
            self.draw = draw
            self.probability = probability
            self.result = result
            self.similarity = similarity
            self.note = note
        }
    }

    /// Small's answer had been accepted, and may be remembered, when large contradicted it: it must not be given again.
    var takesBackAnswer: Bool { audit?.result == .contradict && reason == "accept" }
}
