public import Glibc

/// Who works on a cycle: a process of a machine. A holder that was killed is known at once on its own machine;
/// elsewhere its lease has to run out.
public enum CycleHolder {
    /// `HOST:PID:START`: the time that the kernel gives for its start tells two processes of one number apart.
    static var own: String { name(getpid()) ?? "\(host):\(getpid()):0" }

    /// Whether that process is of this machine and has ended.
    static func hasEnded(_ holder: String) -> Bool {
        let parts = holder.split(separator: ":")
        guard parts.count == 3, parts[0] == host, let pid = pid_t(parts[1]) else { return false }
        return name(pid) != holder
    }

    /// Whether that process is of this machine and at work.
    static func isAtWork(_ holder: String) -> Bool {
        let parts = holder.split(separator: ":")
        guard parts.count == 3, parts[0] == host, let pid = pid_t(parts[1]) else { return false }
        return name(pid) == holder
    }

    /// What a process of this machine is called; nil: it has ended.
    public static func name(_ pid: pid_t) -> String? {
        guard let stat = read("/proc/\(pid)/stat"), let end = stat.lastIndex(of: ")") else { return nil }
        // Behind the command's name: state, and the start as field 22 of all (proc(5)).
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        guard fields.count > 19, fields[0] != "Z" else { return nil }
        return "\(host):\(pid):\(fields[19])"
    }

    private static let host: String = {
        // Of this start of the machine: after another one all its processes are gone.
        let boot = read("/proc/sys/kernel/random/boot_id")?.prefix { $0 != "\n" && $0 != "-" } ?? "0"
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        let host = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return host.filter { $0 != ":" } + "-" + boot
    }()

    private static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }
}
