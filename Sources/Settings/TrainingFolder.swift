/// Where the cycle keeps what is no candidate and no document: a folder of each route, beside the spool.
public enum TrainingFolder {
    /// Absolute. Not made yet, perhaps.
    public static func path(of route: RouteSettings, _ settings: GatewaySettings) -> String {
        let spool = settings.harvest.spool
        let parent = spool.lastIndex(of: "/").map { String(spool[..<$0]) } ?? "."
        return "\(parent)/training/\(name(route.name))"
    }

    /// The answers of models that were paid for.
    public static func journal(of route: RouteSettings, _ settings: GatewaySettings) -> String {
        "\(path(of: route, settings))/asked.jsonl"
    }

    /// A route's name as one part of a path, whatever it is.
    private static func name(_ route: String) -> String {
        var name = ""
        for byte in route.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"), UInt8(ascii: "_"):
                name.unicodeScalars.append(.init(byte))
            case UInt8(ascii: ".") where !name.isEmpty: name += "."
            default: name += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return name
    }
}
