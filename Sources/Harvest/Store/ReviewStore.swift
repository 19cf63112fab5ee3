// The review queue: what a person is shown next, and what becomes of what they say. The order, the clusters, the leases
// and the counts are the store's, so that all reviewers and all gateways of a fleet share one queue.

/// The store's side of the review page.
///
/// - An item is leased to one reviewer at a time; a lease that ran out gives it back. Asked again, a reviewer gets
///   first
///   what they hold already: a reload loses nothing.
/// - Of a cluster only one is shown at a time, the most valuable that is not decided.
/// - Nothing a reviewer sends says what an item was shown for: the store knows it by the lease.
public protocol ReviewStore: Sendable {
    /// Lets the reviewer hold up to `count` items (at most 100): what they hold already, renewed, then the next of the
    /// queue by expected value.
    ///
    /// Of what is new, a tenth is drawn at random instead, so that the queue's order does not decide alone what is ever
    /// seen; items that another reviewer decided and that a hash of their id has chosen (5 %) come for a second
    /// opinion; 3 % are known answers. All draws follow `seed` and what the queue holds, nothing else.
    /// - Parameters:
    ///   - filter: `statuses` is not looked at: the queue has what is `new`.
    ///   - leaseFor: from now.
    func take(
        _ filter: CandidateFilter,
        reviewer: String,
        count: Int,
        leaseFor: Duration,
        seed: UInt64
    ) async throws(StoreError) -> [ReviewItem]

    /// Gives back what the reviewer holds: these, or all of it.
    func release(_ ids: [CandidateID]?, reviewer: String) async throws(StoreError)

    /// The cluster a candidate belongs to: itself first, then the members nobody has decided on, each with its own
    /// answer; at most 200. Empty where there is no such candidate.
    func cluster(of id: CandidateID) async throws(StoreError) -> [Candidate]

    /// The cluster that each belongs to, by the id of its first member; those that belong to none are left out.
    func clusters(of ids: [CandidateID]) async throws(StoreError) -> [CandidateID: CandidateID]

    /// Decides on what was shown, `ids[0]`, and by cluster on the others, which must be members of its cluster. Members
    /// that somebody has decided on in the meantime are passed over. `decision.reviewer` is needed. Rejecting and
    /// editing add drops (`Ledger.drops`).
    /// - Returns: nil where `ids[0]` is not there.
    /// - Throws: `.refused` for a decision that the candidate cannot take, an edit of several, strangers to the
    ///   cluster,
    ///   and an item that another reviewer holds.
    func decide(_ decision: Decision, on ids: [CandidateID]) async throws(StoreError) -> Reviewed?

    /// Takes back the reviewer's latest decision that they have not taken back yet, with all that went by its cluster.
    /// A candidate that somebody else has decided on since keeps what they said.
    /// - Returns: the events of the undo, the one of what was shown first; empty where there is nothing to take back.
    func undo(reviewer: String) async throws(StoreError) -> [DecisionEvent]

    /// The reviewer's decisions, newest first, by cluster not included; at most 1000.
    func history(reviewer: String, limit: Int) async throws(StoreError) -> [ReviewedItem]

    func progress(route: String?, reviewer: String) async throws(StoreError) -> ReviewProgress

    /// Items on which two reviewers differ and that nobody has decided on since; at most 1000, newest first. Deciding
    /// on one (`CandidateStore.decide`, or by hand through `decide(_:on:)` here) settles it.
    func conflicts(route: String?, limit: Int) async throws(StoreError) -> [ReviewConflict]
}

/// One item to review.
public struct ReviewItem: Sendable, Equatable {
    public var candidate: Candidate
    public var purpose: ReviewPurpose
    public var draw: Draw
    /// Candidates of its cluster that nobody has decided on, itself included; 1: it is alone.
    public var clusterSize: Int
    /// Its answer is evaluated on: to be labelled without any suggestion shown.
    public var isHoldout: Bool
    public var leasedUntil: WallTime

    /// What brought it to the front.
    public enum Draw: String, Sendable {
        case value
        case random
        case overlap
        case known
        /// The next of the holdout to be labelled.
        case blind
    }
}

/// What a decision did.
public struct Reviewed: Sendable, Equatable {
    /// Of what was shown first.
    public var events: [DecisionEvent]
    /// What was shown, as it is now.
    public var candidate: Candidate
    /// Cached answers that have to go, as hexadecimal keys: in the drops already, for every gateway to read; whoever
    /// made the decision need not wait for that.
    public var drops: [String]
    /// Whether it is as expected, where `purpose` is `known`; nil: it was no known answer.
    public var agrees: Bool?
}

/// A line of the history strip.
public struct ReviewedItem: Sendable, Equatable {
    public var event: DecisionEvent
    /// Decided along with it by cluster.
    public var alsoByCluster: Int
    public var isUndone: Bool
    /// The beginning of the input, at most 200 characters.
    public var input: String
}

/// How far the review is.
public struct ReviewProgress: Sendable, Equatable {
    /// Candidates of the route by status, exact.
    public var candidates: [Candidate.Status: Int] = [:]
    /// Items left to show: clusters that have an undecided member, and candidates without one.
    public var itemsLeft = 0
    /// Presses of a key that stand, of all reviewers: those by cluster count as one.
    public var reviews = 0
    /// The same of this reviewer.
    public var mine: [Decision.Verb: Int] = [:]
    /// This reviewer's reviews that stand in the last ten minutes, per minute since the first of them; nil below two.
    public var perMinute: Double?
    /// Of the known answers this reviewer was shown: how many they gave, of how many.
    public var known = Tally()
    /// Second opinions of all reviewers: how many agree, of how many.
    public var overlap = Tally()
    /// Cohen's kappa over the second opinions; nil where it is not defined (none, or all in one category).
    public var kappa: Double?
    public var conflicts = 0

    public struct Tally: Sendable, Equatable {
        public var agreed = 0
        public var of = 0
    }

    public init() {}
}

/// Two reviewers, two opinions.
public struct ReviewConflict: Sendable, Equatable {
    public var candidate: CandidateID
    public var route: String
    public var first: DecisionEvent
    public var second: DecisionEvent
    public var input: String
}
