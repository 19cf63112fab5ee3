extension Effective {
    /// Block style, two spaces a level; ends with a newline. Secrets are `***`.
    var yaml: String {
        var lines: [String] = []
        print(indent: "", into: &lines)
        return lines.joined(separator: "\n") + "\n"
    }

    private func print(indent: String, into lines: inout [String]) {
        switch self {
        case .mapping(let entries):
            for entry in entries {
                let name = Self.quoted(entry.key)
                if let inline = entry.value.inline {
                    lines.append("\(indent)\(name): \(inline)")
                } else {
                    lines.append("\(indent)\(name):")
                    entry.value.print(indent: indent + "  ", into: &lines)
                }
            }
        case .list(let items):
            for item in items {
                if let inline = item.inline {
                    lines.append("\(indent)- \(inline)")
                } else {
                    var inner: [String] = []
                    item.print(indent: indent + "  ", into: &inner)
                    guard let first = inner.first else { continue }
                    inner[0] = "\(indent)- \(first.dropFirst(indent.count + 2))"
                    lines.append(contentsOf: inner)
                }
            }
        default:
            lines.append(indent + (inline ?? ""))
        }
    }

    /// The part in one line; nil for mappings and lists that are not empty.
    private var inline: String? {
        switch self {
        case .plain(let text): text
        case .text(let text): Self.quoted(EnvironmentText.escape(text))
        case .secret(let shown, _): Self.quoted(EnvironmentText.escape(shown))
        case .file(let path, _): Self.quoted(EnvironmentText.escape(path))
        case .list(let items): items.isEmpty ? "[]" : nil
        case .mapping(let entries): entries.isEmpty ? "{}" : nil
        }
    }

    /// Bare where that is certainly the same text, else in double quotes with JSON's escapes, which are YAML's too.
    private static func quoted(_ text: String) -> String {
        if let first = text.utf8.first, isLetter(first), text.utf8.allSatisfy({ isLetter($0) || safe.contains($0) }),
            !words.contains(text.lowercased())
        {
            return text
        }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            case "\r": quoted += "\\r"
            case _ where scalar.value < 0x20 || (0x7F...0xA0).contains(scalar.value):
                quoted += "\\x" + hex(scalar.value, digits: 2)
            case _ where unprintable(scalar):
                quoted += "\\U" + hex(scalar.value, digits: 8)
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    private static func unprintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x2028, 0x2029, 0xFEFF, 0xE000...0xF8FF, 0xFFFE, 0xFFFF: true
        default: false
        }
    }

    private static func hex(_ value: UInt32, digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    private static let safe = Set("0123456789-_./".utf8)
    private static let words: Set<String> = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
}
