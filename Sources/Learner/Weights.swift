/// One weight for each pair of a feature and what it speaks for, in a table by hash. Learning is AdaGrad's (Duchi,
/// Hazan, Singer 2011): a weight that was changed often changes less.
struct Weights {
    static let bits = 22

    private(set) var values = [Float](repeating: 0, count: 1 << bits)
    /// Sums of squared errors; empty once learning is over.
    private var squares = [Float](repeating: 0.1, count: 1 << bits)

    init() {}

    /// From the weights that are not zero.
    init(values: [Float]) {
        self.values = values
        squares = []
    }

    mutating func finish() { squares = [] }

    @inline(__always) private static func slot(_ feature: UInt64, _ target: UInt64) -> Int {
        Int(truncatingIfNeeded: ((feature ^ target) &* 0x9E37_79B9_7F4A_7C15) >> 36) & ((1 << bits) - 1)
    }

    func sum(_ features: [UInt64], for target: UInt64) -> Float {
        var sum: Float = 0
        values.withUnsafeBufferPointer { values in
            for feature in features { sum += values[Self.slot(feature, target)] }
        }
        return sum
    }

    /// `error` is the probability that was given less the one that was right.
    mutating func learn(_ features: [UInt64], for target: UInt64, error: Float, rate: Float) {
        // What is right already teaches nothing, and most of it is.
        if abs(error) < 2e-3 { return }
        let square = error * error
        let step = rate * error
        values.withUnsafeMutableBufferPointer { values in
            squares.withUnsafeMutableBufferPointer { squares in
                for feature in features {
                    let slot = Self.slot(feature, target)
                    squares[slot] += square
                    values[slot] -= step / squares[slot].squareRoot()
                }
            }
        }
    }
}
