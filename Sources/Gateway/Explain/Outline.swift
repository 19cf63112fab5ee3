import JSON

/// A tree for people at a terminal: indented names and values, texts without quotes, their lines as lines.
///
///     judge
///       verdict: low_confidence
///       checks:
///         - check: finished
///           outcome: pass
enum Outline {
    static func text(_ tree: JSONTree) -> String {
        var lines: [String] = []
        for member in tree.object ?? [] {
            if !lines.isEmpty { lines.append("") }
            lines.append(shown(member.name))
            write(member.value, indent: 2, into: &lines)
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func write(_ tree: JSONTree, indent: Int, into lines: inout [String]) {
        let space = String(repeating: " ", count: indent)
        switch tree {
        case .object(let members):
            for member in members { write(member.value, under: "\(space)\(shown(member.name)):", indent, into: &lines) }
        case .array(let elements):
            for element in elements { write(element, under: "\(space)-", indent, into: &lines) }
        case .string(let text):
            for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
                lines.append(space + "| " + shown(String(line)))
            }
        case .null, .bool, .number:
            lines.append(space + scalar(tree))
        }
    }

    /// On the line of its name where it fits there.
    private static func write(_ value: JSONTree, under head: String, _ indent: Int, into lines: inout [String]) {
        switch value {
        case .object(let members) where members.isEmpty: lines.append("\(head) {}")
        case .array(let elements) where elements.isEmpty: lines.append("\(head) none")
        case .string(let text) where text.contains(where: \.isNewline) && !isBlank(text):
            lines.append(head)
            write(value, indent: indent + 2, into: &lines)
        case .object where head.hasSuffix("-"):
            let start = lines.count
            write(value, indent: indent + 2, into: &lines)
            lines[start] = head + lines[start].dropFirst(head.count)
        case .object, .array:
            lines.append(head)
            write(value, indent: indent + 2, into: &lines)
        case .string, .null, .bool, .number: lines.append("\(head) \(scalar(value))")
        }
    }

    private static func scalar(_ value: JSONTree) -> String {
        switch value {
        // Of a stop sequence such as "\n" nothing could be seen otherwise.
        case .string(let text) where isBlank(text): String(decoding: value.encode(), as: UTF8.self)
        case .string(let text): shown(text)
        case .null: "-"
        case .bool(let value): value ? "yes" : "no"
        case .number(let text): String(decoding: text, as: UTF8.self)
        case .array, .object: ""
        }
    }

    private static func isBlank(_ text: String) -> Bool { text.allSatisfy(\.isWhitespace) }

    /// Models and clients write control characters; a terminal must not obey them.
    private static func shown(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    scalar.value < 32 && scalar != "\t" || (127..<160).contains(scalar.value) ? "·" : scalar
                }
            )
        )
    }
}
