/// What a server serves. Called on the loop's thread, outside any task.
public protocol HTTPHandler: AnyObject {
    /// Exactly one answer goes through `responder`, inside this call or later, on the loop's thread.
    func handle(_ request: HTTPRequest, _ responder: Responder)

    /// What the server answers itself to what it does not hand on; called once for each such answer, before it goes.
    ///
    /// - Returns: `body`, in JSON; and `fields`, finished lines (`name: value\r\n`) beside those that the server adds:
    ///   content-type, content-length, connection, date, and where they belong `allow` and `retry-after`.
    func refusal(of refused: RefusedRequest) -> (fields: [UInt8], body: [UInt8])
}

/// A request, or bytes that are none, that the server answers itself; the connection ends behind the answer.
public struct RefusedRequest: Sendable {
    /// 400, 405, 408, 413, 417, 431 or 503.
    public let status: Int
    public let message: String
    /// The request without its body; nil where its head was not read: it is what was wrong, or it never came.
    public let request: HTTPRequest?
}

/// Told about one exchange's connection while its answer is still owed.
public protocol ResponderOwner: AnyObject {
    /// The client has left (or stalled, or half-closed, which looks the same). What is answered now goes nowhere.
    func clientGone(_ responder: Responder)
    /// A slow reader has taken all that was buffered.
    func outputDrained(_ responder: Responder)
    /// The server will close in a moment, and the answer is still owed: the last word is due now. By default there is
    /// none.
    func serverCloses(_ responder: Responder)
}

extension ResponderOwner {
    public func serverCloses(_ responder: Responder) {}
}
