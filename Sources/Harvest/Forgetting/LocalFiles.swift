import Glibc

/// Where, beside the store, texts of candidates lie on this machine.
public struct LocalFiles: Sendable {
    /// The spool's directory, where records lie that the mover has put aside.
    public var spool: String
    /// The journals of answers that were paid for, by route.
    public var journals: [String: String]

    /// Other gateways may share the store, each with files of its own.
    public var hasNeighbours: Bool

    public init(spool: String, journals: [String: String], hasNeighbours: Bool = false) {
        self.spool = spool
        self.journals = journals
        self.hasNeighbours = hasNeighbours
    }

    /// Takes the records of these candidates out of what was put aside: each file is written again whole, or not at
    /// all.
    func forget(_ whom: Forgettable, _ report: inout ForgettingReport) {
        if hasNeighbours {
            report.left.append(
                "other gateways on this store have files of their own: ask on each of their machines as well"
            )
        }
        for path in aside() {
            do throws(FileError) {
                let bytes = try HarvestFile.open(path).readAll()
                let scan = SpoolRecord.scan(bytes)
                var kept: [UInt8] = []
                var cursor = 0, removed = 0, unread = scan.gaps > 0 || scan.tornBytes > 0
                for record in scan.records {
                    guard let candidate = try? Candidate(json: bytes[record.payload]) else {
                        unread = true
                        continue
                    }
                    guard whom.covers(candidate) else { continue }
                    kept += bytes[cursor..<record.payload.lowerBound - SpoolRecord.headerSize]
                    cursor = record.payload.upperBound
                    removed += 1
                }
                if removed > 0 {
                    kept += bytes[cursor...]
                    if kept.isEmpty { try HarvestFile.remove(path) } else { try Export.replace(path, kept) }
                    report.candidates += removed
                    report.files.append(path)
                }
                if unread { report.left.append("\(path) could not be read in part, and may hold such a candidate") }
            } catch {
                report.left.append("\(path): \(error)")
            }
        }
    }

    /// Empties the journals of these routes. Questions stand in them as digests, so that nobody can tell which answer
    /// is whose; what is asked again is paid again.
    /// - Parameter routes: nil: of all.
    func emptyJournals(of routes: Set<String>?, _ report: inout ForgettingReport) {
        for route in (routes ?? Set(journals.keys)).sorted() {
            guard let path = journals[route], access(path, F_OK) == 0 else { continue }
            do throws(FileError) {
                let file = try HarvestFile.openOrCreate(path)
                guard try file.lock() else {
                    report.left.append(
                        "\(path) is in use: let the command that works for '\(route)' end, and ask again"
                    )
                    continue
                }
                if try file.readAll().isEmpty { continue }
                try file.truncate(to: 0)
                try file.synchronize()
                report.files.append(path)
            } catch {
                report.left.append("\(path): \(error)")
            }
        }
    }

    /// What the mover could not bring into the store, by the ends of their names (SpoolDirectory).
    private func aside() -> [String] {
        guard let stream = opendir(spool) else { return [] }
        defer { closedir(stream) }
        var paths: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if [".damaged", ".unreadable", ".refused"].contains(where: name.hasSuffix) {
                paths.append(spool + "/" + name)
            }
        }
        return paths.sorted()
    }
}
