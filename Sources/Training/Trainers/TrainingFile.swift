public import Glibc

/// Files that belong to a training, mode 0600. Every call may block.
public enum TrainingFile {
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    public static func read(_ path: String) throws(TrainingFailure) -> [UInt8] {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("read", path) }
        defer { Glibc.close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("read", path) }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
    }

    public static func remove(_ path: String) { unlink(path) }

    /// With its parents, mode 0700.
    public static func makeDirectory(_ path: String) throws(TrainingFailure) {
        var partial = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            partial += part
            if mkdir(partial, 0o700) != 0, errno != EEXIST { throw failure("make the directory", partial) }
            partial += "/"
        }
    }

    public static func failure(_ action: String, _ path: String, _ code: CInt = errno) -> TrainingFailure {
        TrainingFailure("cannot \(action) \(path): \(String(cString: strerror(code)))")
    }
}

/// One training of a route at a time on this machine: held until this value goes, or the process does, however it ends.
struct TrainingLock: ~Copyable {
    private let descriptor: CInt

    init(_ path: String) throws(TrainingFailure) {
        descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw TrainingFile.failure("open", path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            Glibc.close(descriptor)
            throw code == EWOULDBLOCK
                ? TrainingFailure("another command trains for this route (\(path)): let it end, or end it")
                : TrainingFile.failure("lock", path, code)
        }
    }

    deinit { Glibc.close(descriptor) }
}
