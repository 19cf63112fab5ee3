import Glibc

/// A file that is only ever appended to: mode 0600, locked by one process, synced after each write.
final class JournalFile: Sendable {
    private let path: String
    private let descriptor: CInt

    /// Makes it, and its directory (mode 0700), if they are missing. The lock goes with `close`, or with the process.
    init(_ path: String) throws(AskFailure) {
        self.path = path
        try Self.makeDirectory(of: path)
        descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure("open", path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let isTaken = errno == EWOULDBLOCK
            let failure = Self.failure("lock", path)
            Glibc.close(descriptor)
            throw isTaken
                ? .journal("\(path) is in use: another command works for this route; let it end, or end it")
                : failure
        }
        fchmod(descriptor, 0o600)
        try Self.synchronizeDirectory(of: path)
    }

    /// A file that was just made is there after a power cut.
    private static func synchronizeDirectory(of path: String) throws(AskFailure) {
        let directory = path.contains("/") ? String(path[..<path.lastIndex(of: "/")!]) : "."
        let descriptor = Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", directory) }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("flush", directory) }
    }

    private static func failure(_ action: String, _ path: String) -> AskFailure {
        .journal("cannot \(action) \(path): \(String(cString: strerror(errno)))")
    }

    private static func makeDirectory(of path: String) throws(AskFailure) {
        var partial = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/").dropLast() {
            partial += part
            if mkdir(partial, 0o700) != 0, errno != EEXIST { throw failure("make the directory", partial) }
            partial += "/"
        }
    }

    func readAll() throws(AskFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = pread(descriptor, &chunk, chunk.count, off_t(bytes.count))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.failure("read", path) }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
    }

    /// What a kill left behind becomes a line of its own.
    func endLastLine() throws(AskFailure) {
        var last: UInt8 = 0x0a
        let size = lseek(descriptor, 0, SEEK_END)
        guard size > 0, pread(descriptor, &last, 1, size - 1) == 1, last != 0x0a else { return }
        if let failure = append([0x0a]) { throw .journal(failure) }
    }

    /// Writes all of it and waits for the disk. Where that fails, nothing of it stays.
    /// - Returns: what failed, in words.
    func append(_ bytes: [UInt8]) -> String? {
        let before = lseek(descriptor, 0, SEEK_END)
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + done, $0.count - done) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return undo(to: before, "write to") }
            done += count
        }
        return fdatasync(descriptor) == 0 ? nil : undo(to: before, "flush")
    }

    private func undo(to size: off_t, _ action: String) -> String {
        let reason = "cannot \(action) \(path): \(String(cString: strerror(errno)))"
        _ = ftruncate(descriptor, size)
        return reason
    }

    func close() { Glibc.close(descriptor) }
}
