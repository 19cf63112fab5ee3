import Glibc

/// Where lines go in the end. Written by the log's thread only, which may wait, but not for ever.
struct LogDestination: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    static let standardOutput = LogDestination(STDOUT_FILENO)
    static let standardError = LogDestination(STDERR_FILENO)

    /// Nil: the descriptor stays its owner's.
    private let path: String?
    private var descriptor: CInt
    /// Pipes, sockets and terminals: a reader may not read.
    private let mayBlock: Bool

    init(_ descriptor: CInt) {
        self.init(descriptor, path: nil)
    }

    /// Appended to; made where it is not there, for the owner and the group.
    init(file path: String) throws(Failure) {
        self.init(try Self.open(path), path: path)
    }

    private init(_ descriptor: CInt, path: String?) {
        self.descriptor = descriptor
        self.path = path
        var status = stat()
        mayBlock = fstat(descriptor, &status) != 0 || status.st_mode & S_IFMT != S_IFREG
    }

    private static func open(_ path: String) throws(Failure) -> CInt {
        let descriptor = Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw Failure(description: "\(path): \(String(cString: strerror(errno)))") }
        return descriptor
    }

    /// For a file that was moved away. Where it cannot be opened again, the old one stays.
    mutating func reopen() {
        guard let path, let fresh = try? Self.open(path) else { return }
        Glibc.close(descriptor)
        descriptor = fresh
    }

    func close() {
        if path != nil { Glibc.close(descriptor) }
    }

    /// Writes all of it. Waits for a reader that does not read as long as `goesOn` says so.
    ///
    /// - Returns: bytes written; fewer than there are when the destination failed or nobody wanted to wait any longer.
    func write(_ bytes: [UInt8], while goesOn: () -> Bool) -> Int {
        bytes.withUnsafeBytes { bytes in
            var written = 0
            while written < bytes.count {
                var length = bytes.count - written
                if mayBlock {
                    // A pipe that is ready takes PIPE_BUF bytes without blocking (pipe(7)), and no promise beyond.
                    length = min(length, 4096)
                    var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    if poll(&ready, 1, 50) == 0 {
                        if goesOn() { continue }
                        return written
                    }
                }
                let count = Glibc.write(descriptor, bytes.baseAddress! + written, length)
                if count > 0 {
                    written += count
                } else if errno != EINTR && errno != EAGAIN {
                    return written
                }
            }
            return written
        }
    }
}
