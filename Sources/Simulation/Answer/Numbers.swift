#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

func exponential(_ value: Double) -> Double { exp(value) }

func logarithm(_ value: Double) -> Double { log(value) }

/// Seconds since 1970, as `created` has it.
func secondsSince1970() -> Int { time(nil) }
