import HTTPServer
import Testing

/// The cases in which servers are known to disagree about where a request ends. Each is sent to a live server whole and
/// byte by byte, with a complete second request behind it that must not be served when the first is refused.
@Suite struct FramingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var bytes: String
        var testDescription: String { name }
        init(_ name: String, _ bytes: String) {
            self.name = name
            self.bytes = bytes
        }
    }

    static let smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"

    /// A POST to /first with these header lines and this body.
    static func post(_ lines: String, _ body: String = "") -> String {
        "POST /first HTTP/1.1\r\nHost: a\r\n\(lines)\r\n\(body)"
    }

    static func chunked(_ body: String) -> String { post("Transfer-Encoding: chunked\r\n", body) }

    static let malformed: [Case] = [
        Case(
            "Content-Length with Transfer-Encoding",
            post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")
        ),
        Case(
            "Transfer-Encoding with Content-Length",
            post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n")
        ),
        Case("two different Content-Length", post("Content-Length: 0\r\nContent-Length: 35\r\n")),
        Case("two equal Content-Length", post("Content-Length: 2\r\nContent-Length: 2\r\n", "ab")),
        Case("a list in Content-Length", post("Content-Length: 2, 2\r\n", "ab")),
        Case("a space before the colon of Content-Length", post("Content-Length : 35\r\n")),
        Case("a tab before the colon of Content-Length", post("Content-Length\t: 35\r\n")),
        Case("Transfer-Encoding gzip", post("Transfer-Encoding: gzip\r\n")),
        Case("Transfer-Encoding xchunked", post("Transfer-Encoding: xchunked\r\n")),
        Case("Transfer-Encoding with a vertical tab", post("Transfer-Encoding: \u{0b}chunked\r\n")),
        Case("Transfer-Encoding gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")),
        Case("Transfer-Encoding chunked, chunked", post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n")),
        Case("Transfer-Encoding chunked, identity", post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n")),
        Case(
            "two Transfer-Encoding",
            post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")
        ),
        Case("an empty Transfer-Encoding", post("Transfer-Encoding:\r\n", "0\r\n\r\n")),
        Case("a quoted Transfer-Encoding", post("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n")),
        Case("a space before the colon of Transfer-Encoding", post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n")),
        Case("Content-Length +5", post("Content-Length: +5\r\n", "abcde")),
        Case("Content-Length -5", post("Content-Length: -5\r\n", "abcde")),
        Case("Content-Length 0x5", post("Content-Length: 0x5\r\n", "abcde")),
        Case("Content-Length 5 junk", post("Content-Length: 5 junk\r\n", "abcde")),
        Case("Content-Length 5 5", post("Content-Length: 5 5\r\n", "abcde")),
        Case("an empty Content-Length", post("Content-Length:\r\n")),
        Case("Content-Length beyond 64 bits", post("Content-Length: 99999999999999999999999\r\n")),
        Case("chunk size 0x5", chunked("0x5\r\nabcde\r\n0\r\n\r\n")),
        Case("chunk size +5", chunked("+5\r\nabcde\r\n0\r\n\r\n")),
        Case("chunk size -0", chunked("-0\r\n\r\n")),
        Case("chunk size 5 junk", chunked("5 junk\r\nabcde\r\n0\r\n\r\n")),
        Case("chunk size with a trailing space", chunked("5 \r\nabcde\r\n0\r\n\r\n")),
        Case("chunk size with a leading space", chunked(" 5\r\nabcde\r\n0\r\n\r\n")),
        Case("chunk size 5_0", chunked("5_0\r\nabcde\r\n0\r\n\r\n")),
        Case("an empty chunk size", chunked("\r\nabcde\r\n0\r\n\r\n")),
        Case("a chunk size beyond 64 bits", chunked("10000000000000005\r\nabcde\r\n0\r\n\r\n")),
        Case("a chunk without CRLF after its data", chunked("5\r\nabcde0\r\n\r\n")),
        Case("a chunk longer than its size", chunked("3\r\nabcde\r\n0\r\n\r\n")),
        Case("a chunk size line with a bare LF", chunked("5\nabcde\r\n0\r\n\r\n")),
        Case("chunk data ended by a bare LF", chunked("5\r\nabcde\n0\r\n\r\n")),
        Case("a last chunk with bare LF", chunked("5\r\nabcde\r\n0\n\n")),
        Case("a chunk extension with a bare LF", chunked("5;a=b\nabcde\r\n0\r\n\r\n")),
        Case("a chunk extension with a bare CR", chunked("5;a\rb\r\nabcde\r\n0\r\n\r\n")),
        Case("a folded trailer", chunked("0\r\nA: b\r\n c\r\n\r\n")),
        Case("a trailer without colon", chunked("0\r\njunk\r\n\r\n")),
        Case("header lines with bare LF", "GET /first HTTP/1.1\nHost: a\n\n"),
        Case("one header line with a bare LF", "GET /first HTTP/1.1\r\nA: b\nHost: a\r\n\r\n"),
        Case("an empty line with a bare LF", "GET /first HTTP/1.1\r\nHost: a\r\n\n"),
        Case("a bare CR in a value", "GET /first HTTP/1.1\r\nHost: a\r\nA: b\rc\r\n\r\n"),
        Case("a bare CR as line end", "GET /first HTTP/1.1\r\nHost: a\rA: b\r\n\r\n"),
        Case("a folded header", "GET /first HTTP/1.1\r\nHost: a\r\nA: b\r\n c\r\n\r\n"),
        Case("a header folded by a tab", "GET /first HTTP/1.1\r\nHost: a\r\nA: b\r\n\tc\r\n\r\n"),
        Case("a folded first header", "GET /first HTTP/1.1\r\n Host: a\r\n\r\n"),
        Case("no Host", "GET /first HTTP/1.1\r\n\r\n"),
        Case("two Hosts", "GET /first HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
        Case("two Hosts on HTTP/1.0", "GET /first HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"),
        Case("HTTP/1.2", "GET /first HTTP/1.2\r\nHost: a\r\n\r\n"),
        Case("HTTP/2.0", "GET /first HTTP/2.0\r\nHost: a\r\n\r\n"),
        Case("HTTP/0.9", "GET /first\r\n\r\n"),
        Case("HTTP/1.10", "GET /first HTTP/1.10\r\nHost: a\r\n\r\n"),
        Case("HTTP/01.1", "GET /first HTTP/01.1\r\nHost: a\r\n\r\n"),
        Case("http/1.1", "GET /first http/1.1\r\nHost: a\r\n\r\n"),
        Case("a space behind the version", "GET /first HTTP/1.1 \r\nHost: a\r\n\r\n"),
        Case("NUL in a header value", "GET /first HTTP/1.1\r\nHost: a\r\nA: b\0c\r\n\r\n"),
        Case("NUL in a header name", "GET /first HTTP/1.1\r\nHost: a\r\nA\0: b\r\n\r\n"),
        Case("a control character in a header value", "GET /first HTTP/1.1\r\nHost: a\r\nA: b\u{01}c\r\n\r\n"),
        Case("DEL in a header value", "GET /first HTTP/1.1\r\nHost: a\r\nA: b\u{7f}c\r\n\r\n"),
        Case("a header without colon", "GET /first HTTP/1.1\r\nHost: a\r\njunk\r\n\r\n"),
        Case("a header without name", "GET /first HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n"),
        Case("a space in a header name", "GET /first HTTP/1.1\r\nHost: a\r\nA b: c\r\n\r\n"),
        Case("a space in the target", "GET /fi rst HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("two spaces before the version", "GET /first  HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("a tab instead of a space", "GET\t/first HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("an octet above ASCII in the target", "GET /fürst HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("a target that is no path", "GET first HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("no target", "GET HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("a method with a bracket", "GE(T /first HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("a leading bare LF", "\nGET /first HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("a leading space", " GET /first HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("TLS spoken to a plain port", "\u{16}\u{03}\u{01}\u{02}\0\u{01}\0\u{01}"),
        Case("Transfer-Encoding on HTTP/1.0", "POST /first HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ]

    @Test(arguments: malformed, [false, true])
    func `A malformed request gets one 400 and a closed connection, and nothing is served`(
        _ probe: Case,
        byteByByte: Bool
    ) async throws {
        try await TestServer.run { server in
            let client = RawClient(server.port)
            client.send(probe.bytes + Self.smuggled, byteByByte: byteByByte)
            let answer = client.readAnswer()
            #expect(answer?.status == 400)
            #expect(answer?.body.hasPrefix("{\"refused\":400,") == true)
            #expect(answer?.field("content-type") == "application/json")
            #expect(answer?.field("connection") == "close")
            #expect(client.readToEnd() == "")
            #expect(await server.served == [])
        }
    }

    static let accepted: [Case] = [
        Case("POST /first abcde", post("Content-Length: 5\r\n", "abcde")),
        Case("POST /first abcde", post("content-length:5\r\n", "abcde")),
        Case("POST /first abcde", post("Content-Length:   5  \r\n", "abcde")),
        Case("POST /first abcde", post("Content-Length: 0005\r\n", "abcde")),
        Case("POST /first ", post("Content-Length: 0\r\n")),
        Case("POST /first ", post("")),
        Case("POST /first abcde", chunked("5\r\nabcde\r\n0\r\n\r\n")),
        Case("POST /first abcde", chunked("5;a=b\r\nabcde\r\n0\r\n\r\n")),
        Case("POST /first abcde", chunked("5 ;a=\"b\"\r\nabcde\r\n0;c\r\n\r\n")),
        Case("POST /first abcde", chunked("005\r\nabcde\r\n000\r\n\r\n")),
        Case("POST /first abcdefghijklmnop", chunked("a\r\nabcdefghij\r\n6\r\nklmnop\r\n0\r\n\r\n")),
        Case("POST /first abcdefghijklmnop", chunked("A\r\nabcdefghij\r\n6\r\nklmnop\r\n0\r\nX-Trailer: y\r\n\r\n")),
        Case("POST /first ", post("Transfer-Encoding: CHUNKED\r\n", "0\r\n\r\n")),
        Case("GET /first ", "\r\nGET /first HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("GET /first ", "\r\n\r\nGET /first HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("GET /first abc", "GET /first HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"),
        Case("GET /first ", "GET http://a/first?x=/y HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("GET /first ", "GET /first?x HTTP/1.1\r\nHost:\r\n\r\n"),
        Case("GET / ", "GET http://a HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("OPTIONS * ", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("DELETE /first ", "DELETE /first HTTP/1.1\r\nHost: a\r\nA: b\u{e9}\tc\r\n\r\n"),
    ]

    @Test(arguments: accepted, [false, true])
    func `A proper request is served with its whole body, and so is the one behind it`(
        _ probe: Case,
        byteByByte: Bool
    ) async throws {
        try await TestServer.run { server in
            let client = RawClient(server.port)
            client.send(probe.bytes + "GET /second HTTP/1.1\r\nHost: a\r\n\r\n", byteByByte: byteByByte)
            #expect(client.readAnswer()?.status == 200)
            #expect(client.readAnswer()?.field("x-path") == "/second")
            #expect(await server.served == [probe.name, "GET /second "])
        }
    }

    @Test(arguments: [false, true])
    func `HEAD with a body is consumed, answered and closed`(byteByByte: Bool) async throws {
        try await TestServer.run { server in
            let client = RawClient(server.port)
            client.send(
                "HEAD /first HTTP/1.1\r\nHost: a\r\nContent-Length: 35\r\n\r\n" + Self.smuggled,
                byteByByte: byteByByte
            )
            let answer = client.readAnswer(toHead: true)
            #expect(answer?.status == 200)
            #expect(answer?.field("content-length") == "35")
            #expect(answer?.field("connection") == "close")
            #expect(client.readToEnd() == "")
            #expect(await server.served == ["HEAD /first " + Self.smuggled])
        }
    }

    @Test(arguments: ["BREW", "get", "TRACE", "CONNECT", "PROPFIND", "Post"], [false, true])
    func `A method that is not served is 405, and closes`(_ method: String, byteByByte: Bool) async throws {
        try await TestServer.run { server in
            let client = RawClient(server.port)
            let target = method == "CONNECT" ? "a:80" : "/first"
            client.send("\(method) \(target) HTTP/1.1\r\nHost: a\r\n\r\n" + Self.smuggled, byteByByte: byteByByte)
            let answer = client.readAnswer()
            #expect(answer?.status == 405)
            #expect(answer?.field("allow")?.contains("POST") == true)
            #expect(client.readToEnd() == "")
            #expect(await server.served == [])
        }
    }

    @Test(arguments: ["GET /first HTTP/1.1\r\nHos", "POST /first HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc"])
    func `A request that ends early is 400`(_ bytes: String) async throws {
        try await TestServer.run { server in
            let client = RawClient(server.port)
            client.send(bytes)
            client.finishSending()
            #expect(client.readAnswer()?.status == 400)
            #expect(client.readToEnd() == "")
            #expect(await server.served == [])
        }
    }
}
