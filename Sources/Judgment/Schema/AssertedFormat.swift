/// The formats that `assert_format` can assert; any other is then refused at load.
enum AssertedFormat: String, CaseIterable, Sendable {
    case dateTime = "date-time"
    case date, time, duration, email, hostname, ipv4, ipv6, uri
    case uriReference = "uri-reference"
    case uuid
    case jsonPointer = "json-pointer"
    case regex

    func accepts(_ text: TextBytes) -> Bool {
        var scan = FormatScanner(text)
        switch self {
        case .dateTime:
            return scan.date() && scan.oneOf("Tt ") && scan.time() && scan.isAtEnd
        case .date: return scan.date() && scan.isAtEnd
        case .time: return scan.time() && scan.isAtEnd
        case .duration: return scan.duration()
        case .email: return scan.email()
        case .hostname: return FormatScanner.isHostname(text[...])
        case .ipv4: return FormatScanner.isIPv4(text[...])
        case .ipv6: return FormatScanner.isIPv6(text[...])
        case .uri: return FormatScanner.isURI(text, needsScheme: true)
        case .uriReference: return FormatScanner.isURI(text, needsScheme: false)
        case .uuid: return scan.uuid()
        case .jsonPointer: return scan.jsonPointer()
        case .regex:
            guard let pattern = String(validating: text, as: UTF8.self),
                let translated = try? ECMAPattern.translate(pattern)
            else { return false }
            return (try? CompiledPattern(translated, flavour: .ecma)) != nil
        }
    }
}

/// Reads the formats, each by the RFC that JSON Schema names for it.
struct FormatScanner {
    private let text: TextBytes
    private var position = 0

    init(_ text: TextBytes) {
        self.text = text
    }

    var isAtEnd: Bool { position == text.count }

    private func peek() -> UInt8? { position < text.count ? text[position] : nil }

    mutating func oneOf(_ bytes: StaticString) -> Bool {
        guard let byte = peek() else { return false }
        for index in 0..<bytes.utf8CodeUnitCount where bytes.utf8Start[index] == byte {
            position += 1
            return true
        }
        return false
    }

    private mutating func digits(_ count: Int) -> Int? {
        guard position + count <= text.count else { return nil }
        var value = 0
        for _ in 0..<count {
            let byte = text[position]
            guard Self.isDigit(byte) else { return nil }
            value = value * 10 + Int(byte - 0x30)
            position += 1
        }
        return value
    }

    /// RFC 3339 full-date.
    mutating func date() -> Bool {
        guard let year = digits(4), oneOf("-"), let month = digits(2), oneOf("-"), let day = digits(2),
            (1...12).contains(month)
        else { return false }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return (1...days[month - 1]).contains(day)
    }

    /// RFC 3339 full-time. A leap second is one only at 23:59:60 UTC.
    mutating func time() -> Bool {
        guard let hour = digits(2), oneOf(":"), let minute = digits(2), oneOf(":"), let second = digits(2),
            hour < 24, minute < 60, second <= 60
        else { return false }
        if oneOf(".") {
            guard digits(1) != nil else { return false }
            while digits(1) != nil {}
        }
        var offset = 0
        if !oneOf("Zz") {
            let isEast = peek() == UInt8(ascii: "+")
            guard oneOf("+-"), let hours = digits(2), oneOf(":"), let minutes = digits(2), hours < 24, minutes < 60
            else { return false }
            offset = (hours * 60 + minutes) * (isEast ? 1 : -1)
        }
        if second < 60 { return true }
        let utc = ((hour * 60 + minute - offset) % 1440 + 1440) % 1440
        return utc == 23 * 60 + 59
    }

    /// RFC 3339 appendix A.
    mutating func duration() -> Bool {
        guard oneOf("P"), !isAtEnd else { return false }
        if units(["W"]) == 1, isAtEnd { return true }
        position = 1
        guard let date = units(["Y", "M", "D"]) else { return false }
        if isAtEnd { return date > 0 }
        guard oneOf("T"), let time = units(["H", "M", "S"]) else { return false }
        return time > 0 && isAtEnd
    }

    /// Numbers with units in this order, without a gap between the units; how many there were.
    private mutating func units(_ names: [Character]) -> Int? {
        var last: Int?
        var count = 0
        while let byte = peek(), Self.isDigit(byte) {
            while digits(1) != nil {}
            guard let unit = peek(), let index = names.firstIndex(of: Character(Unicode.Scalar(unit))) else {
                return nil
            }
            guard last.map({ index == $0 + 1 }) ?? true else { return nil }
            position += 1
            last = index
            count += 1
        }
        return count
    }

    /// RFC 5321 Mailbox: a dot-string or a quoted string, then a domain or an address in brackets.
    func email() -> Bool {
        guard let at = text.lastIndex(of: UInt8(ascii: "@")) else { return false }
        let local = text[..<at]
        let domain = text[(at + 1)...]
        guard !local.isEmpty, local.count <= 64 else { return false }
        if local.first == UInt8(ascii: "\"") {
            guard local.count >= 3, local.last == UInt8(ascii: "\"") else { return false }
            var escaped = false
            for byte in local.dropFirst().dropLast() {
                guard (0x20...0x7E).contains(byte) else { return false }
                if escaped {
                    escaped = false
                } else if byte == UInt8(ascii: "\\") {
                    escaped = true
                } else if byte == UInt8(ascii: "\"") {
                    return false
                }
            }
            if escaped { return false }
        } else {
            var wasDot = true
            for byte in local {
                let isDot = byte == UInt8(ascii: ".")
                guard isDot ? !wasDot : Self.isAtom(byte) else { return false }
                wasDot = isDot
            }
            if wasDot { return false }
        }
        if domain.first == UInt8(ascii: "["), domain.last == UInt8(ascii: "]") {
            let address = domain.dropFirst().dropLast()
            let tag = "IPv6:".utf8
            return address.starts(with: tag) ? Self.isIPv6(address.dropFirst(5)) : Self.isIPv4(address)
        }
        return Self.isHostname(domain)
    }

    private static func isAtom(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
    }

    /// RFC 4122.
    mutating func uuid() -> Bool {
        for (index, length) in [8, 4, 4, 4, 12].enumerated() {
            if index > 0, !oneOf("-") { return false }
            for _ in 0..<length {
                guard let byte = peek(), Self.isHex(byte) else { return false }
                position += 1
            }
        }
        return isAtEnd
    }

    /// RFC 6901.
    mutating func jsonPointer() -> Bool {
        if isAtEnd { return true }
        guard peek() == UInt8(ascii: "/") else { return false }
        while let byte = peek() {
            position += 1
            if byte == UInt8(ascii: "~"), !oneOf("01") { return false }
        }
        return true
    }

    /// RFC 1123: labels of letters, digits and inner hyphens.
    static func isHostname(_ name: Slice<TextBytes>) -> Bool {
        guard !name.isEmpty, name.count <= 253 else { return false }
        return name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.count) && label.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
                && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
        }
    }

    /// RFC 2673 section 3.2: four decimal numbers without leading zeros.
    static func isIPv4(_ text: Slice<TextBytes>) -> Bool {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                (1...3).contains(part.count) && part.allSatisfy(isDigit)
                    && (part.count == 1 || part.first != UInt8(ascii: "0"))
                    && part.reduce(0) { $0 * 10 + Int($1 - 0x30) } < 256
            }
    }

    /// RFC 4291 section 2.2.
    static func isIPv6(_ text: Slice<TextBytes>) -> Bool {
        var groups = 0
        var gaps = 0
        let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard (3...9).contains(parts.count) else { return false }
        for (index, part) in parts.enumerated() {
            if part.isEmpty {
                let isEdge = index == 0 || index == parts.count - 1
                if isEdge {
                    // A colon at an edge belongs to `::`.
                    let neighbour = index == 0 ? parts[1] : parts[index - 1]
                    guard neighbour.isEmpty else { return false }
                } else {
                    gaps += 1
                }
            } else if index == parts.count - 1, part.contains(UInt8(ascii: ".")) {
                guard isIPv4(part) else { return false }
                groups += 2
            } else {
                guard part.count <= 4, part.allSatisfy(isHex) else { return false }
                groups += 1
            }
        }
        return gaps == 0 ? groups == 8 : gaps == 1 && groups <= 7
    }

    /// RFC 3986, by its characters: every byte allowed, every `%` an escape, brackets in the authority only.
    static func isURI(_ text: TextBytes, needsScheme: Bool) -> Bool {
        var position = 0
        while position < text.count {
            let byte = text[position]
            if byte == UInt8(ascii: "%") {
                guard position + 2 < text.count, isHex(text[position + 1]), isHex(text[position + 2]) else {
                    return false
                }
                position += 3
                continue
            }
            guard isAlphanumeric(byte) || "-._~:/?#[]@!$&'()*+,;=".utf8.contains(byte) else { return false }
            position += 1
        }
        let parts = URIReference(String(decoding: text, as: UTF8.self))
        if let fragment = parts.fragment, fragment.contains("#") || fragment.contains("[") || fragment.contains("]") {
            return false
        }
        if parts.path.contains("[") || parts.path.contains("]") { return false }
        if let query = parts.query, query.contains("[") || query.contains("]") { return false }
        guard isAuthority(parts.authority) else { return false }
        if parts.scheme == nil {
            // Without a scheme, a colon in the first segment would make one.
            if parts.authority == nil, parts.path.prefix(while: { $0 != "/" }).contains(":") { return false }
            return !needsScheme
        }
        return true
    }

    private static func isAuthority(_ authority: Substring?) -> Bool {
        guard var host = authority else { return true }
        if let at = host.lastIndex(of: "@") {
            let user = host[..<at]
            if user.contains("[") || user.contains("]") || user.contains("@") { return false }
            host = host[host.index(after: at)...]
        }
        if host.hasPrefix("[") {
            guard let end = host.firstIndex(of: "]") else { return false }
            let inner = Array(host[host.index(after: host.startIndex)..<end].utf8)
            guard inner.first == UInt8(ascii: "v") || inner.withUnsafeBufferPointer({ isIPv6($0[...]) }) else {
                return false
            }
            host = host[host.index(after: end)...]
            guard host.isEmpty || host.hasPrefix(":") else { return false }
        } else if host.contains("[") || host.contains("]") {
            return false
        }
        guard let colon = host.firstIndex(of: ":") else { return true }
        return host[host.index(after: colon)...].utf8.allSatisfy(isDigit)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
    private static func isHex(_ byte: UInt8) -> Bool { isDigit(byte) || (byte | 0x20) &- 0x61 < 6 }
    private static func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || (byte | 0x20) &- 0x61 < 26 }
}
