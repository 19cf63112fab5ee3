import Testing

@testable import Training

@Suite struct MultipartBodyTests {
    @Test func `a form has its fields and the file, byte for byte`() {
        let file = Array("{\"a\":1}\n\r\n\u{0}--understudy\n".utf8)
        let body = MultipartBody(fields: [("purpose", "fine-tune")], file: ("file", "a \"b\"\r\n.jsonl", file))
        let boundary = body.boundary
        #expect(body.contentType == "multipart/form-data; boundary=\(boundary)")
        let text = String(decoding: body.bytes, as: UTF8.self)
        let head =
            "--\(boundary)\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nfine-tune\r\n"
            + "--\(boundary)\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a %22b%22%0D%0A.jsonl\"\r\n"
            + "Content-Type: application/jsonl\r\n\r\n"
        #expect(text == head + String(decoding: file, as: UTF8.self) + "\r\n--\(boundary)--\r\n")
    }

    @Test func `the boundary is in no part of the file`() {
        var file = Array("--understudy-form\n".utf8)
        var boundary = MultipartBody(fields: [], file: ("file", "a", file)).boundary
        #expect(boundary != "understudy-form")
        // Somebody who knows how it is made, and writes the next one too.
        for _ in 0..<5 {
            file += Array("\r\n--\(boundary)".utf8)
            boundary = MultipartBody(fields: [], file: ("file", "a", file)).boundary
            #expect(!String(decoding: file, as: UTF8.self).contains("--\(boundary)"))
        }
        #expect(boundary.utf8.count <= 70)
    }

    @Test func `an empty file is a file`() {
        let body = MultipartBody(fields: [], file: ("file", "a", []))
        #expect(String(decoding: body.bytes, as: UTF8.self).hasSuffix("\r\n\r\n\r\n--\(body.boundary)--\r\n"))
    }
}
