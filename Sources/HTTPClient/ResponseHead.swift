import Glibc

/// Reads the lines of an answer's head as curl passes them on, each whole and with its line end.
///
/// Kept are the status, the length and two headers; the others cost one look at their name's length and no memory.
/// Interim answers (1xx) are passed over, and so are the trailers after a chunked body.
struct ResponseHead {
    private(set) var status = 0
    private(set) var contentType: String?
    private(set) var retryAfter: String?
    /// Bytes of the body; nil where the head does not say.
    private(set) var contentLength: Int?
    /// The empty line was seen: the body follows.
    private(set) var isComplete = false
    /// Bytes of all lines so far, of interim answers and trailers too.
    private(set) var size = 0
    /// Providers send a few KiB.
    static let maximumSize = 64 << 10

    /// - Returns: whether the head became complete with this line.
    mutating func read(line: UnsafeRawBufferPointer) -> Bool {
        size += line.count
        if isComplete { return false }
        if line.count >= 5, line[0] == UInt8(ascii: "H"), line[4] == UInt8(ascii: "/") {
            let size = size
            self = ResponseHead()
            self.size = size
            status = ResponseHead.status(line)
            return false
        }
        if line.count <= 2 {
            // curl consumes interim answers itself, and then starts over with another status line.
            isComplete = status >= 200
            return isComplete
        }
        switch line.count(ofName: 15) {
        case 11 where line.starts(withName: "retry-after"):
            retryAfter = String(decoding: line.value(after: 11), as: UTF8.self)
        case 12 where line.starts(withName: "content-type"):
            contentType = ResponseHead.mediaType(line.value(after: 12))
        case 14 where line.starts(withName: "content-length"):
            contentLength = ResponseHead.number(line.value(after: 14))
        default:
            break
        }
        return false
    }

    /// A line of the head as a field; nil for what is none.
    static func field(_ line: UnsafeRawBufferPointer) -> UpstreamField? {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0 else { return nil }
        let name = line[..<colon]
        guard !name.contains(where: { $0 <= 0x20 || $0 >= 0x7f }) else { return nil }
        return UpstreamField(
            name: String(decoding: name.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self),
            value: String(decoding: line.value(after: colon), as: UTF8.self)
        )
    }

    /// The digits after the first space: `HTTP/1.1 200 OK`, `HTTP/2 200`.
    private static func status(_ line: UnsafeRawBufferPointer) -> Int {
        guard let space = line.firstIndex(of: UInt8(ascii: " ")) else { return 0 }
        let digits = line[(space + 1)...].prefix { $0 >= 0x30 && $0 <= 0x39 }
        return digits.count == 3 ? number(UnsafeRawBufferPointer(rebasing: digits)) ?? 0 : 0
    }

    private static func number(_ digits: UnsafeRawBufferPointer) -> Int? {
        guard !digits.isEmpty, digits.count <= 18 else { return nil }
        var number = 0
        for digit in digits {
            guard digit >= 0x30, digit <= 0x39 else { return nil }
            number = number * 10 + Int(digit - 0x30)
        }
        return number
    }

    /// The two usual ones are constants, so that they cost no memory.
    private static func mediaType(_ value: UnsafeRawBufferPointer) -> String {
        if value.equals("application/json") { return "application/json" }
        if value.equals("text/event-stream") { return "text/event-stream" }
        return String(decoding: value, as: UTF8.self)
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func equals(_ text: StaticString) -> Bool {
        count == text.utf8CodeUnitCount && memcmp(baseAddress!, text.utf8Start, count) == 0
    }

    /// Where the colon is, looked for in the first `limit` bytes; -1: not there.
    fileprivate func count(ofName limit: Int) -> Int {
        for index in 0..<Swift.min(limit, count) where self[index] == UInt8(ascii: ":") { return index }
        return -1
    }

    /// Compares without case; `name` is in lower case and letters and hyphens only.
    fileprivate func starts(withName name: StaticString) -> Bool {
        for index in 0..<name.utf8CodeUnitCount where self[index] | 0x20 != name.utf8Start[index] | 0x20 {
            return false
        }
        return true
    }

    /// What follows the colon at `colon`, without the white space around it and the line end.
    fileprivate func value(after colon: Int) -> UnsafeRawBufferPointer {
        var first = colon + 1
        var end = count
        while first < end, self[first] <= 0x20 { first += 1 }
        while end > first, self[end - 1] <= 0x20 { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: self[first..<end])
    }
}
