import JSON

/// `GET /v1/models` in OpenAI's shape; a route is what a client names as its model.
enum ModelList {
    /// - Parameter created: Unix seconds, of the settings in force.
    static func encode(_ names: [String], created: Int) -> [UInt8] {
        var writer = JSONWriter(reserving: 96 * names.count + 32)
        writer.beginObject()
        writer.name("object")
        writer.string("list")
        writer.name("data")
        writer.beginArray()
        for name in names { write(name, created, to: &writer) }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    static func encode(_ name: String, created: Int) -> [UInt8] {
        var writer = JSONWriter(reserving: 96)
        write(name, created, to: &writer)
        return writer.bytes
    }

    private static func write(_ name: String, _ created: Int, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("id")
        writer.string(name)
        writer.name("object")
        writer.string("model")
        writer.name("created")
        writer.number(created)
        writer.name("owned_by")
        writer.string("understudy")
        writer.endObject()
    }
}
