// A file of exchange records.
//
//     "UEXCHREC"   8 bytes
//     version      4 bytes
//     row size     4 bytes
//     blocks:  kind (4), payload bytes (4), CRC-32C of the payload (4), count (4), payload
//              kind 1: names, in the order of their indices, which begin where the names before ended:
//                      length (4) and UTF-8 text, `count` times
//              kind 2: `count` rows
//
// All little-endian. A name stands before the first row that refers to it, so whatever a crash leaves can be read, and
// so can a file that is being written: what is torn at its end, be it the header, is skipped.

import Digest

/// Exchange records read back from one file.
public struct ExchangeFile: Sendable {
    /// Rises when the meaning or place of a field changes.
    public static let version: UInt32 = 1

    static let magic = Array("UEXCHREC".utf8)
    static let namesKind: UInt32 = 1
    static let rowsKind: UInt32 = 2

    /// In the order of writing: by worker, within a worker by time of the answer.
    public let records: [ExchangeRecord]
    /// Bytes after the last whole block.
    public let tornBytes: Int
    private let texts: [String]

    /// Reads the whole file (files are rolled: some MiB). Blocks.
    public init(path: String) throws(ExchangeFileError) {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try HarvestFile.open(path).readAll()
        } catch {
            throw .file(error)
        }
        try self.init(bytes: bytes, path: path)
    }

    init(bytes: [UInt8], path: String) throws(ExchangeFileError) {
        guard bytes.count >= 16 || !Self.header.starts(with: bytes) else {
            (records, tornBytes, texts) = ([], bytes.count, [])
            return
        }
        guard bytes.starts(with: Self.magic), bytes.count >= 16 else { throw .foreign(path: path) }
        let version = Self.word(bytes, 8)
        let rowSize = Int(Self.word(bytes, 12))
        guard version == Self.version, rowSize == MemoryLayout<ExchangeRecord>.stride else {
            throw .version(path: path, found: version, known: Self.version)
        }
        var records: [ExchangeRecord] = []
        var texts: [String] = []
        var at = 16
        while at + 16 <= bytes.count {
            let start = at + 16
            let end = start + Int(Self.word(bytes, at + 4))
            guard end <= bytes.count, CRC32C.checksum(bytes[start..<end]) == Self.word(bytes, at + 8) else { break }
            let count = Int(Self.word(bytes, at + 12))
            switch Self.word(bytes, at) {
            case Self.rowsKind:
                guard count * rowSize == end - start else { throw .damaged(path: path, offset: at) }
                bytes.withUnsafeBytes { bytes in
                    for row in 0..<count {
                        records.append(
                            bytes.loadUnaligned(fromByteOffset: start + row * rowSize, as: ExchangeRecord.self)
                        )
                    }
                }
            case Self.namesKind:
                var place = start
                for _ in 0..<count {
                    guard place + 4 <= end, place + 4 + Int(Self.word(bytes, place)) <= end else {
                        throw .damaged(path: path, offset: at)
                    }
                    let length = Int(Self.word(bytes, place))
                    texts.append(String(decoding: bytes[place + 4..<place + 4 + length], as: UTF8.self))
                    place += 4 + length
                }
            default:
                throw .damaged(path: path, offset: at)
            }
            at = end
        }
        self.records = records
        self.texts = texts
        self.tornBytes = bytes.count - at
    }

    /// The text a record refers to; empty for `.none`.
    public func text(_ name: NameIndex) -> String {
        Int(name.rawValue) < texts.count ? texts[Int(name.rawValue)] : ""
    }

    private static func word(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
        bytes.withUnsafeBytes { UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) }
    }

    // MARK: Writing

    static var header: [UInt8] {
        var bytes = magic
        bytes.append(littleEndian: version)
        bytes.append(littleEndian: UInt32(MemoryLayout<ExchangeRecord>.stride))
        return bytes
    }

    static func appendNames(_ texts: [String], to bytes: inout [UInt8]) {
        var payload: [UInt8] = []
        for text in texts {
            payload.append(littleEndian: UInt32(text.utf8.count))
            payload.append(contentsOf: text.utf8)
        }
        payload.withUnsafeBytes { appendBlock(namesKind, count: texts.count, $0, to: &bytes) }
    }

    static func appendRows(_ rows: [ExchangeRecord], to bytes: inout [UInt8]) {
        rows.withUnsafeBytes { appendBlock(rowsKind, count: rows.count, $0, to: &bytes) }
    }

    private static func appendBlock(
        _ kind: UInt32,
        count: Int,
        _ payload: UnsafeRawBufferPointer,
        to bytes: inout [UInt8]
    ) {
        var checksum = CRC32C()
        checksum.update(payload)
        bytes.append(littleEndian: kind)
        bytes.append(littleEndian: UInt32(payload.count))
        bytes.append(littleEndian: checksum.value)
        bytes.append(littleEndian: UInt32(count))
        bytes.append(contentsOf: payload)
    }
}

/// Why a file of exchange records cannot be read.
public enum ExchangeFileError: Error, Sendable, Equatable, CustomStringConvertible {
    case file(FileError)
    /// No such file of ours.
    case foreign(path: String)
    /// Written by another version of the program.
    case version(path: String, found: UInt32, known: UInt32)
    /// A whole block that makes no sense.
    case damaged(path: String, offset: Int)

    public var description: String {
        switch self {
        case .file(let error): "\(error)"
        case .foreign(let path): "\(path) is no file of exchange records"
        case .version(let path, let found, let known):
            "\(path) has exchange records of version \(found), this program reads version \(known)"
        case .damaged(let path, let offset): "\(path) is damaged at byte \(offset)"
        }
    }
}
