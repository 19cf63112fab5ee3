import Glibc

/// A directory of a test's own, removed with all that is in it when the value goes.
struct TemporaryDirectory: ~Copyable {
    let path: String

    init() {
        var template = Array("/tmp/understudy-harvest-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "no temporary directory: \(String(cString: strerror(errno)))")
        path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    deinit { removeTree(path) }

    /// Names in a directory below, without `.` and `..`; empty where there is none.
    func names(in below: String = "") -> [String] { TemporaryDirectory.names(path + "/" + below) }

    static func names(_ path: String) -> [String] {
        guard let stream = opendir(path) else { return [] }
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
}

private func removeTree(_ path: String) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFDIR else {
        unlink(path)
        return
    }
    for name in TemporaryDirectory.names(path) { removeTree(path + "/" + name) }
    rmdir(path)
}

/// Permission bits.
func mode(of path: String) -> UInt32 {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
}

/// Waits, a millisecond at a time, until `condition` holds; false after a minute, which a sanitizer or a slow disk may
/// well need a good part of.
func eventually(_ condition: () async throws -> Bool) async rethrows -> Bool {
    let start = ContinuousClock.now
    while ContinuousClock.now - start < .seconds(60) {
        if try await condition() { return true }
        try? await Task.sleep(for: .milliseconds(1))
    }
    return false
}
