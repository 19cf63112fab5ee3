/// The few events that are no part of an answer, as bytes for the wire.
public enum EventText {
    /// The end of a stream that went well.
    public static let done = Array("data: [DONE]\n\n".utf8)

    /// A comment, which clients read over; a text of several lines becomes as many comments.
    public static func comment(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        for line in text.utf8.split(omittingEmptySubsequences: false, whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
            bytes += ": ".utf8
            bytes += line
            bytes.append(UInt8(ascii: "\n"))
        }
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    /// What a stream ends with once its head is out and something went wrong; no `[DONE]` follows.
    public static func error(_ error: APIError) -> [UInt8] {
        Array("data: ".utf8) + error.encode() + Array("\n\n".utf8)
    }
}
