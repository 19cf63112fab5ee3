extension Duration {
    /// The same as `.nanoseconds(_:)`, whose generic arithmetic of 128 bits costs ten times as much.
    public init(nanoseconds: Int64) {
        self.init(attoseconds: Int128(nanoseconds) * 1_000_000_000)
    }

    /// Whole nanoseconds, clamped to what 64 bits hold (292 years).
    public var nanoseconds: Int64 {
        // Up to nine seconds, as nearly all are, the division is one of 64 bits.
        if let short = Int64(exactly: attoseconds) { return short / 1_000_000_000 }
        return Int64(clamping: attoseconds / 1_000_000_000)
    }
}
