import JSON
import Judgment

/// What a route's checks, the ones in force, say about an answer that a person wrote: each by itself, and where it
/// fails.
struct AnswerChecks {
    let findings: [TextFinding]
    private let text: String

    init(_ text: String, judge: Judge?) {
        self.text = text
        findings = judge?.findings(in: Array(text.utf8)) ?? []
    }

    var passes: Bool { findings.allSatisfy(\.passes) }

    /// The first check that fails, with its words.
    var failure: (name: String, detail: String)? {
        findings.lazy.compactMap { finding in
            switch finding.ruling {
            case .pass: nil
            case .fail(let detail), .limit(let detail): (finding.name, detail)
            }
        }.first
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("passes")
        writer.bool(passes)
        writer.name("checks")
        writer.beginArray()
        for finding in findings { write(finding, to: &writer) }
        writer.endArray()
        writer.endObject()
    }

    private func write(_ finding: TextFinding, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("name")
        writer.string(finding.name)
        writer.name("passes")
        writer.bool(finding.passes)
        switch finding.ruling {
        case .pass: break
        case .fail(let detail), .limit(let detail):
            writer.name("detail")
            writer.string(detail)
        }
        writer.name("place")
        if let offset = finding.offset { write(place: offset, to: &writer) } else { writer.null() }
        writer.endObject()
    }

    /// A byte's place in words of an editor: line and column from 1, the column in characters; and the index that
    /// scripts count by, in UTF-16.
    private func write(place offset: Int, to writer: inout JSONWriter) {
        var end = text.utf8.index(text.startIndex, offsetBy: offset)
        // Inside a character: its beginning.
        while end.samePosition(in: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
        let before = text.unicodeScalars[..<end]
        let line = before.count { $0 == "\n" } + 1
        let column = before.reversed().prefix { $0 != "\n" }.count + 1
        writer.beginObject()
        writer.name("index")
        writer.number(text.utf16.distance(from: text.startIndex, to: end))
        writer.name("line")
        writer.number(line)
        writer.name("column")
        writer.number(column)
        writer.endObject()
    }
}
