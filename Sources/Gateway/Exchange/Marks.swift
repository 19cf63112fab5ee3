import Loop

/// When the steps of an exchange were reached. What was not reached is nil.
struct Marks {
    /// The whole request was here.
    var begun = MonotonicTime.now()
    var chosen: MonotonicTime?
    /// It was in the cache, or the flight that brings it was known.
    var boarded: MonotonicTime?
    /// The flight had ended.
    var arrived: MonotonicTime?
    /// The answer had been handed to the socket.
    var answered = MonotonicTime.now()

    /// Time spent waiting for a flight.
    var waited: Duration {
        guard let boarded, let arrived else { return .zero }
        return arrived - boarded
    }
}
