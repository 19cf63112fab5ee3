// From a plan to files, and to the store's memory of them.
//
//     train.jsonl              lines, mode 0600
//     train.validation.jsonl   where a share was asked for
//     train.manifest.json      what is in them, and how it came there

import Digest
import Glibc
public import JSON

extension Export {
    /// The data set that this plan makes.
    /// - Parameter path: where `write(to:)` puts it; nil: it is given away.
    public func dataSet(at path: String? = nil, madeAt: WallTime = .now()) -> DataSet {
        let files = parts.map { part in
            DataSet.File(
                part: part,
                path: path.map { Self.absolute(Self.path(of: part, beside: $0)) },
                sha256: SHA256.digest(of: encode(part)),
                lines: examples.lazy.filter { $0.part == part }.map {
                    DataSet.Line(candidate: $0.id, digest: DataSet.Line.digest(of: $0.line))
                }
            )
        }
        var hash = SHA256()
        for file in files { hash.update(file.sha256) }
        let time = String(madeAt.rfc3339.filter { $0.isNumber || $0 == "T" }.prefix(15))
        return DataSet(
            id: "\(time)-\(options.route ?? "all")-\(hash.finish().hex(digits: 6))",
            // As exactly as it is written down.
            madeAt: WallTime(milliseconds: madeAt.milliseconds),
            format: options.format,
            route: options.route,
            contracts: options.contracts ?? [:],
            files: files,
            summary: .object(summary)
        )
    }

    /// Writes the files, whole or not at all: they appear under their names when all are complete. Blocks.
    /// - Throws: the first violation where there is one, and then has written nothing; or what the system said.
    /// - Returns: what was written.
    @discardableResult
    public func write(to path: String, madeAt: WallTime = .now()) throws -> DataSet {
        if !isValid, let violation = violations.first(where: { $0.id == nil }) ?? violations.first { throw violation }
        let dataSet = dataSet(at: path, madeAt: madeAt)
        var files = parts.map { (Self.path(of: $0, beside: path), encode($0)) }
        files.append((Self.manifestPath(beside: path), manifest(of: dataSet)))
        do {
            for (path, bytes) in files { try Self.writePartial(path, bytes) }
            for (path, _) in files { try HarvestFile.rename(path + ".partial", to: path) }
        } catch {
            for (path, _) in files { try? HarvestFile.remove(path + ".partial") }
            throw error
        }
        return dataSet
    }

    /// Writes into a directory of its own (mode 0700) under this one: `ID/train.jsonl` and what lies beside it. Blocks.
    public func write(under directory: String, madeAt: WallTime = .now()) throws -> DataSet {
        let name = String(dataSet(madeAt: madeAt).id.map { $0 == "/" ? "-" : $0 })
        try HarvestFile.makeDirectory("\(directory)/\(name)")
        return try write(to: "\(directory)/\(name)/train.jsonl", madeAt: madeAt)
    }

    /// What is in the files: counts, hashes, versions. JSON, for people and programs.
    public func manifest(of dataSet: DataSet) -> [UInt8] {
        let files = dataSet.files.map { file in
            let name = file.path.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
            return JSONTree.object([
                .init(name: "part", value: .string(file.part.rawValue)),
                .init(name: "name", value: name.map { .string($0) } ?? .null),
                .init(name: "lines", value: .int(file.lines.count)),
                .init(name: "bytes", value: .int(encode(file.part).count)),
                .init(name: "sha256", value: .string(file.sha256.hex)),
            ])
        }
        let members: [JSONTree.Member] =
            [
                .init(name: "id", value: .string(dataSet.id)),
                .init(name: "made_at", value: .string(dataSet.madeAt.rfc3339)),
                .init(name: "format", value: .string(options.format.rawValue)),
                .init(name: "route", value: options.route.map { .string($0) } ?? .null),
                .init(
                    name: "contracts",
                    value: .object(
                        dataSet.contracts.sorted { $0.key < $1.key }.map {
                            .init(name: $0.key, value: .string($0.value))
                        }
                    )
                ),
                .init(name: "files", value: .array(files)),
            ] + summary + [
                .init(name: "notes", value: .array(notes.map { .string($0) }))
            ]
        return JSONTree.object(members).encode(pretty: true) + Array("\n".utf8)
    }

    /// Counts of what is in it, without a text.
    public var summary: [JSONTree.Member] {
        func counts(_ values: some Sequence<String>) -> JSONTree {
            let counted = values.reduce(into: [:]) { $0[$1, default: 0] += 1 }
            return .object(counted.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: .int($0.value)) })
        }
        let leftOut = leftOut.sorted { $0.key.rawValue < $1.key.rawValue }
        return [
            .init(name: "holdout", value: .string(options.holdout.rawValue)),
            .init(name: "reviewed", value: .int(reviewedCount)),
            .init(name: "unreviewed", value: .int(count - reviewedCount)),
            .init(name: "sources", value: counts(examples.lazy.map(\.source.rawValue))),
            .init(name: "versions", value: counts(examples.lazy.map { $0.version ?? "none" })),
            .init(name: "groups", value: .int(Set(examples.lazy.map(\.group)).count)),
            .init(
                name: "left_out",
                value: .object(leftOut.map { .init(name: $0.key.rawValue, value: .int($0.value)) })
            ),
        ]
    }

    /// Puts the data set on the store's books: as a document, and as an event without a text. What lies in files here is
    /// pinned: as long as the store has a candidate, it can be told whose line it is.
    /// - Throws: `.unavailable` where another one of that name stands there.
    public static func record(
        _ dataSet: DataSet,
        in ledger: any Ledger,
        by who: String
    ) async throws(StoreError) {
        let written = try await ledger.put(
            kind: DataSet.kind,
            id: dataSet.id,
            route: dataSet.route,
            json: dataSet.encode(),
            replacing: 0
        )
        // The same again, within a second: there is one of it.
        if written == nil {
            let there = try await recorded(dataSet.id, in: ledger)
            guard there?.files.map(\.path) == dataSet.files.map(\.path) else {
                throw .unavailable("a data set of this second and content is there, in other files: ask again")
            }
        }
        try await ledger.pin(
            dataSet.files.filter { $0.path != nil }.flatMap { $0.lines.map(\.candidate) },
            to: dataSet.id
        )
        guard written != nil else { return }
        var detail = JSONWriter()
        detail.beginObject()
        detail.name("dataset")
        detail.string(dataSet.id)
        detail.name("format")
        detail.string(dataSet.format.rawValue)
        for file in dataSet.files {
            detail.name(file.part.rawValue.utf8)
            detail.number(file.lines.count)
        }
        detail.endObject()
        try await ledger.add(LedgerEvent(who: who, what: "export", route: dataSet.route, detail: detail.bytes))
    }

    /// The same after its files were written: without a record of them nobody could forget what is in them, so they go.
    public static func recordOrRemove(
        _ dataSet: DataSet,
        in ledger: any Ledger,
        by who: String
    ) async throws(StoreError) {
        do throws(StoreError) {
            try await record(dataSet, in: ledger, by: who)
        } catch {
            let there = try await recorded(dataSet.id, in: ledger)
            let known = Set(there?.files.compactMap(\.path) ?? [])
            let gone = dataSet.files.compactMap(\.path).filter { !known.contains($0) }
            for path in gone { try? HarvestFile.remove(path) }
            if let first = gone.first { try? HarvestFile.remove(manifestPath(beside: first)) }
            throw error
        }
    }

    private static func recorded(_ id: String, in ledger: any Ledger) async throws(StoreError) -> DataSet? {
        try await ledger.document(kind: DataSet.kind, id: id).flatMap { DataSet(json: $0.json) }
    }

    private var parts: [Part] { options.validation > 0 ? Part.allCases : [.train] }

    static func path(of part: Part, beside path: String) -> String {
        part == .train ? path : stem(path) + ".validation" + path.dropFirst(stem(path).count)
    }

    static func manifestPath(beside path: String) -> String { stem(path) + ".manifest.json" }

    /// Without the ending of its name.
    private static func stem(_ path: String) -> String {
        guard let dot = path.lastIndex(of: "."), path[dot...].allSatisfy({ $0 != "/" }),
            dot != path.startIndex, path[path.index(before: dot)] != "/"
        else { return path }
        return String(path[..<dot])
    }

    private static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let here = getcwd(nil, 0) else { return path }
        defer { free(here) }
        return String(cString: here) + "/" + path
    }

    /// Another content for a file, whole or not at all.
    static func replace(_ path: String, _ bytes: [UInt8]) throws(FileError) {
        try writePartial(path, bytes)
        try HarvestFile.rename(path + ".partial", to: path)
    }

    private static func writePartial(_ path: String, _ bytes: [UInt8]) throws(FileError) {
        try HarvestFile.remove(path + ".partial")
        let file = try HarvestFile.create(path + ".partial")
        if let failure = bytes.withUnsafeBytes({ file.write($0).failure }) { throw failure }
        try file.synchronize()
    }
}
