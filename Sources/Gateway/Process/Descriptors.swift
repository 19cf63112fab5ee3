import Glibc

/// How many descriptors this process may have open, and how many of them clients may take.
enum Descriptors {
    /// For connections to models and to Redis, the spool, the store, logs and listeners.
    private static let reserve = 256

    /// The soft limit is a shell's default (1,024 on Debian); a server takes what it is allowed.
    static func raiseLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// At most this many connections of clients, so that enough is left for what answers them.
    /// - Parameter calls: that may be under way to all models at once.
    static func connections(wanted: Int, calls: Int) -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return wanted }
        let all = limit.rlim_cur > 1 << 30 ? 1 << 30 : Int(limit.rlim_cur)
        return min(wanted, max(all / 4, all - reserve - calls))
    }
}
