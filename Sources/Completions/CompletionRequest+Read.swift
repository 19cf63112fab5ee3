public import JSON

extension CompletionRequest {
    /// Reads and validates a client's body.
    public static func read(
        _ body: [UInt8],
        dialect: Dialect,
        parser: JSONParser
    ) throws(InvalidRequest) -> CompletionRequest {
        fatalError("being built")
    }

    /// The message's texts, decoded, one after the other.
    public func text(of message: Message) -> [UInt8] { fatalError("being built") }

    /// The prompt, decoded, where it is one text.
    public var promptText: [UInt8]? { fatalError("being built") }

    /// Unicode scalars of all texts of the messages, or of the prompt, without decoding them.
    public var inputCharacters: Int { fatalError("being built") }
}
