// What is known of a training file after it was written: which candidate each line came from, where the file lies,
// where it was uploaded to, and which models learnt from it. A document of the store (`Ledger`, kind `dataset`), so
// that somebody who asks to be forgotten can be, in the files too (Forgetting). Ids and digests only, no texts.

public import Digest
public import JSON

/// A data set: one or two files of lines.
public struct DataSet: Sendable, Equatable {
    public static let kind = "dataset"

    /// `20261123T000544-code-search-1f2e3d`: when, of what, and some digits of its content.
    public var id: String
    public var madeAt: WallTime
    public var format: ExportFormat
    /// Nil: of several.
    public var route: String?
    /// The contract in force of each route that it has lines of.
    public var contracts: [String: String]
    public var files: [File]
    /// Names of models that were trained on it.
    public var models: [String]
    /// Counts of what is in it and why the rest is not, as an object; nil in documents of earlier programs.
    public var summary: JSONTree?

    public struct File: Sendable, Equatable {
        public var part: Export.Part
        /// Absolute; nil where it was given to a browser or a pipe, and we do not know where it is now.
        public var path: String?
        public var sha256: Digest32
        public var lines: [Line]
        public var uploads: [Upload]

        public init(
            part: Export.Part,
            path: String?,
            sha256: Digest32,
            lines: [Line],
            uploads: [Upload] = []
        ) {
            self.part = part
            self.path = path
            self.sha256 = sha256
            self.lines = lines
            self.uploads = uploads
        }
    }

    public struct Line: Sendable, Equatable {
        public var candidate: CandidateID
        /// The first 16 hexadecimal digits of the line's SHA-256, without its line end.
        public var digest: String

        public init(candidate: CandidateID, digest: String) {
            self.candidate = candidate
            self.digest = digest
        }

        static func digest(of line: some Collection<UInt8>) -> String {
            SHA256.digest(of: Array(line)).hex(digits: 16)
        }
    }

    /// A copy at a provider.
    public struct Upload: Sendable, Equatable {
        public var baseURL: String
        /// `file-...`
        public var file: String

        public init(baseURL: String, file: String) {
            self.baseURL = baseURL
            self.file = file
        }
    }

    public init(
        id: String,
        madeAt: WallTime,
        format: ExportFormat,
        route: String?,
        contracts: [String: String],
        files: [File],
        models: [String] = [],
        summary: JSONTree? = nil
    ) {
        self.id = id
        self.madeAt = madeAt
        self.format = format
        self.route = route
        self.contracts = contracts
        self.files = files
        self.models = models
        self.summary = summary
    }
}

extension DataSet {
    /// Where one of its files lies: `train`, `validation` or `manifest`; nil: there is none, or it was given away.
    public func path(of file: String) -> String? {
        if file == "manifest" { return self.files.first?.path.map { Export.manifestPath(beside: $0) } }
        return files.first { $0.part.rawValue == file }?.path
    }

    /// The bytes of a file; nil where there is none. Blocks.
    public static func contents(of path: String) throws(FileError) -> [UInt8]? {
        guard HarvestFile.status(of: path) != nil else { return nil }
        return try HarvestFile.open(path).readAll()
    }

    public func encode() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("id")
        writer.string(id)
        writer.name("made_at")
        writer.string(madeAt.rfc3339)
        writer.name("format")
        writer.string(format.rawValue)
        writer.name("route")
        writer.stringOrNull(route)
        writer.name("contracts")
        writer.beginObject()
        for (route, contract) in contracts.sorted(by: { $0.key < $1.key }) {
            writer.name(route.utf8)
            writer.string(contract)
        }
        writer.endObject()
        writer.name("models")
        writer.beginArray()
        for model in models { writer.string(model) }
        writer.endArray()
        if let summary {
            writer.name("summary")
            writer.raw(summary.encode())
        }
        writer.name("files")
        writer.beginArray()
        for file in files { file.write(to: &writer) }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    /// Reads what `encode` wrote; nil for anything else. Members it does not know are ignored.
    public init?(json: some Collection<UInt8>) {
        guard let tree = try? JSONTree.parse(json), let id = tree["id"]?.string,
            let madeAt = tree["made_at"]?.string.flatMap({ WallTime(rfc3339: $0) }),
            let format = tree["format"]?.string.flatMap({ ExportFormat(rawValue: $0) }),
            let files = tree["files"]?.array
        else { return nil }
        self.init(
            id: id,
            madeAt: madeAt,
            format: format,
            route: tree["route"]?.string,
            contracts: (tree["contracts"]?.object ?? []).reduce(into: [:]) { $0[$1.name] = $1.value.string },
            files: files.compactMap { File($0) },
            models: (tree["models"]?.array ?? []).compactMap(\.string),
            summary: tree["summary"]
        )
    }
}

extension DataSet.File {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("part")
        writer.string(part.rawValue)
        writer.name("path")
        writer.stringOrNull(path)
        writer.name("sha256")
        writer.string(sha256.hex)
        writer.name("uploads")
        writer.beginArray()
        for upload in uploads {
            writer.beginObject()
            writer.name("base_url")
            writer.string(upload.baseURL)
            writer.name("file")
            writer.string(upload.file)
            writer.endObject()
        }
        writer.endArray()
        writer.name("lines")
        writer.beginArray()
        for line in lines {
            writer.beginArray()
            writer.string(line.candidate.description)
            writer.string(line.digest)
            writer.endArray()
        }
        writer.endArray()
        writer.endObject()
    }

    fileprivate init?(_ tree: JSONTree) {
        guard let part = tree["part"]?.string.flatMap({ Export.Part(rawValue: $0) }),
            let sha256 = tree["sha256"]?.string.flatMap({ Digest32(hex: $0) })
        else { return nil }
        self.init(
            part: part,
            path: tree["path"]?.string,
            sha256: sha256,
            lines: (tree["lines"]?.array ?? []).compactMap { line in
                guard let id = line[0]?.string.flatMap({ CandidateID($0) }), let digest = line[1]?.string else {
                    return nil
                }
                return DataSet.Line(candidate: id, digest: digest)
            },
            uploads: (tree["uploads"]?.array ?? []).compactMap { upload in
                guard let baseURL = upload["base_url"]?.string, let file = upload["file"]?.string else { return nil }
                return DataSet.Upload(baseURL: baseURL, file: file)
            }
        )
    }
}
