/// How a model writes its streams: all of it legal, none of it what OpenAI does (that is the default).
public struct StreamScript: Sendable, Equatable {
    /// What ends a line (HTML standard, 9.2.5: any of the three).
    public enum LineEnd: String, Sendable, CaseIterable {
        case lf, crlf, cr

        var bytes: [UInt8] {
            switch self {
            case .lf: [0x0A]
            case .crlf: [0x0D, 0x0A]
            case .cr: [0x0D]
            }
        }
    }

    /// So many tokens in one event. Tokens that are not text by themselves always wait for the one that makes them so.
    public var tokensPerEvent: Int
    public var lineEnd: LineEnd
    /// A comment stands before events n, 2n, 3n ...; 0: none.
    public var commentEvery: Int
    /// Each event's data is in two lines, `data: ` before both.
    public var splitData: Bool
    /// A space after the colon of `data:`.
    public var space: Bool
    /// The stream leaves in chunks of so many bytes, whatever events they cut or join; what does not fill a chunk waits
    /// for more, or for the end. 0: one chunk for each event.
    public var chunkBytes: Int

    public init(
        tokensPerEvent: Int = 1,
        lineEnd: LineEnd = .lf,
        commentEvery: Int = 0,
        splitData: Bool = false,
        space: Bool = true,
        chunkBytes: Int = 0
    ) {
        self.tokensPerEvent = tokensPerEvent
        self.lineEnd = lineEnd
        self.commentEvery = commentEvery
        self.splitData = splitData
        self.space = space
        self.chunkBytes = chunkBytes
    }
}
