public import Harvest

/// Turns a route's flywheel (`understudy cycle`) for whoever asks at the admin port. Work on models is none of the
/// pages' business: the room above (`understudy serve`) knows how it is done.
public protocol CycleControl: Sendable {
    /// What would be done, what a changed contract makes invalid, and what it costs. Nothing is begun.
    /// - Returns: a JSON object: `plan` and `invalid`, lines each; `estimate`.
    func plan(_ order: CycleOrder) async throws(CycleRefusal) -> [UInt8]

    /// Begins a turn, or goes on with the one that was cut short, in a process that outlives this one.
    /// - Returns: the turn's id, once it has begun.
    func start(_ order: CycleOrder, in store: any Store) async throws(CycleRefusal) -> String

    /// Asks the turn under way to stop, which takes seconds.
    /// - Returns: its id; nil: none is under way.
    func cancel(route: String, by who: String, in store: any Store) async throws(StoreError) -> String?
}

/// What somebody wants of a turn.
public struct CycleOrder: Sendable, Equatable {
    public var route: String
    /// Examples to make up; nil: what the route's kind needs.
    public var count: Int?
    /// How often large has to give an answer for it to be kept.
    public var agree: Int
    /// US dollars; nil: up to the least that has to be asked for.
    public var budget: Double?
    public var by: String

    public init(route: String, count: Int? = nil, agree: Int = 1, budget: Double? = nil, by: String) {
        self.route = route
        self.count = count
        self.agree = agree
        self.budget = budget
        self.by = by
    }
}

/// Why a turn was not begun, in words for the person who asked.
public struct CycleRefusal: Error, Sendable {
    public enum Kind: Sendable {
        /// Another one is under way.
        case busy
        /// The settings or the order do not allow it.
        case impossible
        /// It could not be started.
        case failed
    }

    public var kind: Kind
    public var message: String

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}
