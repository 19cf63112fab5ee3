import JSON
import Testing

@testable import Simulation

/// All legal ways to write a stream carry the same events.
@Suite struct StreamFormatTests {
    private func stream(_ script: StreamScript, _ dialect: Dialect) async throws -> ReceivedStream {
        var model = ModelScript(says: "one two three four")
        model.stream = script
        return try await StreamTests.stream(model, dialect).stream
    }

    @Test("lines end in any of the three ways, with or without a space", arguments: StreamTests.dialects)
    func lines(dialect: Dialect) async throws {
        let plain = try await stream(StreamScript(), dialect)
        #expect(plain.chunks.allSatisfy { $0.starts(with: "data: ".utf8) && $0.suffix(2) == [0x0A, 0x0A] })
        for end in StreamScript.LineEnd.allCases {
            let other = try await stream(StreamScript(lineEnd: end, space: false), dialect)
            #expect(other.text() == plain.text() && other.events.count == plain.events.count)
            #expect(other.chunks.allSatisfy { $0.suffix(end.bytes.count * 2) == (end.bytes + end.bytes)[...] })
            #expect(other.chunks.allSatisfy { !$0.starts(with: "data: ".utf8) })
        }
    }

    @Test("comments stand between events, and data may have two lines", arguments: StreamTests.dialects)
    func comments(dialect: Dialect) async throws {
        let stream = try await stream(StreamScript(commentEvery: 2, splitData: true), dialect)
        #expect(stream.comments.count == stream.events.count / 2)
        #expect(stream.text() == "one two three four")
        #expect(stream.events.dropLast().allSatisfy { $0.contains(",\n") })
        #expect(stream.events.last == "[DONE]")
    }

    @Test("an event may have several tokens", arguments: StreamTests.dialects)
    func tokens(dialect: Dialect) async throws {
        let stream = try await stream(StreamScript(tokensPerEvent: 3), dialect)
        let texts = stream.objects.map {
            $0["choices"]?[0]?["delta"]?["content"]?.string ?? $0["choices"]?[0]?["text"]?.string
        }
        #expect(texts.compactMap(\.self).filter { !$0.isEmpty } == ["one two three", " four"])
    }

    @Test("chunks of a fixed size cut events and join them", arguments: [1, 7, 1000], StreamTests.dialects)
    func chunks(size: Int, dialect: Dialect) async throws {
        let stream = try await stream(StreamScript(chunkBytes: size), dialect)
        #expect(stream.isWhole && stream.text() == "one two three four" && stream.events.last == "[DONE]")
        #expect(stream.chunks.dropLast().allSatisfy { $0.count == size })
        #expect(stream.chunks.count > 1)
    }
}
