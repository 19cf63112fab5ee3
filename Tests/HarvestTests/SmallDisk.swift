import Glibc

@testable import Harvest

/// A disk in memory, of so many KiB. Needs the right to mount.
struct SmallDisk: ~Copyable {
    let path: String
    private let directory: TemporaryDirectory

    static let isAllowed = (try? SmallDisk(64)) != nil

    init(_ size: Int) throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/disk"
        mkdir(path, 0o700)
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(size)k") == 0 else { throw FileError("mount", path) }
        self.directory = directory
        self.path = path
    }

    deinit { umount2(path, CInt(MNT_DETACH)) }

    /// A file of this size, or as much of it as fits.
    static func fill(_ path: String, _ size: Int) throws {
        let file = try HarvestFile.create(path)
        _ = [UInt8](repeating: 1, count: size).withUnsafeBytes { file.write($0) }
    }
}
