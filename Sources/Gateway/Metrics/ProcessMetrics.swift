import Glibc

/// What the kernel knows of this process: `proc(5)`.
enum ProcessMetrics {
    @Sendable static func sample(_ samples: inout MetricSamples) {
        let ticks = Double(sysconf(CInt(_SC_CLK_TCK)))
        let page = Double(sysconf(CInt(_SC_PAGESIZE)))
        // After the command, which may hold spaces and parentheses: fields 3 (state) and on.
        if let stat = read("/proc/self/stat"), let end = stat.lastIndex(of: ")") {
            let fields = stat[stat.index(after: end)...].split(separator: " ")
            func field(_ number: Int) -> Double? { number - 3 < fields.count ? Double(fields[number - 3]) : nil }
            if let user = field(14), let system = field(15) {
                samples.add(.processCPU, value: (user + system) / ticks)
            }
            if let bytes = field(23) { samples.add(.processVirtual, value: bytes) }
            if let pages = field(24) { samples.add(.processResident, value: pages * page) }
            if let start = field(22), let booted = bootTime() {
                samples.add(.processStart, value: booted + start / ticks)
            }
        }
        if let count = openDescriptors() { samples.add(.processDescriptors, value: Double(count)) }
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            samples.add(.processMaxDescriptors, value: Double(limit.rlim_cur))
        }
    }

    /// Seconds of Unix time.
    private static func bootTime() -> Double? {
        guard let stat = read("/proc/stat") else { return nil }
        for line in stat.split(separator: "\n") where line.hasPrefix("btime ") { return Double(line.dropFirst(6)) }
        return nil
    }

    private static func openDescriptors() -> Int? {
        guard let directory = opendir("/proc/self/fd") else { return nil }
        defer { closedir(directory) }
        var count = 0
        while let entry = readdir(directory) {
            if entry.pointee.d_name.0 != CChar(UInt8(ascii: ".")) { count += 1 }
        }
        // Not the one that was opened for looking.
        return count - 1
    }

    private static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = Glibc.read(descriptor, &part, part.count)
            guard count > 0 else { break }
            bytes += part[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
