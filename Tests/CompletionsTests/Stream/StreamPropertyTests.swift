import JSON
import Testing

@testable import Completions

/// What holds of every answer, however it is split, passed on or replayed.
@Suite("Streams and whole answers") struct StreamPropertyTests {
    private let parser = JSONParser()

    /// Everything that two answers have in common which say the same, one read whole and one out of a stream.
    private func expectSame(
        _ streamed: CompletionAnswer,
        _ whole: CompletionAnswer,
        comparingRaw: Bool = true,
        _ words: @autoclosure () -> String,
        at place: SourceLocation = #_sourceLocation
    ) throws {
        #expect(streamed.choices.count == whole.choices.count, "\(words())", sourceLocation: place)
        for (mine, theirs) in zip(
            streamed.choices.sorted { $0.index < $1.index },
            whole.choices.sorted { $0.index < $1.index }
        ) {
            #expect(mine.index == theirs.index, "\(words())", sourceLocation: place)
            // A text without characters beside something else that is said is no text in a stream.
            let text = theirs.text == [] && mine.text == nil ? nil : theirs.text
            #expect(mine.text == text, "\(words())", sourceLocation: place)
            #expect(mine.refusal ?? [] == theirs.refusal ?? [], "\(words())", sourceLocation: place)
            #expect(mine.toolCalls == theirs.toolCalls, "\(words())", sourceLocation: place)
            #expect(mine.finishReason == theirs.finishReason, "\(words())", sourceLocation: place)
            guard var mine = mine.logprobs, var theirs = theirs.logprobs else {
                #expect(mine.logprobs == theirs.logprobs, "\(words())", sourceLocation: place)
                continue
            }
            if comparingRaw { #expect(try tree(mine.raw) == tree(theirs.raw), "\(words())", sourceLocation: place) }
            (mine.raw, theirs.raw) = ([], [])
            #expect(mine == theirs, "\(words())", sourceLocation: place)
        }
        #expect(streamed.usage == whole.usage, "\(words())", sourceLocation: place)
        #expect(streamed.created == whole.created && streamed.model == whole.model, sourceLocation: place)
    }

    @Test("a stream is read as the whole answer is, at any split", arguments: Dialect.allCases, 0..<30)
    func split(dialect: Dialect, seed: Int) throws {
        var random = Seeded(state: UInt64(seed))
        for _ in 0..<10 {
            let made = GeneratedAnswer(dialect, using: &random)
            let whole = try CompletionAnswer.read(Array(made.whole.utf8), dialect: dialect, parser: parser)
            let bytes = Make.stream(made.events)
            let read = ReadStream(bytes, dialect, parser: parser)
            #expect(read.fault == nil && read.answer.id == whole.id, "\(made.events)")
            #expect(read.answer.systemFingerprint == whole.systemFingerprint)
            try expectSame(read.answer, whole, "\(made.whole)\n\(made.events)")
            let bytewise = ReadStream(bytes, dialect, pieces: { 1 }, parser: parser)
            #expect(bytewise.answer == read.answer && bytewise.pieces.map(\.positions) == read.pieces.map(\.positions))
        }
    }

    @Test("a stream passed on says the same to a client of its dialect", arguments: Dialect.allCases, 0..<20)
    func passedOn(dialect: Dialect, seed: Int) throws {
        var random = Seeded(state: UInt64(seed))
        for _ in 0..<10 {
            let made = GeneratedAnswer(dialect, using: &random)
            let whole = try CompletionAnswer.read(Array(made.whole.utf8), dialect: dialect, parser: parser)
            let read = ReadStream(Make.stream(made.events), dialect, keepsChunks: true, parser: parser)
            for (top, usage) in [(20, true), (20, false), (nil, true), (nil, false)] as [(Int?, Bool)] {
                let sent = read.sent(Make.presentation(dialect, top: top, includeUsage: usage))
                let again = ReadStream(Array(sent.utf8), dialect, parser: parser)
                var expected = whole
                if !usage { expected.usage = nil }
                if top == nil { for index in expected.choices.indices { expected.choices[index].logprobs = nil } }
                #expect(again.fault == nil)
                try expectSame(again.answer, expected, "\(sent)")
            }
        }
    }

    @Test("a replay says the same as the answer", arguments: Dialect.allCases, 0..<20)
    func replay(dialect: Dialect, seed: Int) throws {
        var random = Seeded(state: UInt64(seed))
        for _ in 0..<10 {
            let made = GeneratedAnswer(dialect, using: &random)
            let whole = try CompletionAnswer.read(Array(made.whole.utf8), dialect: dialect, parser: parser)
            let streamed = ReadStream(Make.stream(made.events), dialect, parser: parser).answer
            for answer in [whole, streamed] {
                var out: [UInt8] = []
                answer.encodeEvents(for: Make.presentation(dialect, top: 20, includeUsage: true), into: &out)
                let again = ReadStream(out, dialect, parser: parser)
                #expect(again.fault == nil && again.answer.id == answer.id)
                try expectSame(again.answer, whole, "\(text(out))")
            }
        }
    }

    @Test("a stream for the other dialect says what the whole answer would", arguments: Dialect.allCases, 0..<30)
    func translated(dialect: Dialect, seed: Int) throws {
        var random = Seeded(state: UInt64(seed))
        let client: Dialect = dialect == .chat ? .completions : .chat
        for _ in 0..<10 {
            let made = GeneratedAnswer(dialect, using: &random)
            let answer = try CompletionAnswer.read(Array(made.whole.utf8), dialect: dialect, parser: parser)
            let read = ReadStream(Make.stream(made.events), dialect, keepsChunks: true, parser: parser)
            for top in [0, 2] {
                let presentation = Make.presentation(client, top: top, includeUsage: true)
                let body = answer.encode(for: presentation.answer)
                var whole = try CompletionAnswer.read(body, dialect: client, parser: parser)
                var replay: [UInt8] = []
                answer.encodeEvents(for: presentation, into: &replay)
                for sent in [Array(read.sent(presentation).utf8), replay] {
                    let again = ReadStream(sent, client, parser: parser)
                    #expect(again.fault == nil, "\(text(sent))")
                    if client == .completions {
                        // Whole, a completion without text has an empty one; its events may all be left out but the
                        // last.
                        for choice in again.answer.choices where choice.text == nil || choice.text == [] {
                            let place = try #require(whole.choices.firstIndex { $0.index == choice.index })
                            #expect(whole.choices[place].text == [])
                            whole.choices[place].text = choice.text
                        }
                    }
                    #expect(again.answer.id == whole.id)
                    try expectSame(again.answer, whole, comparingRaw: false, "\(text(sent))\n\(text(body))")
                }
            }
        }
    }

    @Test("a streamed answer is encoded as the whole one is translated", arguments: Dialect.allCases, 0..<20)
    func encoded(dialect: Dialect, seed: Int) throws {
        var random = Seeded(state: UInt64(seed))
        for _ in 0..<10 {
            let made = GeneratedAnswer(dialect, using: &random)
            let whole = try CompletionAnswer.read(Array(made.whole.utf8), dialect: dialect, parser: parser)
            let streamed = ReadStream(Make.stream(made.events), dialect, parser: parser).answer
            for client in Dialect.allCases {
                for top in [nil, 0, 2] as [Int?] {
                    let presentation = Make.presentation(client, top: top).answer
                    let mine = try CompletionAnswer.read(
                        streamed.encode(for: presentation),
                        dialect: client,
                        parser: parser
                    )
                    let theirs = try CompletionAnswer.read(
                        whole.encode(for: presentation),
                        dialect: client,
                        parser: parser
                    )
                    try expectSame(mine, theirs, comparingRaw: client == dialect, "\(made.whole)")
                }
            }
        }
    }
}
