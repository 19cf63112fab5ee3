import HTTPServer
import Testing

@Suite struct HTTPRequestTests {
    func text(_ bytes: ArraySlice<UInt8>?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

    @Test(arguments: [
        ("/a/b", "/a/b", nil), ("/a?b=c?d", "/a", "b=c?d"), ("/?", "/", ""), ("*", "*", nil),
        ("http://host:1/a/b?c", "/a/b", "c"), ("http://host", "/", nil), ("http://host?q=/", "", "q=/"),
    ])
    func `Path and query are views of the target`(_ target: String, _ path: String, _ query: String?) {
        let request = HTTPRequest(method: .get, target: target)
        #expect(text(request.target) == target)
        #expect(text(request.path) == path)
        #expect(text(request.query) == query)
    }

    @Test func `Header fields are found without regard to case, all of them, in order`() {
        let fields = HeaderFields([("Host", "a"), ("X-Thing", "1"), ("x-thing", "2"), ("Empty", "")])
        #expect(text(fields["host"]) == "a")
        #expect(text(fields["x-thing"]) == "1")
        #expect(text(fields["empty"]) == "")
        #expect(fields["hos"] == nil)
        #expect(text(fields.first("X-THING")) == "1")
        #expect(fields.all("X-Thing").map { text($0) } == ["1", "2"])
        #expect(fields.count == 4)
        #expect(fields.map { text($0.name) } == ["Host", "X-Thing", "x-thing", "Empty"])
    }

    @Test func `A letter's case is folded, other characters are not`() {
        let fields = HeaderFields([("a@b", "1"), ("a`b", "2"), ("a[b", "3")])
        #expect(text(fields["a@b"]) == "1")
        #expect(text(fields["a`b"]) == "2")
        #expect(text(fields["a{b"]) == nil)
    }
}
