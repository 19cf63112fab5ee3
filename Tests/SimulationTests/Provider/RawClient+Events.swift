import JSON

/// A chunked event stream taken apart again, by the letter of HTML 9.2 and RFC 9112 7.1 and by none of our own readers.
struct ReceivedStream {
    /// The body's chunks as they came.
    var chunks: [[UInt8]] = []
    /// The last chunk came.
    var isWhole = false
    /// The data of each event; lines are joined by a line feed.
    var events: [String] = []
    var comments: [String] = []
    /// What follows the last blank line.
    var remainder = ""

    init(_ reply: RawClient.Reply) {
        var bytes = Array(reply.bytes)[...]
        guard let head = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return }
        bytes = bytes[head.upperBound...]
        while let line = bytes.firstRange(of: [0x0D, 0x0A]) {
            let size = Int(String(decoding: bytes[..<line.lowerBound], as: UTF8.self), radix: 16) ?? 0
            guard bytes.endIndex - line.upperBound >= size + 2 else { break }
            if size == 0 {
                isWhole = true
                break
            }
            chunks.append(Array(bytes[line.upperBound..<line.upperBound + size]))
            bytes = bytes[(line.upperBound + size + 2)...]
        }
        readLines(chunks.flatMap(\.self))
    }

    private mutating func readLines(_ bytes: [UInt8]) {
        var data: [String] = []
        var line: [UInt8] = []
        var at = 0
        while at < bytes.count {
            let byte = bytes[at]
            at += 1
            guard byte == 0x0D || byte == 0x0A else {
                line.append(byte)
                continue
            }
            if byte == 0x0D, at < bytes.count, bytes[at] == 0x0A { at += 1 }
            let text = String(decoding: line, as: UTF8.self)
            line = []
            if text.isEmpty {
                if !data.isEmpty { events.append(data.joined(separator: "\n")) }
                data = []
            } else if text.hasPrefix(":") {
                comments.append(text)
            } else if text.hasPrefix("data:") {
                let value = text.dropFirst(5)
                data.append(String(value.hasPrefix(" ") ? value.dropFirst() : value))
            }
        }
        remainder = (data + [String(decoding: line, as: UTF8.self)]).joined(separator: "\n")
    }

    /// The events that are objects.
    var objects: [JSONTree] { events.compactMap { try? JSONTree.parse($0.utf8) }.filter { $0.object != nil } }

    /// The text that the events' choice of this index says, in either dialect.
    func text(of choice: Int = 0) -> String {
        objects.compactMap { event -> String? in
            guard let part = event["choices"]?.array?.first(where: { $0["index"]?.int == choice }) else { return nil }
            return part["delta"]?["content"]?.string ?? part["text"]?.string
        }.joined()
    }
}

extension RawClient {
    /// Sends a request and takes what comes until the answer is whole or the connection ends.
    static func stream(_ port: Int, _ path: String, _ body: String) throws -> (reply: Reply, stream: ReceivedStream) {
        let reply = try RawClient(port: port).exchange("POST", path, body)
        return (reply, ReceivedStream(reply))
    }
}
