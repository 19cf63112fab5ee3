import Glibc

/// A form with a file in it, as RFC 7578 has it: what an upload is.
struct MultipartBody {
    /// Between the parts; in none of them.
    let boundary: String
    private(set) var bytes: [UInt8] = []

    var contentType: String { "multipart/form-data; boundary=\(boundary)" }

    /// - Parameters:
    ///   - fields: names and values.
    ///   - file: its field's name, the name it is to have, and what is in it.
    init(fields: [(name: String, value: String)], file: (name: String, fileName: String, bytes: [UInt8])) {
        // The texts are the customers': a line that looks like a boundary must not end the file.
        var boundary = "understudy-form"
        while Self.occurs(boundary, in: file.bytes) { boundary += "-" + String(file.bytes.count, radix: 36) }
        self.boundary = boundary
        bytes.reserveCapacity(file.bytes.count + 1024)
        for field in fields {
            begin("form-data; name=\"\(Self.quoted(field.name))\"", type: nil)
            bytes += field.value.utf8
            bytes += "\r\n".utf8
        }
        let name = "form-data; name=\"\(Self.quoted(file.name))\"; filename=\"\(Self.quoted(file.fileName))\""
        begin(name, type: "application/jsonl")
        bytes += file.bytes
        bytes += "\r\n--\(boundary)--\r\n".utf8
    }

    private mutating func begin(_ disposition: String, type: String?) {
        bytes += "--\(boundary)\r\nContent-Disposition: \(disposition)\r\n".utf8
        if let type { bytes += "Content-Type: \(type)\r\n".utf8 }
        bytes += "\r\n".utf8
    }

    private static func occurs(_ boundary: String, in bytes: [UInt8]) -> Bool {
        let line = Array("--\(boundary)".utf8)
        return bytes.withUnsafeBytes { all in
            var rest = all[...]
            // By the byte it begins with: half a gigabyte is looked through.
            while rest.count >= line.count,
                let found = memchr(all.baseAddress! + rest.startIndex, CInt(line[0]), rest.count)
            {
                rest = all[(UnsafeRawPointer(found) - all.baseAddress!)...]
                if rest.starts(with: line) { return true }
                rest = rest.dropFirst()
            }
            return false
        }
    }

    /// What HTML has a browser do with names ("Multipart form data", HTML living standard).
    private static func quoted(_ name: String) -> String {
        // By scalars: to Swift a carriage return and the line feed behind it are one character.
        name.unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar {
            case "\"": text += "%22"
            case "\r": text += "%0D"
            case "\n": text += "%0A"
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}
