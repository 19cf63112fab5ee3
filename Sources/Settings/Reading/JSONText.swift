import JSON

/// A part of the file as JSON: plain scalars that are JSON's numbers, literals, else text.
enum JSONText {
    /// - Returns: nil and a problem for a word that YAML reads as a boolean, and for a number that JSON cannot hold.
    static func encode(_ node: ConfigNode, _ problems: ProblemList) -> (bytes: [UInt8], effective: Effective)? {
        switch node.value {
        case .scalar(let scalar): return encode(scalar, node, problems)
        case .list(let items):
            var bytes: [UInt8] = [UInt8(ascii: "[")]
            var effective: [Effective] = []
            for item in items {
                guard let json = encode(item, problems) else { return nil }
                if !effective.isEmpty { bytes.append(UInt8(ascii: ",")) }
                bytes += json.bytes
                effective.append(json.effective)
            }
            return (bytes + [UInt8(ascii: "]")], .list(effective))
        case .mapping(let entries):
            var bytes: [UInt8] = [UInt8(ascii: "{")]
            var effective: [(key: String, value: Effective)] = []
            for entry in entries {
                guard let json = encode(entry.value, problems) else { return nil }
                if !effective.isEmpty { bytes.append(UInt8(ascii: ",")) }
                bytes += quote(entry.name)
                bytes.append(UInt8(ascii: ":"))
                bytes += json.bytes
                effective.append((entry.name, json.effective))
            }
            return (bytes + [UInt8(ascii: "}")], .mapping(effective))
        }
    }

    private static func encode(
        _ scalar: ConfigNode.Scalar,
        _ node: ConfigNode,
        _ problems: ProblemList
    ) -> (bytes: [UInt8], effective: Effective)? {
        guard scalar.isPlain else { return (quote(scalar.text), .text(scalar.text)) }
        switch scalar.text {
        case "true", "false": return (Array(scalar.text.utf8), .plain(scalar.text))
        case _ where scalar.isNull: return (Array("null".utf8), .plain("null"))
        case _ where isNumber(scalar.text): return (Array(scalar.text.utf8), .plain(scalar.text))
        default: break
        }
        let word = scalar.text.lowercased()
        let isYAMLNumber = NumberText.read(scalar.text) != nil || [".inf", "-.inf", "+.inf", ".nan"].contains(word)
        let isYAMLBoolean = ["yes", "no", "on", "off", "true", "false"].contains(word)
        if isYAMLNumber || isYAMLBoolean {
            let message =
                isYAMLNumber ? "is no number that JSON can hold: \(node.kind)" : "write true or false, or quote it"
            problems.add(node.place, key: node.key, message)
            return nil
        }
        return (quote(scalar.text), .text(scalar.text))
    }

    /// RFC 8259 section 6.
    static func isNumber(_ text: String) -> Bool {
        var rest = Substring(text)
        func digits() -> Int {
            let count = rest.prefix { $0.isASCII && $0.isNumber }.count
            rest = rest.dropFirst(count)
            return count
        }
        if rest.first == "-" { rest.removeFirst() }
        let leading = rest.first
        let whole = digits()
        guard whole == 1 || (whole > 1 && leading != "0") else { return false }
        if rest.first == "." {
            rest.removeFirst()
            guard digits() > 0 else { return false }
        }
        if rest.first == "e" || rest.first == "E" {
            rest.removeFirst()
            if rest.first == "+" || rest.first == "-" { rest.removeFirst() }
            guard digits() > 0 else { return false }
        }
        return rest.isEmpty
    }

    private static func quote(_ text: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.string(text)
        return writer.bytes
    }
}
