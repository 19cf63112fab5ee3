/// Refuses a `Host` that nobody who means this gateway would send (CONTRACTS section 9): a page on the web whose name
/// was made to point here (DNS rebinding) sends its own name.
struct HostCheck: Sendable {
    let names: Set<[UInt8]>

    /// - Parameter hosts: `server.hosts`, in lower case, without ports.
    init(hosts: [String]) {
        names = Set((hosts + ["localhost"]).map { Array($0.utf8) })
    }

    func accepts(_ value: ArraySlice<UInt8>?) -> Bool {
        // No Host at all is HTTP/1.0, which no browser speaks; the server refuses it in HTTP/1.1.
        guard let value else { return true }
        if value.first == UInt8(ascii: "[") {
            guard let end = value.firstIndex(of: UInt8(ascii: "]")) else { return false }
            return Self.isPort(value[(end + 1)...]) && value[value.startIndex...end].allSatisfy(Self.isIPv6Byte)
        }
        let name = value.prefix { $0 != UInt8(ascii: ":") }
        guard Self.isPort(value[name.endIndex...]) else { return false }
        if Self.isIPv4(name) { return true }
        return names.contains(name.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 })
    }

    private static func isPort(_ text: ArraySlice<UInt8>) -> Bool {
        text.isEmpty || (text.first == UInt8(ascii: ":") && text.dropFirst().allSatisfy { (0x30...0x39).contains($0) })
    }

    private static func isIPv6Byte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x46, 0x61...0x66, UInt8(ascii: ":"), UInt8(ascii: "."), UInt8(ascii: "["),
            UInt8(ascii: "]"), UInt8(ascii: "%"):
            true
        default: false
        }
    }

    private static func isIPv4(_ name: ArraySlice<UInt8>) -> Bool {
        var parts = 0
        var digits = 0
        var value = 0
        for byte in name {
            switch byte {
            case 0x30...0x39:
                digits += 1
                value = value * 10 + Int(byte - 0x30)
                if digits > 3 || value > 255 { return false }
            case UInt8(ascii: "."):
                guard digits > 0 else { return false }
                parts += 1
                digits = 0
                value = 0
            default: return false
            }
        }
        return parts == 3 && digits > 0
    }
}
