/// One word, number or sign of a text, and the white space behind it.
struct Core: Equatable {
    var bytes: [UInt8]
    var tail: [UInt8]
}

/// Cuts text into cores: a run of letters (with the digits and underscores in it), a run of digits, or any other single
/// byte. White space belongs to the core before it; at the beginning of a text it stands behind an empty one.
func cut(_ text: some Collection<UInt8>) -> [Core] {
    let text = Array(text)
    var cores: [Core] = []
    var at = 0
    while at < text.count {
        let start = at
        if isLetter(text[at]) {
            while at < text.count, isLetter(text[at]) || isDigit(text[at]) { at += 1 }
        } else if isDigit(text[at]) {
            while at < text.count, isDigit(text[at]) { at += 1 }
        } else if !isSpace(text[at]) {
            at += 1
        }
        let end = at
        while at < text.count, isSpace(text[at]) { at += 1 }
        cores.append(Core(bytes: Array(text[start..<end]), tail: Array(text[end..<at])))
    }
    return cores
}

@inline(__always) func isSpace(_ byte: UInt8) -> Bool { byte == 32 || byte >= 9 && byte <= 13 }
@inline(__always) func isDigit(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 }
@inline(__always) func isUpper(_ byte: UInt8) -> Bool { byte >= 65 && byte <= 90 }
/// Underscores count, and every byte of a scalar beyond ASCII.
@inline(__always) func isLetter(_ byte: UInt8) -> Bool {
    isUpper(byte) || byte >= 97 && byte <= 122 || byte == 95 || byte >= 128
}

@inline(__always) func lowered(_ byte: UInt8) -> UInt8 { isUpper(byte) ? byte + 32 : byte }

/// The same in every process and on every machine.
func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return hash ^ (hash >> 29)
}

@inline(__always) func mix(_ first: UInt64, _ second: UInt64) -> UInt64 {
    let hash = (first ^ (second &* 0x9E37_79B9_7F4A_7C15)) &* 0xFF51_AFD7_ED55_8CCD
    return hash ^ (hash >> 32)
}
@inline(__always) func mix(_ first: UInt64, _ second: UInt64, _ third: UInt64) -> UInt64 {
    mix(mix(first, second), third)
}

/// SplitMix64: small, seedable, the same everywhere.
struct Draws {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// In 0 ..< 1.
    mutating func unit() -> Float { Float(next() >> 40) * 0x1p-24 }

    mutating func shuffle(_ order: inout [Int]) {
        for index in order.indices.reversed() { order.swapAt(index, Int(next() % UInt64(index + 1))) }
    }
}
