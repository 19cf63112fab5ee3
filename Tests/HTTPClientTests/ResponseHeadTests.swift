import Testing

@testable import HTTPClient

struct ResponseHeadTests {
    private func read(_ lines: [String]) -> ResponseHead {
        var head = ResponseHead()
        for (index, line) in lines.enumerated() {
            let isComplete = Array((line + "\r\n").utf8).withUnsafeBytes { head.read(line: $0) }
            #expect(isComplete == (index == lines.count - 1 && line.isEmpty))
        }
        return head
    }

    @Test func `names are compared without case and values are trimmed`() {
        let head = read([
            "HTTP/1.1 200 OK", "CONTENT-TYPE:  application/json ", "Content-Length: 12", "retry-AFTER:\t3",
            "",
        ])
        #expect(head.status == 200)
        #expect(head.contentType == "application/json")
        #expect(head.contentLength == 12)
        #expect(head.retryAfter == "3")
        #expect(head.isComplete)
    }

    @Test func `names that only look alike are not taken`() {
        let head = read([
            "HTTP/2 404", "x-content-type: a", "content-types: b", "retry-aftex: 1", "content-lengths: 1",
            "",
        ])
        #expect(head.status == 404)
        #expect(head.contentType == nil)
        #expect(head.contentLength == nil)
        #expect(head.retryAfter == nil)
    }

    @Test func `an interim head is forgotten`() {
        var head = ResponseHead()
        for line in ["HTTP/1.1 103 Early Hints\r\n", "content-type: a\r\n", "\r\n"] {
            #expect(!Array(line.utf8).withUnsafeBytes { head.read(line: $0) })
        }
        _ = Array("HTTP/1.1 200 OK\r\n".utf8).withUnsafeBytes { head.read(line: $0) }
        #expect(head.contentType == nil)
        #expect(Array("\r\n".utf8).withUnsafeBytes { head.read(line: $0) })
        #expect(head.status == 200)
    }

    @Test func `trailers change nothing`() {
        var head = read(["HTTP/1.1 200 OK", "content-type: text/event-stream", ""])
        for line in ["content-type: other\r\n", "retry-after: late\r\n", "\r\n"] {
            #expect(!Array(line.utf8).withUnsafeBytes { head.read(line: $0) })
        }
        #expect(head.contentType == "text/event-stream")
    }

    @Test(arguments: ["", "-1", "+1", "12a", "0x10", "99999999999999999999", "1 2"])
    func `a length that is no number is unknown`(text: String) {
        #expect(read(["HTTP/1.1 200 OK", "content-length: \(text)", ""]).contentLength == nil)
    }

    @Test(arguments: [
        "H", "HTTP/", "HTTP/1.1", "HTTP/1.1 2", "HTTP/1.1 2000", ":", "::", "content-type", "content-type:",
    ])
    func `odd lines are survived`(line: String) {
        var head = ResponseHead()
        #expect(!Array((line + "\r\n").utf8).withUnsafeBytes { head.read(line: $0) })
        #expect(head.status == 0)
    }

    @Test(arguments: [
        ("X-RateLimit-Reset-Tokens: 6m0s\r\n", UpstreamField(name: "x-ratelimit-reset-tokens", value: "6m0s")),
        ("a:b:c\r\n", UpstreamField(name: "a", value: "b:c")),
        ("empty:\r\n", UpstreamField(name: "empty", value: "")),
        ("HTTP/1.1 200 odd: reason\r\n", nil),
        (": nameless\r\n", nil),
        ("\r\n", nil),
    ])
    func `a line becomes a field`(_ line: String, _ field: UpstreamField?) {
        #expect(Array(line.utf8).withUnsafeBytes { ResponseHead.field($0) } == field)
    }
}
