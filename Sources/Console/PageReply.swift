import HTTPServer
import JSON

/// JSON for a page of ours.
enum PageReply {
    static func json(_ body: [UInt8], status: Int = 200) -> HTTPReply {
        var fields = Array("content-type: application/json\r\ncache-control: no-store\r\n".utf8)
        fields += PageShelf.shared
        return HTTPReply(status: status, fields: fields, body: body)
    }

    /// `{ ... }` of whatever `body` writes.
    static func object(_ body: (inout JSONWriter) throws -> Void) rethrows -> [UInt8] {
        var writer = JSONWriter(reserving: 1024)
        writer.beginObject()
        try body(&writer)
        writer.endObject()
        return writer.bytes
    }

    /// `{"data": [...]}`
    static func list<Item>(_ items: [Item], _ write: (Item, inout JSONWriter) -> Void) -> [UInt8] {
        object { writer in
            writer.name("data")
            writer.list(items, write)
        }
    }
}

extension JSONWriter {
    /// `[...]`
    mutating func list<Item>(_ items: [Item], _ write: (Item, inout JSONWriter) -> Void) {
        beginArray()
        for item in items { write(item, &self) }
        endArray()
    }
}
