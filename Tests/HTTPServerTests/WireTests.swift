import Testing

@testable import HTTPServer

@Suite struct WireTests {
    @Test func `Dates are written as RFC 9110 has them`() {
        #expect(DateLine.line(at: 784_111_777) == Array("date: Sun, 06 Nov 1994 08:49:37 GMT\r\n".utf8))
        #expect(DateLine.line(at: 0) == Array("date: Thu, 01 Jan 1970 00:00:00 GMT\r\n".utf8))
    }

    @Test(arguments: [0, 7, 10, 255, 256, 65536, 4_294_967_296, Int.max])
    func `Numbers are written as Swift writes them`(_ number: Int) {
        var bytes: [UInt8] = []
        Wire.appendDecimal(number, to: &bytes)
        #expect(bytes == Array("\(number)".utf8))
        bytes = []
        Wire.appendHexadecimal(number, to: &bytes)
        #expect(bytes == Array(String(number, radix: 16).utf8))
    }

    @Test func `A status line has its reason, known or not`() {
        for (status, line) in [
            (200, "HTTP/1.1 200 OK\r\n"), (404, "HTTP/1.1 404 Not Found\r\n"), (599, "HTTP/1.1 599 Status\r\n"),
        ] {
            var bytes: [UInt8] = []
            Wire.appendStatusLine(status, to: &bytes)
            #expect(bytes == Array(line.utf8))
        }
    }

    @Test func `The characters of a token are those of RFC 9110`() {
        let token = Set("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
        for byte in UInt8.min...UInt8.max { #expect(isToken(byte) == token.contains(byte)) }
    }
}
