// What a reviewer says, and the event that it becomes. Events are only ever added.

/// What a reviewer says about a candidate (`POST /admin/v1/candidates/{id}`).
public struct Decision: Sendable, Equatable {
    public enum Verb: String, Sendable, CaseIterable {
        case accept
        case edit
        /// Neither answer is right.
        case reject
        case skip
    }

    /// Which answer is right, where `accept` says that one is.
    public enum Choice: String, Sendable, CaseIterable {
        case small
        case large
        case both
    }

    public var verb: Verb
    public var choice: Choice?
    /// What the answer should be; `edit` needs it, nothing else takes it.
    public var completion: String?
    public var reviewer: String?
    public var note: String?

    public init(
        _ verb: Verb,
        choice: Choice? = nil,
        completion: String? = nil,
        reviewer: String? = nil,
        note: String? = nil
    ) {
        self.verb = verb
        self.choice = choice
        self.completion = completion
        self.reviewer = reviewer
        self.note = note
    }
}

/// A decision that was made, or taken back.
public struct DecisionEvent: Sendable, Equatable, Identifiable {
    /// Made by the store.
    public var id: CandidateID
    public var candidate: CandidateID
    public var at: WallTime
    /// Of an undo: the decision that was taken back.
    public var decision: Decision
    /// The candidate's status before and after.
    public var from: Candidate.Status
    public var to: Candidate.Status
    /// What it was asked for; only `.review` changes the candidate.
    public var purpose: ReviewPurpose
    /// The candidate was not shown: it is near-identical to one that was, has the same answer, and was listed with it.
    public var byCluster: Bool
    /// The reviewer had decided on this candidate before, and so knew which side was which model's.
    public var afterReveal: Bool
    /// The event this one takes back; nil where it is a decision.
    public var undoes: CandidateID?
    /// What belongs to one press of a key: the event of the candidate that was shown, also on those of its cluster.
    public var review: CandidateID
}

/// What a reviewer is shown an item for.
public enum ReviewPurpose: String, Sendable, CaseIterable {
    /// Its decision counts: the candidate shows it.
    case review
    /// A second opinion on what another reviewer has decided, for Cohen's kappa. It changes nothing about the
    /// candidate; where the two differ, the item is a conflict until somebody decides on it again.
    case overlap
    /// The answer is known from earlier agreement. It changes nothing; it is the reviewer who is measured.
    case known
}
