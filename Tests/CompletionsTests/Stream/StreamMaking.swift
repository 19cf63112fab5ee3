import JSON

@testable import Completions

/// Short ways to say streams in tests.
extension Make {
    /// The bytes of a stream: each text is an event's data.
    static func stream(_ events: [String], done: Bool = true) -> [UInt8] {
        Array((events + (done ? ["[DONE]"] : [])).map { "data: \($0)\n\n" }.joined().utf8)
    }

    static func chunk(_ choices: String, _ members: String = "") -> String {
        #"{"id":"chatcmpl-7","object":"chat.completion.chunk","created":1730000001,"model":"big-2024","choices":[\#(choices)]\#(members)}"#
    }

    static func choice(_ delta: String, finish: String = "null", logprobs: String = "null", index: Int = 0) -> String {
        #"{"index":\#(index),"delta":\#(delta),"logprobs":\#(logprobs),"finish_reason":\#(finish)}"#
    }

    static func completionsChunk(_ choices: String, _ members: String = "") -> String {
        #"{"id":"cmpl-7","object":"text_completion","created":1730000001,"model":"small","choices":[\#(choices)]\#(members)}"#
    }

    static func textChoice(
        _ text: String,
        finish: String = "null",
        logprobs: String = "null",
        index: Int = 0
    ) -> String {
        #"{"text":\#(text),"index":\#(index),"logprobs":\#(logprobs),"finish_reason":\#(finish)}"#
    }

    static func presentation(
        _ dialect: Dialect,
        top: Int? = nil,
        includeUsage: Bool = false,
        modelName: String = "named",
        requestID: String = "req"
    ) -> StreamPresentation {
        StreamPresentation(
            AnswerPresentation(
                dialect: dialect,
                withLogprobs: top != nil,
                topLogprobs: top ?? 0,
                modelName: modelName,
                requestID: requestID
            ),
            includeUsage: includeUsage
        )
    }
}

/// A stream that was read to its end, or to its fault.
struct ReadStream {
    var stream: StreamedAnswer
    var pieces: [AnswerPiece] = []
    var fault: StreamFault?

    var answer: CompletionAnswer { stream.answer }

    init(
        _ bytes: [UInt8],
        _ dialect: Dialect,
        keepsChunks: Bool = false,
        limit: Int = 1 << 20,
        pieces sizes: () -> Int = { .max },
        parser: JSONParser = JSONParser()
    ) {
        stream = StreamedAnswer(dialect: dialect, parser: parser, keepsChunks: keepsChunks, limit: limit)
        do throws(StreamFault) {
            var rest = bytes[...]
            while !rest.isEmpty {
                let part = rest.prefix(sizes())
                part.withUnsafeBytes { stream.feed($0) }
                rest = rest[part.endIndex...]
                while let piece = try stream.next() { pieces.append(piece) }
            }
            try stream.end()
            while let piece = try stream.next() { pieces.append(piece) }
        } catch { fault = error }
    }

    /// What a client is sent, without `[DONE]`.
    func sent(_ presentation: StreamPresentation) -> String {
        var out: [UInt8] = []
        for piece in pieces { piece.chunk?.encode(for: presentation, into: &out) }
        return text(out)
    }

    /// The same as events' data.
    func events(_ presentation: StreamPresentation) -> [String] { Self.events(sent(presentation)) }

    static func events(_ sent: String) -> [String] {
        var events = sent.components(separatedBy: "\n\n")
        if events.last == "" { events.removeLast() }
        return events.map { String($0.dropFirst("data: ".count)) }
    }
}

extension String {
    func components(separatedBy separator: String) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }
}
