import Testing

@testable import Cache

@Suite struct ReplyReaderTests {
    private let wire =
        "+OK\r\n$5\r\nva\r\nl\r\n$-1\r\n$0\r\n\r\n:42\r\n-ERR no\r\n*2\r\n$1\r\na\r\n*1\r\n:1\r\n+PONG\r\n"
    private let replies: [RedisReply] = [
        .status, .bytes(Array("va\r\nl".utf8)), .null, .bytes([]), .integer(42), .error(Array("ERR no".utf8)), .array,
        .status,
    ]

    private func read(_ pieces: [ArraySlice<UInt8>]) throws -> [RedisReply] {
        let reader = ReplyReader(link: nil)
        var found: [RedisReply] = []
        for piece in pieces {
            try piece.withUnsafeBytes { try reader.feed($0) }
            while let reply = try reader.next() { found.append(reply) }
        }
        return found
    }

    @Test func repliesAreReadWhole() throws {
        #expect(try read([Array(wire.utf8)[...]]) == replies)
    }

    @Test func repliesAreReadByteByByte() throws {
        let bytes = Array(wire.utf8)
        #expect(try read(bytes.indices.map { bytes[$0...$0] }) == replies)
    }

    @Test func repliesAreReadInTwoPiecesCutAnywhere() throws {
        let bytes = Array(wire.utf8)
        let wrong = try bytes.indices.filter { cut in try read([bytes[..<cut], bytes[cut...]]) != replies }
        #expect(wrong.isEmpty)
    }

    @Test func whatIsNotTheProtocolIsAnError() {
        #expect(throws: RedisProtocolError.self) { try read([Array("HTTP/1.1 200 OK\r\n".utf8)[...]]) }
        #expect(throws: RedisProtocolError.self) { try read([Array("$-5\r\n".utf8)[...]]) }
    }

    @Test func randomBytesNeverCrashIt() {
        var random = SplitMix(state: 4)
        let alphabet = Array("+-:$*0123456789\r\n\r\n\r\nab".utf8)
        for _ in 0..<3_000 {
            let bytes = (0..<60).map { _ in alphabet.randomElement(using: &random)! }
            _ = try? read([bytes[..<30], bytes[30...]])
        }
    }

    @Test func aReplyBeyondAllMeasureIsAnErrorBeforeItIsHere() throws {
        let reader = ReplyReader(link: nil)
        try Array("$500000000\r\n".utf8).withUnsafeBytes { try reader.feed($0) }
        let piece = [UInt8](repeating: 0, count: 1 << 20)
        #expect(throws: RedisProtocolError.self) {
            for _ in 0..<40 {
                try piece.withUnsafeBytes { try reader.feed($0) }
                _ = try reader.next()
            }
        }
    }
}
