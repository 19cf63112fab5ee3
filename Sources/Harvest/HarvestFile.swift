// Plain files: what Harvest's own threads do with them. Every call may block; none is made on a worker's loop.

import Glibc

/// A file operation that failed, in words: what was tried, on which path, and what the system said.
public struct FileError: Error, Sendable, Equatable, CustomStringConvertible {
    public var action: String
    public var path: String
    /// `errno`.
    public var code: CInt

    init(_ action: String, _ path: String, code: CInt = errno) {
        self.action = action
        self.path = path
        self.code = code
    }

    /// No room: on the disk, in the quota, or under the process's file size limit.
    public var isFull: Bool { code == ENOSPC || code == EDQUOT || code == EFBIG }

    public var description: String { "cannot \(action) \(path): \(String(cString: strerror(code)))" }
}

/// An open file, closed when it goes out of scope. Mode 0600, close-on-exec.
struct HarvestFile: ~Copyable {
    let path: String
    private let descriptor: CInt

    private init(path: String, flags: CInt, action: String) throws(FileError) {
        let descriptor = Glibc.open(path, flags | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileError(action, path) }
        self.path = path
        self.descriptor = descriptor
    }

    deinit { Glibc.close(descriptor) }

    /// A file that was not there before.
    static func create(_ path: String) throws(FileError) -> HarvestFile {
        try HarvestFile(path: path, flags: O_CREAT | O_EXCL | O_WRONLY | O_APPEND, action: "create")
    }

    /// A file that may be there.
    static func openOrCreate(_ path: String) throws(FileError) -> HarvestFile {
        try HarvestFile(path: path, flags: O_CREAT | O_RDWR, action: "open")
    }

    static func open(_ path: String) throws(FileError) -> HarvestFile {
        try HarvestFile(path: path, flags: O_RDONLY, action: "open")
    }

    /// Writes all of `bytes`; tells how many bytes of them are in the file, and what stopped it if not all are.
    func write(_ bytes: UnsafeRawBufferPointer) -> (written: Int, failure: FileError?) {
        var done = 0
        while done < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
            if count > 0 {
                done += count
            } else if count < 0, errno == EINTR {
                continue
            } else {
                return (done, FileError("write to", path, code: count == 0 ? ENOSPC : errno))
            }
        }
        return (done, nil)
    }

    func truncate(to size: Int) throws(FileError) {
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw FileError("truncate", path) }
    }

    func synchronize() throws(FileError) {
        guard fsync(descriptor) == 0 else { throw FileError("flush", path) }
    }

    /// An advisory lock on the whole file, held until this value goes: false if another process has it.
    func lock() throws(FileError) -> Bool {
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
        guard errno == EWOULDBLOCK else { throw FileError("lock", path) }
        return false
    }

    func readAll() throws(FileError) -> [UInt8] {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError("read", path) }
        // One byte more than the size: a file that nobody appends to ends within the first read.
        var bytes: [UInt8] = []
        var room = Int(status.st_size) + 1
        while true {
            let start = bytes.count
            var count = 0
            var failed = false
            let chunk = [UInt8](unsafeUninitializedCapacity: room) { buffer, filled in
                repeat {
                    count = pread(descriptor, buffer.baseAddress, room, off_t(start))
                } while count < 0 && errno == EINTR
                failed = count < 0
                filled = max(0, count)
            }
            if failed { throw FileError("read", path) }
            if start == 0 { bytes = chunk } else { bytes.append(contentsOf: chunk) }
            if count == 0 || bytes.count == Int(status.st_size) { return bytes }
            room = 65536
        }
    }

    // MARK: Paths

    /// Makes a directory with its parents, mode 0700. One that is there stays as it is.
    static func makeDirectory(_ path: String) throws(FileError) {
        var partial = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            partial += part
            if mkdir(partial, 0o700) != 0, errno != EEXIST { throw FileError("make the directory", partial) }
            partial += "/"
        }
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw FileError("use the directory", path, code: ENOTDIR)
        }
    }

    /// Names in a directory, sorted, without `.` and `..`.
    static func names(in directory: String) throws(FileError) -> [String] {
        guard let stream = opendir(directory) else { throw FileError("list", directory) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Bytes, and the time of the last write. Nil where there is no such file.
    static func status(of path: String) -> (size: Int, modified: WallTime)? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        let time = status.st_mtim
        return (
            Int(status.st_size), WallTime(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
        )
    }

    static func remove(_ path: String) throws(FileError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw FileError("remove", path) }
    }

    static func rename(_ path: String, to other: String) throws(FileError) {
        guard Glibc.rename(path, other) == 0 else { throw FileError("rename", path) }
    }
}
