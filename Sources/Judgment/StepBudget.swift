/// How much work judging one answer may cost: one purse for all of its checks, in fixed counts.
///
/// Fixed counts, not a clock, so that the same answer gets the same verdict on a busy machine. A step stands for about
/// 10 ns, the whole purse for about 2 ms. What costs: two bytes of JSON a step, a schema applied to a value
/// ``evaluation``, a pattern what `CompiledPattern` says.
struct StepBudget {
    static let steps = 200_000
    /// One schema applied to one value.
    static let evaluation = 16
    private var left = StepBudget.steps

    /// Pays, or says that it is not there. Once refused, all later payments are refused too.
    mutating func pay(_ cost: Int) -> Bool {
        left -= cost
        return left >= 0
    }
}
