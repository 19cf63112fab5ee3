/// A whole answer as a value, for code that answers without holding the way back.
public struct HTTPReply: Sendable {
    public var status: Int
    /// Finished lines, each `name: value\r\n`; whoever makes them vouches for them.
    public var fields: [UInt8]
    public var body: [UInt8]

    public init(status: Int, fields: [UInt8] = [], body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
    }
}

extension Responder {
    public func respond(_ reply: HTTPReply) {
        respond(status: reply.status, fields: reply.fields, body: reply.body)
    }
}
