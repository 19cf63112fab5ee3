/// How often and how long a question is tried again.
public struct Patience: Sendable {
    /// Calls for one question, the first included.
    public var attempts: Int
    /// Before the second call; doubles with each further one, and each is drawn from the half to the whole.
    public var first: Duration
    public var longest: Duration
    /// A provider that wants to be left alone for longer is not waited for: the command ends, and goes on another time.
    public var longestWait: Duration

    public init(
        attempts: Int = 8,
        first: Duration = .milliseconds(500),
        longest: Duration = .seconds(30),
        longestWait: Duration = .seconds(600)
    ) {
        self.attempts = attempts
        self.first = first
        self.longest = longest
        self.longestWait = longestWait
    }

    /// Before call number `attempt` (from 2).
    func wait(before attempt: Int) -> Duration {
        let whole = min(longest, first * (1 << min(attempt - 2, 20)))
        return whole / 2 + whole / 2 * Double.random(in: 0...1)
    }
}
