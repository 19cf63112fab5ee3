// The spool's directory: one lock, and numbered segments.
//
//     var/spool/lock                    flock, holds the pid of its owner
//     var/spool/0000000000000007.seg    records, see SpoolRecord; rising numbers
//     var/spool/0000000000000005.seg.damaged      moved, but had damage in the middle: kept for a look
//     var/spool/0000000000000006.seg.unreadable   holds whole records that are no candidates: kept, nothing is lost
//     var/spool/0000000000000004.seg.refused      the records, and no others, that the store will never take: once that is
//                                                 mended, one that is named .seg again is delivered at the next start

import Glibc

/// Why a spool does not start. Ops' to mend; trying again without that does not help.
public enum SpoolError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Another process writes to this directory; its pid where that is known.
    case locked(directory: String, pid: Int?)
    case file(FileError)

    public var description: String {
        switch self {
        case .locked(let directory, let pid):
            let owner = pid.map { "process \($0)" } ?? "another process"
            return "the spool \(directory) is in use by \(owner): two gateways need two spools (harvest.spool)"
        case .file(let error):
            return "the spool does not start: \(error)"
        }
    }
}

/// A file of records that nobody writes to any more.
struct SpoolSegment: Sendable, Equatable {
    var number: UInt64
    var path: String
    /// Bytes.
    var size: Int
}

/// The directory, locked from `init` to the end of the value.
struct SpoolDirectory: ~Copyable {
    let path: String
    private let lock: HarvestFile

    init(_ path: String) throws(SpoolError) {
        let lock = try Self.files { () throws(FileError) in
            try HarvestFile.makeDirectory(path)
            return try HarvestFile.openOrCreate(path + "/lock")
        }
        guard try Self.files({ () throws(FileError) in try lock.lock() }) else {
            let text = String(decoding: (try? lock.readAll()) ?? [], as: UTF8.self)
            throw .locked(directory: path, pid: text.split(separator: "\n").first.flatMap { Int($0) })
        }
        try Self.files { () throws(FileError) in
            try lock.truncate(to: 0)
            let pid = Array("\(getpid())\n".utf8)
            if let failure = pid.withUnsafeBytes({ lock.write($0).failure }) { throw failure }
        }
        self.path = path
        self.lock = lock
    }

    /// What an earlier process left, oldest first.
    func segments() throws(SpoolError) -> [SpoolSegment] {
        try Self.files { () throws(FileError) in
            try HarvestFile.names(in: path).compactMap { name in
                guard name.hasSuffix(".seg"), let number = UInt64(name.dropLast(4), radix: 16) else { return nil }
                let path = path + "/" + name
                return SpoolSegment(number: number, path: path, size: HarvestFile.status(of: path)?.size ?? 0)
            }
        }
    }

    private static func files<Result: ~Copyable>(
        _ body: () throws(FileError) -> Result
    ) throws(SpoolError) -> Result {
        do throws(FileError) {
            return try body()
        } catch {
            throw .file(error)
        }
    }

    static func path(of number: UInt64, in directory: String) -> String {
        let digits = String(number, radix: 16)
        return directory + "/" + String(repeating: "0", count: 16 - digits.count) + digits + ".seg"
    }
}
