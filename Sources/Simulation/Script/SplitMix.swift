/// SplitMix64 (Steele, Lea, Flood 2014): small, seedable, the same on every machine. Not for secrets.
struct SplitMix: RandomNumberGenerator, Equatable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number in 0 ..< 1.
    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// A time from none to `most`, in whole microseconds.
    mutating func duration(upTo most: Duration) -> Duration {
        let (seconds, attoseconds) = most.components
        let microseconds = Double(seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
        return .microseconds(Int(unit() * microseconds))
    }
}

/// FNV-1a over bytes: one seed per text, the same in every process (`Hasher` is keyed anew in each).
func fingerprint(_ bytes: some Sequence<UInt8>, seed: UInt64 = 0) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ seed
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return hash
}
