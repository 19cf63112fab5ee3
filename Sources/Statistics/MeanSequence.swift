import Foundation

/// Bounds of a mean that hold at every moment: look as often as you like, and stop when you like.
///
/// The mean of values in 0...1 by betting (Waudby-Smith and Ramdas, "Estimating means of bounded random variables by
/// betting", J. R. Stat. Soc. B 86, 2024). For each candidate m on a grid somebody bets against "the mean is at most
/// m":
///
///     capital(m) *= 1 + stake * (x - m)        stake <= 1 / (2m), chosen before x is seen
///
/// If the mean is at most m the bet loses on average, and by Ville's inequality the capital ever reaches 1/error with
/// probability `error` at most. Where it has, m is out for good: the lower bound is the greatest such m. The upper
/// bound is the lower one of 1 - x. Stakes are the paper's predictable plug-in ones, for one side.
///
/// Each bound is wrong, at any time ever, with probability `error` at most: both together with twice that. Values need
/// not be independent; given what came before, each must have the mean that is asked for. Memory is one grid for each
/// side.
public struct MeanSequence: Sendable {
    /// Of each side.
    public let error: Double
    public private(set) var count = 0
    public private(set) var sum = 0.0
    private var below: Side
    private var above: Side

    /// - Parameter cells: of the grid: a bound is up to 1/cells wider than it could be.
    public init(error: Double, cells: Int = 1000) {
        precondition(error > 0 && error < 1 && cells > 1, "an error between 0 and 1, and a grid")
        self.error = error
        below = Side(error: error, cells: cells)
        above = Side(error: error, cells: cells)
    }

    public mutating func add(_ value: Double) {
        precondition(value >= 0 && value <= 1, "a value is between 0 and 1")
        count += 1
        sum += value
        below.add(value)
        above.add(1 - value)
    }

    public mutating func add(_ value: Bool) { add(value ? 1 : 0) }

    /// Of the values so far; nil before the first.
    public var mean: Double? { count == 0 ? nil : sum / Double(count) }
    public var lower: Double { below.bound }
    public var upper: Double { 1 - above.bound }

    private struct Side: Sendable {
        private let logOfNeeded: Double
        private let cells: Int
        /// Logarithms of the capitals against 0/cells, 1/cells, ...
        private var capitals: [Double]
        /// Those below this are out.
        private var out = 0
        private var count = 0.0
        private var sum = 0.5
        private var squares = 0.25

        init(error: Double, cells: Int) {
            logOfNeeded = -log(error)
            self.cells = cells
            capitals = [Double](repeating: 0, count: cells)
        }

        var bound: Double { out == 0 ? 0 : Double(out - 1) / Double(cells) }

        mutating func add(_ value: Double) {
            count += 1
            // Of the values before this one: half a value more keeps the first stakes small.
            let variance = squares / count
            let stake = (2 * logOfNeeded / (variance * count * log(1 + count))).squareRoot()
            for cell in out..<cells {
                let mean = Double(cell) / Double(cells)
                // At most half of what is there can be lost.
                let bounded = mean == 0 ? stake : min(stake, 0.5 / mean)
                capitals[cell] += log1p(bounded * (value - mean))
            }
            // A greater mean is never refuted before a smaller one: every factor falls with it.
            while out < cells, capitals[out] >= logOfNeeded { out += 1 }
            sum += value
            let mean = sum / (count + 1)
            squares += (value - mean) * (value - mean)
        }
    }
}

/// Bounds of the difference of two arms' means that hold at every moment.
///
/// Each arm has a `MeanSequence` at half the error, and the difference lies between those of their bounds. The arms
/// need not grow together.
public struct DifferenceSequence: Sendable {
    public private(set) var first: MeanSequence
    public private(set) var second: MeanSequence

    /// - Parameter error: of each bound of the difference.
    public init(error: Double, cells: Int = 1000) {
        first = MeanSequence(error: error / 2, cells: cells)
        second = MeanSequence(error: error / 2, cells: cells)
    }

    public mutating func addFirst(_ value: Double) { first.add(value) }
    public mutating func addSecond(_ value: Double) { second.add(value) }

    /// First less second.
    public var lower: Double { first.lower - second.upper }
    public var upper: Double { first.upper - second.lower }
}
