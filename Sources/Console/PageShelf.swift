// The files of the pages, as they go out. Documents are asked for afresh each time; what they need lies at an address
// that holds the digest of all of it, so a browser keeps it for good and never mixes two versions.

import CPages
import Digest
import HTTPServer

/// Documents and assets. Immutable, made once.
struct PageShelf: Sendable {
    private let documents: [String: [UInt8]]
    private let assets: [String: Asset]
    /// `/assets/0123456789ab/`
    let place: String

    private struct Asset: Sendable {
        var type: String
        var bytes: [UInt8]
    }

    /// What stands in documents for ``place``.
    private static let mark = "/assets/HASH/"

    init(_ files: [(name: String, bytes: [UInt8])] = PageShelf.embedded) {
        var hash = SHA256()
        for file in files {
            hash.update(length: file.name.utf8.count)
            hash.update(file.name)
            hash.update(length: file.bytes.count)
            hash.update(file.bytes)
        }
        let place = "/assets/\(hash.finish().hex(digits: 12))/"
        self.place = place
        var documents: [String: [UInt8]] = [:]
        var assets: [String: Asset] = [:]
        for file in files {
            let parts = file.name.split(separator: ".", maxSplits: 1)
            if parts.last == "html" {
                let text = String(decoding: file.bytes, as: UTF8.self).replacing(Self.mark, with: place)
                documents["/\(parts[0])"] = Array(text.utf8)
            } else {
                assets[place + file.name] = Asset(type: Self.type(parts.last ?? ""), bytes: file.bytes)
            }
        }
        self.documents = documents
        self.assets = assets
    }

    private static func type(_ ending: Substring) -> String {
        switch ending {
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "svg": "image/svg+xml"
        default: preconditionFailure("no media type for .\(ending) is known here")
        }
    }

    /// The files in the program.
    static var embedded: [(name: String, bytes: [UInt8])] {
        UnsafeBufferPointer(start: understudy_pages, count: understudy_page_count).map { page in
            (String(cString: page.name), Array(UnsafeBufferPointer(start: page.bytes, count: page.count)))
        }
    }

    func document(_ path: String) -> HTTPReply? {
        documents[path].map { body in
            var fields = Array("content-type: text/html; charset=utf-8\r\ncache-control: no-store\r\n".utf8)
            fields += Self.policy
            return HTTPReply(status: 200, fields: fields, body: body)
        }
    }

    func asset(_ path: String) -> HTTPReply? {
        assets[path].map { asset in
            var fields = Array("content-type: \(asset.type)\r\n".utf8)
            fields += Self.shared
            fields += "cache-control: public, max-age=31536000, immutable\r\n".utf8
            return HTTPReply(status: 200, fields: fields, body: asset.bytes)
        }
    }

    /// What a document may do: load our own files and talk to us, nothing else. No inline script or style, no frame
    /// around it, no base, no plug-in; and no text ever becomes markup, which Trusted Types see to.
    private static let policy =
        Array(
            """
            content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
            connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; \
            require-trusted-types-for 'script'; trusted-types 'none'\r
            x-frame-options: DENY\r
            cross-origin-opener-policy: same-origin\r
            permissions-policy: camera=(), geolocation=(), microphone=(), payment=(), usb=()\r

            """.utf8
        ) + shared

    /// What every answer to a browser says.
    static let shared = Array(
        """
        x-content-type-options: nosniff\r
        referrer-policy: no-referrer\r
        cross-origin-resource-policy: same-origin\r

        """.utf8
    )
}
