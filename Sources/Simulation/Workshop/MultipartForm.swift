/// The parts of a `multipart/form-data` body (RFC 7578), whole.
struct MultipartForm: Equatable {
    struct Part: Equatable {
        var name: String
        var filename: String?
        var content: ArraySlice<UInt8>
    }

    var parts: [Part] = []

    /// Nil where the type is another one, or the body is not what its boundary says.
    init?(_ body: [UInt8], contentType: String) {
        guard contentType.lowercased().hasPrefix("multipart/form-data"),
            let boundary = Self.parameter("boundary", of: contentType), !boundary.isEmpty
        else { return nil }
        let delimiter = Array("\r\n--\(boundary)".utf8)
        // The first delimiter has no line before it.
        guard body.starts(with: delimiter.dropFirst(2)) else { return nil }
        var rest = body[(delimiter.count - 2)...]
        while !rest.starts(with: "--".utf8) {
            guard rest.starts(with: "\r\n".utf8), let end = Self.first(delimiter, in: rest.dropFirst(2)),
                let part = Part(rest[(rest.startIndex + 2)..<end])
            else { return nil }
            parts.append(part)
            rest = rest[(end + delimiter.count)...]
        }
    }

    func text(_ name: String) -> String? {
        parts.last { $0.name == name }.map { String(decoding: $0.content, as: UTF8.self) }
    }

    func file(_ name: String) -> Part? { parts.last { $0.name == name && $0.filename != nil } }

    /// A parameter of a header's value, quoted or not.
    fileprivate static func parameter(_ name: String, of value: String) -> String? {
        for part in value.split(separator: ";").dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].drop(while: \.isWhitespace).lowercased() == name else { continue }
            let text = pair[1]
            return text.hasPrefix("\"") ? String(text.dropFirst().prefix { $0 != "\"" }) : String(text)
        }
        return nil
    }

    /// Where `pattern` begins; by its first byte, since bodies are megabytes.
    private static func first(_ pattern: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
        bytes.withUnsafeBufferPointer { buffer in
            var at = 0
            while at + pattern.count <= buffer.count {
                if buffer[at] == pattern[0], buffer[at..<(at + pattern.count)].elementsEqual(pattern) {
                    return bytes.startIndex + at
                }
                at += 1
            }
            return nil
        }
    }
}

extension MultipartForm.Part {
    fileprivate init?(_ bytes: ArraySlice<UInt8>) {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
        let field = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-disposition:") }
        guard let field, let name = MultipartForm.parameter("name", of: String(field)) else { return nil }
        self.init(
            name: name,
            filename: MultipartForm.parameter("filename", of: String(field)),
            content: bytes[end.upperBound...]
        )
    }
}
