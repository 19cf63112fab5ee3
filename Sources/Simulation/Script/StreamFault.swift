/// Something that goes wrong in a stream once `after` events have been sent. The role event counts, comments and
/// `[DONE]` do not; a stream that has fewer events stays whole. Answers that are not streamed are not concerned.
public enum StreamFault: Sendable, Equatable {
    /// The connection is reset.
    case reset(after: Int)
    /// The connection is closed, without the last chunk of the body.
    case close(after: Int)
    /// The body ends properly, and the connection stays: neither a finish reason nor `[DONE]`.
    case end(after: Int)
    /// An event with an `error` object, then the body's proper end, without `[DONE]`.
    case error(after: Int, message: String? = nil)
    /// The JSON of the next event breaks off; the stream goes on.
    case malformed(after: Int)
    /// Nothing for the time given, or until the test releases it (`POST /sim/release`).
    case stall(after: Int, for: Duration? = nil)
    /// Nothing but comments, one every 20 ms, until the client leaves: a provider that is stuck behind a proxy that is
    /// not.
    case comments(after: Int)
    /// The tokens begin again after the last, until the client leaves.
    case endless
    /// The whole answer, without `[DONE]`.
    case noDone

    /// How many events come before it; nil where it concerns the stream as a whole.
    var after: Int? {
        switch self {
        case .reset(let after), .close(let after), .end(let after), .error(let after, _), .malformed(let after),
            .stall(let after, _), .comments(let after):
            after
        case .endless, .noDone: nil
        }
    }
}
