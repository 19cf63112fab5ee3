// Training files by the page. What they are made of, and what keeps them from being made, is Harvest's (`Export`), as
// for `understudy candidates export`: the contract in force, no holdout, the provider's rules before a byte is written.
//
//   POST export/plan               what would be in them: counts, advice, what breaks a rule. Nothing is written
//   POST export                    writes them on the gateway's own disk, beside its spool: exports/ID/train.jsonl ...
//   GET  exports/ID/train          one of them, out of the file: also validation, manifest
//
// They are on the disk rather than only in the browser, so that somebody who asks to be forgotten can be, there too
// (Forgetting). All of it is held in memory while it is made, so one at a time, and no more than `most` candidates; the
// command line takes any number.

import Completions
import Digest
import HTTPServer
import Harvest
import JSON
import Settings
import Synchronization

extension ReviewAPI {
    /// Candidates of a route that the page makes a file of.
    private static let most = 100_000
    /// Of those that break a rule, so many are told.
    private static let mostViolations = 20

    func plan(_ request: PageRequest) async throws -> HTTPReply {
        let options = try await options(request)
        return try await alone {
            let export = try await planned(options)
            return PageReply.json(try Self.described(export, export.dataSet(), []))
        }
    }

    func export(_ request: PageRequest) async throws -> HTTPReply {
        let reviewer = try request.reviewer()
        let options = try await options(request)
        let directory = exports(await host.settings)
        return try await alone {
            let export = try await planned(options)
            guard export.isValid, export.count > 0 else {
                return PageReply.json(try Self.described(export, export.dataSet(), []), status: 422)
            }
            let dataSet: DataSet
            do {
                dataSet = try await Self.write(export, under: directory)
            } catch let error as FileError {
                throw APIError(status: 503, message: "The files were not written: \(error).", type: "server_error")
            }
            try await Export.recordOrRemove(dataSet, in: store, by: reviewer)
            await host.audit(
                "export",
                by: reviewer,
                route: options.route,
                [
                    ("dataset", dataSet.id), ("train", "\(export.count(.train))"),
                    ("validation", "\(export.count(.validation))"),
                ],
                isInStore: true
            )
            return PageReply.json(try Self.described(export, dataSet, dataSet.files.compactMap(\.path)))
        }
    }

    /// One of the files, as it is now: somebody may have been forgotten since.
    func exported(_ id: Substring, _ part: Substring) async throws -> HTTPReply {
        let document = try await store.document(kind: DataSet.kind, id: String(id))
        let dataSet = document.flatMap { DataSet(json: $0.json) }
        let place = exports(await host.settings) + "/"
        guard let path = dataSet?.path(of: String(part)), path.hasPrefix(place), !path.contains("/../"),
            let bytes = try await Self.read(path)
        else {
            throw APIError(
                status: 404,
                message: "There is no such file here. It may be on another gateway's disk, or was moved.",
                type: "invalid_request_error",
                code: "export_not_found"
            )
        }
        let type = part == "manifest" ? "application/json" : "application/jsonl"
        let ending = part == "manifest" ? "manifest.json" : "\(part).jsonl"
        let name = String(id.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" })
        var fields = Array("content-type: \(type)\r\ncache-control: no-store\r\n".utf8)
        fields += "content-disposition: attachment; filename=\"\(name).\(ending)\"\r\n".utf8
        fields += PageShelf.shared
        return HTTPReply(status: 200, fields: fields, body: bytes)
    }

    // MARK: What is wanted

    private func options(_ request: PageRequest) async throws -> ExportOptions {
        let name = try request.required("route")
        let settings = await host.settings
        guard let route = settings.routes[name] else { throw PageRequest.wrong("route", "is no route of the settings") }
        guard let format = ExportFormat(rawValue: try request.required("format")) else {
            let words = ExportFormat.allCases.map(\.rawValue).joined(separator: " or ")
            throw PageRequest.wrong("format", "is \(words)")
        }
        let percent = try request.count("validation", in: 0...50, default: 0)
        let isReviewedOnly = try request.flag("reviewed")
        return ExportOptions(
            format: format,
            route: name,
            statuses: isReviewedOnly ? [.accepted, .edited] : ExportOptions.exportable,
            contracts: settings.routes.mapValues(\.contract),
            prompts: settings.routes.compactMapValues { $0.trainingTarget.map { SmallPrompt($0) } },
            validation: Double(percent) / 100,
            leavesOutInvalid: try request.flag("skip_invalid"),
            holdout: try await Holdout.kind(of: name, contract: route.contract, in: store)
        )
    }

    /// Beside the spool: there the gateway may write, and so does nobody else.
    private func exports(_ settings: GatewaySettings) -> String {
        let spool = settings.harvest.spool
        return (spool.lastIndex(of: "/").map { String(spool[..<$0]) } ?? ".") + "/exports"
    }

    // MARK: The work

    private func alone(_ body: () async throws -> HTTPReply) async throws -> HTTPReply {
        let isFree = isExporting.withLock { flag in
            defer { flag = true }
            return !flag
        }
        guard isFree else {
            throw APIError(
                status: 409,
                message: "An export is being made just now. Try again in a moment.",
                type: "invalid_request_error",
                code: "export_under_way"
            )
        }
        defer { isExporting.withLock { $0 = false } }
        return try await body()
    }

    /// Reads and compares a whole route's texts: not on the loop of whoever calls.
    @concurrent private func planned(_ options: ExportOptions) async throws -> Export {
        let filter = CandidateFilter(route: options.route, statuses: options.statuses)
        let count = try await store.counts(filter).reduce(0) { $0 + $1.count }
        guard count <= Self.most else {
            throw APIError(
                status: 422,
                message: "The route has \(count) candidates; the page takes up to \(Self.most). "
                    + "'understudy candidates export' takes any number.",
                type: "invalid_request_error",
                code: "too_many"
            )
        }
        return try await Export.plan(from: store, options)
    }

    @concurrent private static func write(_ export: Export, under directory: String) async throws -> DataSet {
        try export.write(under: directory)
    }

    @concurrent private static func read(_ path: String) async throws -> [UInt8]? { try DataSet.contents(of: path) }

    // MARK: What is said of it

    /// - Parameter paths: of what was written.
    private static func described(_ export: Export, _ dataSet: DataSet, _ paths: [String]) throws -> [UInt8] {
        let manifest = export.manifest(of: dataSet)
        return PageReply.object { writer in
            writer.name("valid")
            writer.bool(export.isValid)
            writer.name("examples")
            writer.number(export.count)
            writer.name("violations")
            writer.beginArray()
            for violation in export.violations.prefix(mostViolations) {
                writer.beginObject()
                writer.name("candidate")
                writer.orNull(violation.id.map { "\($0)" })
                writer.name("rule")
                writer.string(violation.rule)
                writer.name("message")
                writer.string(violation.message)
                writer.endObject()
            }
            writer.endArray()
            writer.name("violation_count")
            writer.number(export.violations.count)
            writer.name("paths")
            writer.beginArray()
            for path in paths { writer.string(path) }
            writer.endArray()
            writer.name("manifest")
            writer.raw(manifest)
        }
    }
}
