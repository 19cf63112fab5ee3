/// What a server serves. Called on the loop's thread, outside any task.
public protocol HTTPHandler: AnyObject {
    /// Exactly one answer goes through `responder`, inside this call or later, on the loop's thread.
    func handle(_ request: HTTPRequest, _ responder: Responder)

    /// The JSON body of an answer that the server gives itself: 400, 405, 408, 413, 417, 431, 503.
    func refusal(status: Int, message: String) -> [UInt8]
}

/// Told about one exchange's connection while its answer is still owed.
public protocol ResponderOwner: AnyObject {
    /// The client has left (or stalled, or half-closed, which looks the same). What is answered now goes nowhere.
    func clientGone(_ responder: Responder)
    /// A slow reader has taken all that was buffered.
    func outputDrained(_ responder: Responder)
}
