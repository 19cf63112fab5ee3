public import JSON

// An event of the audit log as programs read it.
extension LedgerEvent {
    public func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("at")
        writer.string(at.rfc3339)
        writer.name("who")
        writer.string(who)
        writer.name("what")
        writer.string(what)
        writer.name("route")
        writer.stringOrNull(route)
        writer.name("detail")
        writer.rawOrNull(detail)
        writer.endObject()
    }

    public func encode() -> [UInt8] {
        var writer = JSONWriter(reserving: 256)
        write(to: &writer)
        return writer.bytes
    }
}
