/// Rows of a table as RFC 4180 has them: fields between quotes may hold separators, line ends and doubled quotes; a row
/// ends with LF or CRLF; a line without anything on it is no row. The separator is a comma, or what the first line
/// uses: a semicolon or a tab, as spreadsheets of some countries write.
struct CSVReader {
    struct Row: Equatable {
        /// The line it begins on, from 1.
        var line: Int
        var fields: [String]
    }

    struct Problem: Error, Equatable {
        var line: Int
        var message: String
    }

    private let bytes: ArraySlice<UInt8>
    private let separator: UInt8
    private var at: Int
    private var line = 1

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        at = bytes.startIndex
        let first = bytes.prefix { $0 != 0x0a }
        separator =
            first.contains(UInt8(ascii: ",")) ? UInt8(ascii: ",") : first.first { $0 == 0x3b || $0 == 0x09 } ?? 0x2c
    }

    /// Nil at the end.
    mutating func next() throws(Problem) -> Row? {
        while at < bytes.endIndex, bytes[at] == 0x0a || isCRLF { skipLineEnd() }
        guard at < bytes.endIndex else { return nil }
        var row = Row(line: line, fields: [])
        while true {
            row.fields.append(try field(of: row))
            guard at < bytes.endIndex, bytes[at] == separator else { break }
            at += 1
        }
        if at < bytes.endIndex { skipLineEnd() }
        return row
    }

    private var isCRLF: Bool { bytes[at] == 0x0d && at + 1 < bytes.endIndex && bytes[at + 1] == 0x0a }

    private mutating func skipLineEnd() {
        at += bytes[at] == 0x0d ? 2 : 1
        line += 1
    }

    private mutating func field(of row: Row) throws(Problem) -> String {
        var field: [UInt8] = []
        guard at < bytes.endIndex, bytes[at] == UInt8(ascii: "\"") else {
            while at < bytes.endIndex, bytes[at] != separator, bytes[at] != 0x0a, !isCRLF {
                guard bytes[at] != UInt8(ascii: "\"") else {
                    throw Problem(
                        line: line,
                        message: "a quote inside a field: put the whole field in quotes, and double this one"
                    )
                }
                field.append(bytes[at])
                at += 1
            }
            return String(decoding: field, as: UTF8.self)
        }
        at += 1
        while at < bytes.endIndex {
            let byte = bytes[at]
            at += 1
            if byte == UInt8(ascii: "\"") {
                guard at < bytes.endIndex, bytes[at] == UInt8(ascii: "\"") else {
                    guard at == bytes.endIndex || bytes[at] == separator || bytes[at] == 0x0a || isCRLF else {
                        throw Problem(line: line, message: "text after the closing quote: double quotes inside a field")
                    }
                    return String(decoding: field, as: UTF8.self)
                }
                at += 1
            }
            if byte == 0x0a { line += 1 }
            field.append(byte)
        }
        throw Problem(
            line: row.line,
            message: "a quote that is never closed: close it, or double it where it is part of the text"
        )
    }
}
