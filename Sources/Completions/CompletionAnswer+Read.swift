public import JSON

extension CompletionAnswer {
    /// Reads a whole (not streamed) answer of a model that speaks `dialect`.
    public static func read(
        _ body: [UInt8],
        dialect: Dialect,
        parser: JSONParser
    ) throws(MalformedAnswer) -> CompletionAnswer {
        fatalError("being built")
    }
}
