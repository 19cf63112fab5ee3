// hiredis' reply parser without hiredis' replies.
//
// `redisReader` calls us for each value as it finds it, and keeps whatever pointer we return. We return always the
// same one, and keep the value itself here: a bulk string is copied once, out of the reader's buffer into the array
// that the caller gets, and no `redisReply` is ever allocated. Values inside arrays are parsed and thrown away: no
// command of ours is answered with an array.
//
// Why the parser and not hiredis' asynchronous context (0.14): that one frees itself in its own callbacks, has no
// timeouts, resolves names by blocking, asserts on replies that nobody awaits, and makes four epoll_ctl of each
// command. A watch, a write buffer and a queue are less code than its adapter with all that guarded, and cheaper.

import CHiredis

enum RedisReply: Equatable {
    case bytes([UInt8])
    /// `+OK`, `+PONG`.
    case status
    /// The message with its code in front: `OOM command not allowed ...`.
    case error([UInt8])
    case integer(Int64)
    case null
    case array
}

/// What came is not the Redis protocol, or a reply beyond all measure: the connection is of no more use.
struct RedisProtocolError: Error {
    let what: String
}

/// The parser of one connection. Confined to its link's loop.
final class ReplyReader {
    /// Values are at most 512 MiB in Redis; an answer of ours is at most a few `max_answer`.
    static let longestReply = 32 * 1024 * 1024

    private let functions: UnsafeMutablePointer<redisReplyObjectFunctions>
    /// Freed in `deinit`; points back at us, unretained, and at `functions`.
    private let reader: UnsafeMutablePointer<redisReader>
    private var reply: RedisReply?
    private unowned let link: RedisLink?

    /// - Parameter link: asked whether the next reply's bytes are of use to anyone; if not they are not copied.
    init(link: RedisLink?) {
        self.link = link
        functions = .allocate(capacity: 1)
        functions.initialize(
            to: redisReplyObjectFunctions(
                createString: { task, text, count in
                    ReplyReader.take(task) {
                        $0.string(task!.pointee.type, UnsafeRawBufferPointer(start: text, count: count))
                    }
                },
                createArray: { task, _ in ReplyReader.take(task) { _ in .array } },
                createInteger: { task, value in ReplyReader.take(task) { _ in .integer(value) } },
                createNil: { task in ReplyReader.take(task) { _ in .null } },
                freeObject: { _ in }
            )
        )
        guard let reader = redisReaderCreateWithFunctions(functions) else { fatalError("out of memory") }
        self.reader = reader
        reader.pointee.privdata = Unmanaged.passUnretained(self).toOpaque()
        // By default the buffer is freed whenever it is empty and larger than 16 KiB, to be made again at once.
        reader.pointee.maxbuf = 256 * 1024
    }

    deinit {
        redisReaderFree(reader)
        functions.deallocate()
    }

    func feed(_ bytes: UnsafeRawBufferPointer) throws(RedisProtocolError) {
        guard redisReaderFeed(reader, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count) == REDIS_OK
        else {
            throw failure
        }
        if reader.pointee.len - reader.pointee.pos > Self.longestReply {
            throw RedisProtocolError(what: "a reply of more than \(Self.longestReply) bytes")
        }
    }

    /// The next whole reply, if there is one.
    func next() throws(RedisProtocolError) -> RedisReply? {
        var found: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &found) == REDIS_OK else { throw failure }
        guard found != nil else { return nil }
        defer { reply = nil }
        return reply
    }

    private var failure: RedisProtocolError {
        RedisProtocolError(
            what: withUnsafeBytes(of: &reader.pointee.errstr) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        )
    }

    private func string(_ type: CInt, _ bytes: UnsafeRawBufferPointer) -> RedisReply {
        switch type {
        case REDIS_REPLY_STATUS: .status
        case REDIS_REPLY_ERROR: .error([UInt8](bytes))
        default: .bytes(link?.wantsBytes ?? true ? [UInt8](bytes) : [])
        }
    }

    /// Keeps the value unless it lies inside an array.
    /// - Returns: a pointer that means "made", and to nothing.
    private static func take(
        _ task: UnsafePointer<redisReadTask>?,
        _ value: (ReplyReader) -> RedisReply
    ) -> UnsafeMutableRawPointer? {
        let me = Unmanaged<ReplyReader>.fromOpaque(task!.pointee.privdata).takeUnretainedValue()
        if task!.pointee.parent == nil { me.reply = value(me) }
        return UnsafeMutableRawPointer(bitPattern: 8)
    }
}

@available(*, unavailable, message: "confined to its link's loop")
extension ReplyReader: Sendable {}
