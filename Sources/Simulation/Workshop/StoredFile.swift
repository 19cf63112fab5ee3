import JSON

/// An uploaded file, or one that a job or a batch wrote.
struct StoredFile: Equatable {
    var id: String
    var filename: String
    var purpose: String
    var created: Int
    var content: [UInt8]
    /// Looks until it is processed; 0: it is.
    var looksLeft = 0

    var isProcessed: Bool { looksLeft == 0 }

    var tree: JSONTree {
        object([
            ("id", .string(id)), ("object", .string("file")), ("bytes", .int(content.count)),
            ("created_at", .int(created)), ("filename", .string(filename)), ("purpose", .string(purpose)),
            ("status", .string(isProcessed ? "processed" : "uploaded")), ("status_details", .null),
            ("expires_at", .null),
        ])
    }
}

/// All files, the oldest first; bounded in count and in bytes. Forgotten with the process.
struct FileShelf {
    static let mostFiles = 1000
    static let mostBytes = 256 << 20

    private(set) var files: [StoredFile] = []

    mutating func add(
        _ content: [UInt8],
        filename: String,
        purpose: String,
        looks: Int = 0
    ) throws(ProviderError) -> StoredFile {
        guard files.count < Self.mostFiles,
            files.reduce(content.count, { $0 + $1.content.count }) <= Self.mostBytes
        else {
            throw ProviderError(
                status: 400,
                message:
                    "You have reached the limit of \(Self.mostFiles) files or \(Self.mostBytes) bytes; delete some."
            )
        }
        let file = StoredFile(
            id: "file-" + randomName(),
            filename: filename,
            purpose: purpose,
            created: secondsSince1970(),
            content: content,
            looksLeft: looks
        )
        files.append(file)
        return file
    }

    func find(_ id: String) throws(ProviderError) -> StoredFile {
        guard let file = files.first(where: { $0.id == id }) else { throw Self.missing(id) }
        return file
    }

    /// The same, as somebody who waits for the file sees it: each look brings it nearer.
    mutating func look(at id: String) throws(ProviderError) -> StoredFile {
        guard let index = files.firstIndex(where: { $0.id == id }) else { throw Self.missing(id) }
        let file = files[index]
        if files[index].looksLeft > 0 { files[index].looksLeft -= 1 }
        return file
    }

    mutating func delete(_ id: String) throws(ProviderError) {
        guard let index = files.firstIndex(where: { $0.id == id }) else { throw Self.missing(id) }
        files.remove(at: index)
    }

    private static func missing(_ id: String) -> ProviderError {
        ProviderError(status: 404, message: "No such File object: \(id)", param: "id")
    }
}

/// Sixteen hexadecimal digits that nobody has seen before.
func randomName() -> String {
    let digits = String(UInt64.random(in: 0 ... .max), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
