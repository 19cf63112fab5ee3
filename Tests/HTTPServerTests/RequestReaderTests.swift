import Testing

@testable import HTTPServer

/// In memory, what FramingTests shows on sockets: at every place a request can be cut.
@Suite struct RequestReaderTests {
    /// What a reader makes of `pieces`: the bodies of complete requests, and the status of a refusal at the end.
    func read(_ pieces: [ArraySlice<UInt8>], _ limits: HTTPServer.Limits = .init()) -> [String] {
        var reader = RequestReader()
        let parser = HeadParser()
        var seen: [String] = []
        var held: [UInt8] = []
        for piece in pieces {
            held.append(contentsOf: piece)
            while true {
                let used = held.withUnsafeBufferPointer { reader.take($0, parser, limits) }
                held.removeFirst(used)
                if case .refused(let refusal) = reader.state { return seen + ["\(refusal.status)"] }
                guard reader.state == .complete else { break }
                seen.append(String(decoding: reader.finish().body, as: UTF8.self))
            }
        }
        return seen
    }

    static let requests: [FramingTests.Case] = FramingTests.accepted + FramingTests.malformed

    @Test(arguments: requests) func `Where a request is cut makes no difference`(_ probe: FramingTests.Case) {
        let bytes = Array((probe.bytes + FramingTests.smuggled).utf8)
        let whole = read([bytes[...]])
        #expect(!whole.isEmpty)
        for cut in 1..<bytes.count { #expect(read([bytes[..<cut], bytes[cut...]]) == whole, "cut at \(cut)") }
        #expect(read(bytes.indices.map { bytes[$0...$0] }) == whole)
    }

    @Test func `Limits hold wherever the bytes are cut`() {
        let bytes = Array(FramingTests.chunked("5\r\nabcde\r\n5\r\nfghij\r\n0\r\n\r\n").utf8)
        for cut in 1..<bytes.count {
            #expect(read([bytes[..<cut], bytes[cut...]], .init(body: 9)) == ["413"])
            #expect(read([bytes[..<cut], bytes[cut...]], .init(body: 10)) == ["abcdefghij"])
            #expect(read([bytes[..<cut], bytes[cut...]], .init(headers: 20)) == ["431"])
        }
    }

    @Test func `Endless chunk extensions and trailers are refused`() {
        let endless = String(repeating: "x", count: ChunkedBody.overheadLimit + 1)
        #expect(read([Array(FramingTests.chunked("5;\(endless)").utf8)[...]]) == ["400"])
        #expect(read([Array(FramingTests.chunked("0\r\na: \(endless)").utf8)[...]]) == ["400"])
    }
}
