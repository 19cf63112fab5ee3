import Glibc

/// The system's randomness, fetched for many words at once: a system call for each would cost more than what they are
/// used for.
struct RandomWords {
    private var words = [UInt64](repeating: 0, count: 32)
    private var left = 0

    mutating func next() -> UInt64 {
        if left == 0 {
            let code = words.withUnsafeMutableBytes { getentropy($0.baseAddress, $0.count) }
            precondition(code == 0, "the system has no randomness, errno \(errno)")
            left = words.count
        }
        left -= 1
        return words[left]
    }
}
