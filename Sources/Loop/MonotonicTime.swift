import Glibc
// Where the compiler finds `timespec` once it has looked at the initialisers of `Duration`.
import SwiftOverlayShims

/// A moment of `CLOCK_MONOTONIC`: never set back, not comparable across machines or restarts.
///
/// Nanoseconds, so that phases of a few microseconds can be told apart. Reading it costs about 25 ns and no system
/// call.
public struct MonotonicTime: Sendable, Comparable, Hashable {
    public let nanoseconds: UInt64

    public init(nanoseconds: UInt64) {
        self.nanoseconds = nanoseconds
    }

    public static func now() -> MonotonicTime {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicTime(nanoseconds: UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec))
    }

    /// This moment moved by `duration`; stops at the ends of the scale rather than wrap around.
    public func advanced(by duration: Duration) -> MonotonicTime {
        let step = duration.nanoseconds
        if step >= 0 {
            let (sum, overflow) = nanoseconds.addingReportingOverflow(UInt64(step))
            return MonotonicTime(nanoseconds: overflow ? .max : sum)
        }
        let (rest, overflow) = nanoseconds.subtractingReportingOverflow(step.magnitude)
        return MonotonicTime(nanoseconds: overflow ? 0 : rest)
    }

    /// The time from `b` to `a`; negative when `a` is the earlier one.
    public static func - (a: Self, b: Self) -> Duration {
        a >= b
            ? Duration(nanoseconds: Int64(clamping: a.nanoseconds - b.nanoseconds))
            : Duration(nanoseconds: -Int64(clamping: b.nanoseconds - a.nanoseconds))
    }

    public static func < (a: Self, b: Self) -> Bool {
        a.nanoseconds < b.nanoseconds
    }
}
