import HTTPServer
import Testing

@testable import Console

/// The pages as they go out: whole, without a build step, and nothing that their policy forbids.
struct PageShelfTests {
    private let files = PageShelf.embedded.map { (name: $0.name, text: String(decoding: $0.bytes, as: UTF8.self)) }
    private let shelf = PageShelf()

    private func text(_ name: String) throws -> String {
        try #require(files.first { $0.name == name }?.text, "\(name) is not among the pages")
    }

    @Test func `everything that a page or a module names is there`() throws {
        for file in files where file.name.hasSuffix(".html") {
            let reply = try #require(shelf.document("/" + file.name.dropLast(5)))
            let page = String(decoding: reply.body, as: UTF8.self)
            #expect(!page.contains("HASH"))
            let named = page.matches(of: /(?:href|src)="(\/assets\/[^"]+)"/).map { String($0.1) }
            #expect(!named.isEmpty)
            for path in named { #expect(shelf.asset(path)?.status == 200, "\(file.name) names \(path)") }
        }
        for file in files where file.name.hasSuffix(".js") {
            for match in file.text.matches(of: /from "\.\/([^"]+)"/) {
                #expect(files.contains { $0.name == match.1 }, "\(file.name) imports \(match.1)")
            }
        }
    }

    @Test func `every module of the review page is loaded ahead`() throws {
        let page = try text("review.html")
        var needed: Set<String> = []
        var waiting = ["review.js"]
        while let name = waiting.popLast() {
            for match in try text(name).matches(of: /from "\.\/([^"]+)"/) where needed.insert(String(match.1)).inserted
            {
                waiting.append(String(match.1))
            }
        }
        let ahead = page.matches(of: /modulepreload" href="\/assets\/HASH\/([^"]+)"/).map { String($0.1) }
        #expect(Set(ahead) == needed)
    }

    @Test func `documents have no script or style of their own, and scripts make no markup`() throws {
        for file in files where file.name.hasSuffix(".html") {
            #expect(file.text.firstMatch(of: /<style|<script(?![^>]*src=)|\son[a-z]+=|\sstyle=|javascript:/) == nil)
        }
        // The name of SVG's elements looks like an address, and is none.
        let forbidden =
            /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|https?:\/\/(?!www\.w3\.org\/2000\/svg")/
        for file in files where file.name.hasSuffix(".js") {
            #expect(file.text.firstMatch(of: forbidden) == nil, "\(file.name)")
        }
    }

    @Test func `a document allows nothing but our own files, and no frame around it`() throws {
        let fields = String(decoding: try #require(shelf.document("/review")).fields, as: UTF8.self)
        for rule in [
            "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "form-action 'self'",
            "frame-ancestors 'none'", "base-uri 'none'", "require-trusted-types-for 'script'",
        ] {
            #expect(fields.contains(rule), "\(rule)")
        }
        #expect(!fields.contains("unsafe"))
        #expect(fields.contains("cache-control: no-store"))
        for line in fields.split(separator: "\r\n") { #expect(line.contains(": "), "\(line)") }
    }

    @Test func `assets are kept for good at an address that changes with them`() throws {
        let path = shelf.place + "review.js"
        let fields = String(decoding: try #require(shelf.asset(path)).fields, as: UTF8.self)
        #expect(fields.contains("immutable") && fields.contains("text/javascript"))
        #expect(shelf.asset("/assets/000000000000/review.js") == nil)
        let changed = PageShelf([("review.js", [1])])
        #expect(changed.place != PageShelf([("review.js", [2])]).place)
        #expect(shelf.document("/nothing") == nil)
    }
}
