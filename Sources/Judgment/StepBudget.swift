/// How much work judging one answer may cost: one purse for all of its checks, in fixed counts.
///
/// Fixed counts, not a clock, so that the same answer gets the same verdict on a busy machine. A step is about 10 ns of
/// this machine's time, the whole purse about 2 ms. What costs: a byte of JSON a 16th, a schema applied to a value 1,
/// a regex run see `Regex.search`.
struct StepBudget {
    static let steps = 200_000
    private(set) var left = StepBudget.steps

    /// Pays, or says that it is not there. Once refused, all later payments are refused too.
    mutating func pay(_ cost: Int) -> Bool {
        left -= cost
        return left >= 0
    }

    var isSpent: Bool { left < 0 }
}
