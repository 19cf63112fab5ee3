// Reads one request head, strictly.
//
// http_parser reads the head, but lets through what makes two servers disagree about where a request ends: a space
// before a colon, bare LF, folded lines, no or two Hosts, HTTP/1.2. So the raw bytes are checked first, line by line,
// which also yields the ranges of names and values; then http_parser reads the same bytes and must agree. What either
// refuses is refused. It sees heads only, whole and alone: body framing is `BodyFraming` and `ChunkedBody`, so that one
// piece of code decides where a body ends.

import CHTTPParser
import Glibc

/// What is said to a client whose request is not served: one answer, then the connection is closed.
struct Refusal: Equatable {
    var status: Int
    var message: StaticString

    static func == (a: Refusal, b: Refusal) -> Bool { a.status == b.status }

    static func malformed(_ message: StaticString) -> Refusal { Refusal(status: 400, message: message) }
}

enum BodyFraming: Equatable {
    case none
    case length(Int)
    case chunked
}

/// What a head says beyond its fields.
struct RequestHead {
    var method: HTTPMethod
    var target: Range<Int>
    var framing: BodyFraming
    var keepsAlive: Bool
    var isHTTP10: Bool
    var expectsContinue: Bool
}

/// One per server: every head is read in one go, so nothing is kept between calls but the buffers' capacity.
final class HeadParser {
    private var parser = http_parser()
    private var settings = http_parser_settings()
    private var headsSeen = 0

    /// http_parser has a limit of its own for all its users, 80 KiB; ours (`HTTPServer.Limits.headers`) comes first.
    private static let liftLimit: Void = http_parser_set_max_header_size(UInt32.max / 2)

    init() {
        _ = HeadParser.liftLimit
        http_parser_settings_init(&settings)
        settings.on_headers_complete = { parser in
            parser!.pointee.data.assumingMemoryBound(to: Int.self).pointee += 1
            return 0
        }
    }

    /// - Parameters:
    ///   - bytes: from the request line's first byte to the empty line's LF, every line ended by CRLF.
    ///   - fields: gets the ranges of names and values in `bytes`; its storage is used again.
    func parse(
        _ bytes: UnsafeBufferPointer<UInt8>,
        into fields: inout [HeaderFields.Field]
    ) throws(HeadError) -> RequestHead {
        fields.removeAll(keepingCapacity: true)
        guard let firstLineEnd = lineEnd(bytes, from: 0) else { throw .malformed("the request has no line") }
        let line = try requestLine(bytes, end: firstLineEnd)
        var notes = Notes()
        var start = firstLineEnd + 2
        while start + 2 < bytes.count {
            guard let end = lineEnd(bytes, from: start) else { throw .malformed("a header line is not ended by CRLF") }
            let field = try headerLine(bytes, from: start, to: end)
            try notes.take(field, bytes)
            fields.append(field)
            start = end + 2
        }
        try askHTTPParser(bytes)
        return try judge(line, notes)
    }

    // MARK: By hand

    private struct RequestLine {
        var methodEnd: Int
        var target: Range<Int>
        var isHTTP10: Bool
    }

    private func lineEnd(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        guard let base = bytes.baseAddress, let found = memchr(base + start, 10, bytes.count - start) else {
            return nil
        }
        let index = UnsafeRawPointer(base).distance(to: UnsafeRawPointer(found)) - 1
        return index >= start && bytes[index] == 13 ? index : nil
    }

    private func requestLine(
        _ bytes: UnsafeBufferPointer<UInt8>,
        end: Int
    ) throws(HeadError) -> RequestLine {
        var index = 0
        while index < end, isToken(bytes[index]) { index += 1 }
        let methodEnd = index
        guard methodEnd > 0, index < end, bytes[index] == 0x20 else { throw .malformed("the method is malformed") }
        index += 1
        let targetStart = index
        while index < end, bytes[index] > 0x20, bytes[index] < 0x7f { index += 1 }
        guard index > targetStart, index < end, bytes[index] == 0x20 else {
            throw .malformed("the request target is malformed")
        }
        let targetEnd = index
        let version = UnsafeBufferPointer(rebasing: bytes[(index + 1)..<end])
        guard version.count == 8, version.starts(with: "HTTP/1.".utf8), version[7] == 0x30 || version[7] == 0x31 else {
            throw .malformed("only HTTP/1.0 and HTTP/1.1 are spoken here")
        }
        return RequestLine(methodEnd: methodEnd, target: targetStart..<targetEnd, isHTTP10: version[7] == 0x30)
    }

    private func headerLine(
        _ bytes: UnsafeBufferPointer<UInt8>,
        from start: Int,
        to end: Int
    ) throws(HeadError) -> HeaderFields.Field {
        var index = start
        while index < end, isToken(bytes[index]) { index += 1 }
        guard index > start, index < end, bytes[index] == 0x3a else {
            // A space before the colon, a folded line, an empty name, no colon at all: RFC 9112, 5.1 and 5.2.
            throw .malformed("a header name is malformed, or a header line is folded")
        }
        let nameEnd = index
        index += 1
        while index < end, bytes[index] == 0x20 || bytes[index] == 0x09 { index += 1 }
        let valueStart = index
        while index < end {
            let byte = bytes[index]
            guard byte >= 0x20 && byte != 0x7f || byte == 0x09 else {
                throw .malformed("a header value holds a control character")
            }
            index += 1
        }
        while index > valueStart, bytes[index - 1] == 0x20 || bytes[index - 1] == 0x09 { index -= 1 }
        return HeaderFields.Field(
            nameStart: UInt32(start),
            nameEnd: UInt32(nameEnd),
            valueStart: UInt32(valueStart),
            valueEnd: UInt32(index)
        )
    }

    /// What the fields that decide about framing say.
    private struct Notes {
        var hosts = 0
        var length: Int?
        var isChunked = false
        var expectsContinue = false
        var expectsElse = false

        mutating func take(_ field: HeaderFields.Field, _ bytes: UnsafeBufferPointer<UInt8>) throws(HeadError) {
            let name = UnsafeBufferPointer(rebasing: bytes[Int(field.nameStart)..<Int(field.nameEnd)])
            func named(_ text: StaticString) -> Bool {
                equalsLowercase(name, UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
            }
            func value(is text: StaticString) -> Bool {
                let value = UnsafeBufferPointer(rebasing: bytes[Int(field.valueStart)..<Int(field.valueEnd)])
                return equalsLowercase(
                    value,
                    UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
                )
            }
            switch name.count {
            case 4 where named("host"):
                hosts += 1
            case 6 where named("expect"):
                if value(is: "100-continue") { expectsContinue = true } else { expectsElse = true }
            case 14 where named("content-length"):
                guard length == nil else { throw .malformed("two Content-Length fields") }
                // 18 digits do not overflow; larger is refused as too large by its number, not by its length.
                let digits = bytes[Int(field.valueStart)..<Int(field.valueEnd)]
                guard !digits.isEmpty, digits.count <= 18, digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
                    throw .malformed("Content-Length is not a number")
                }
                length = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
            case 17 where named("transfer-encoding"):
                // Twice, or any other list: somebody else might read the body's end differently.
                guard !isChunked, value(is: "chunked") else {
                    throw .malformed("the only Transfer-Encoding understood is one \"chunked\"")
                }
                isChunked = true
            default:
                break
            }
        }
    }

    // MARK: http_parser

    private func askHTTPParser(_ bytes: UnsafeBufferPointer<UInt8>) throws(HeadError) {
        http_parser_init(&parser, HTTP_REQUEST)
        headsSeen = 0
        let used = withUnsafeMutablePointer(to: &headsSeen) { seen in
            parser.data = UnsafeMutableRawPointer(seen)
            defer { parser.data = nil }
            return bytes.withMemoryRebound(to: CChar.self) { characters in
                http_parser_execute(&parser, &settings, characters.baseAddress, characters.count)
            }
        }
        let code = http_errno(rawValue: UInt32(parser.http_errno))
        if code == HPE_INVALID_METHOD { throw .refused(405, "this method is not served here") }
        guard code == HPE_OK, used == bytes.count, headsSeen == 1 else { throw .malformed("the request is malformed") }
    }

    private func judge(_ line: RequestLine, _ notes: Notes) throws(HeadError) -> RequestHead {
        guard notes.hosts == 1 || (line.isHTTP10 && notes.hosts == 0) else {
            throw .malformed("a request needs exactly one Host")
        }
        guard !(notes.isChunked && notes.length != nil) else {
            throw .malformed("Content-Length and Transfer-Encoding in one request")
        }
        guard !(notes.isChunked && line.isHTTP10) else { throw .malformed("HTTP/1.0 has no Transfer-Encoding") }
        let method: HTTPMethod
        switch http_method(rawValue: UInt32(parser.method)) {
        case HTTP_GET: method = .get
        case HTTP_HEAD: method = .head
        case HTTP_POST: method = .post
        case HTTP_PUT: method = .put
        case HTTP_DELETE: method = .delete
        case HTTP_OPTIONS: method = .options
        case HTTP_PATCH: method = .patch
        default: throw .refused(405, "this method is not served here")
        }
        guard !notes.expectsElse else { throw .refused(417, "the only expectation met is 100-continue") }
        let framing: BodyFraming =
            notes.isChunked ? .chunked : (notes.length ?? 0) > 0 ? .length(notes.length ?? 0) : .none
        return RequestHead(
            method: method,
            target: line.target,
            framing: framing,
            keepsAlive: http_should_keep_alive(&parser) != 0,
            isHTTP10: line.isHTTP10,
            expectsContinue: notes.expectsContinue && !line.isHTTP10
        )
    }
}

struct HeadError: Error {
    var refusal: Refusal
    static func malformed(_ message: StaticString) -> HeadError { HeadError(refusal: .malformed(message)) }
    static func refused(_ status: Int, _ message: StaticString) -> HeadError {
        HeadError(refusal: Refusal(status: status, message: message))
    }
}

/// RFC 9110, 5.6.2: the characters of a token.
@inline(__always) func isToken(_ byte: UInt8) -> Bool {
    // One bit per character: ! # $ % & ' * + - . 0-9 in the low half, A-Z ^ _ ` a-z | ~ in the high one.
    let low: UInt64 = 0x03ff_6cfa_0000_0000
    let high: UInt64 = 0x57ff_ffff_c7ff_fffe
    guard byte < 128 else { return false }
    return (byte < 64 ? low >> UInt64(byte) : high >> UInt64(byte & 63)) & 1 == 1
}
