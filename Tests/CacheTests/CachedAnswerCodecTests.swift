import Completions
import Testing

@testable import Cache

@Suite struct CachedAnswerCodecTests {
    @Test func comesBackAsItWent() {
        let key = sampleKey()
        let answer = sampleAnswer(key)
        let bytes = answer.encode()
        #expect(same(CachedAnswer.decode(bytes, key: key), answer))
        // Raw parts are places in the body, not copies of it.
        #expect(bytes.count < answer.answer.raw.count + 300)
    }

    @Test func everyFieldMayBeMissing() {
        let key = sampleKey()
        let bare = CachedAnswer(
            key: key,
            answer: CompletionAnswer(dialect: .chat, choices: [Choice(text: nil, finishReason: nil)]),
            answeredBy: .large,
            model: "",
            verdict: "",
            score: nil,
            scoreName: nil,
            storedAt: 0,
            ttl: .zero,
            topLogprobs: nil
        )
        #expect(same(CachedAnswer.decode(bare.encode(), key: key), bare))
    }

    @Test func partsThatAreNotInTheBodyAreKeptToo() {
        let key = sampleKey()
        let sample = sampleAnswer(key)
        var answer = sample.answer
        answer.raw = []
        answer.modelRange = 0..<0
        answer.choices[0].logprobsRange = 0..<0
        answer.choices[0].finishReason = .other(Array("eos".utf8))
        let entry = CachedAnswer(
            key: key,
            answer: answer,
            answeredBy: .small,
            model: "m",
            verdict: "accept",
            score: -1,
            scoreName: "mean_logprob",
            storedAt: 1,
            ttl: .seconds(1),
            topLogprobs: 0
        )
        #expect(same(CachedAnswer.decode(entry.encode(), key: key), entry))
    }

    @Test func anotherKeyIsAMiss() {
        #expect(CachedAnswer.decode(sampleAnswer(sampleKey("a")).encode(), key: sampleKey("b")) == nil)
    }

    @Test func everyFlippedBitIsAMiss() {
        let key = sampleKey("flip")
        let bytes = sampleAnswer(key).encode()
        let accepted = bytes.indices.filter { index in
            var broken = bytes
            broken[index] ^= 1 << UInt8(index & 7)
            return CachedAnswer.decode(broken, key: key) != nil
        }
        #expect(accepted.isEmpty)
    }

    @Test func everyShorterAndLongerValueIsAMiss() {
        let key = sampleKey("cut")
        let bytes = sampleAnswer(key).encode()
        let accepted = bytes.indices.filter { CachedAnswer.decode(Array(bytes.prefix($0)), key: key) != nil }
        #expect(accepted.isEmpty)
        #expect(CachedAnswer.decode(bytes + [0], key: key) == nil)
    }

    @Test func randomBytesAreAMiss() {
        var random = SplitMix(state: 1)
        let key = sampleKey("random")
        var accepted = 0
        for _ in 0..<5_000 {
            let bytes = (0..<Int.random(in: 0..<300, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            if CachedAnswer.decode(bytes, key: key) != nil { accepted += 1 }
        }
        #expect(accepted == 0)
    }

    /// With the checksum made right again, only the reader of the fields stands between the bytes and us.
    @Test func fieldsAreReadSafelyWhateverTheyHold() {
        let key = sampleKey("forged")
        let bytes = sampleAnswer(key).encode()
        var random = SplitMix(state: 2)
        var accepted = 0
        var different = 0
        for _ in 0..<5_000 {
            var forged = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 48..<forged.count, using: &random)
                forged[place] = UInt8.random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) { forged.removeLast(Int.random(in: 0..<forged.count - 48, using: &random)) }
            let checksum = forged.withUnsafeBytes { CachedAnswer.checksum(UnsafeRawBufferPointer(rebasing: $0[16...])) }
            withUnsafeBytes(of: checksum.littleEndian) { forged.replaceSubrange(8..<16, with: $0) }
            guard let entry = CachedAnswer.decode(forged, key: key) else { continue }
            accepted += 1
            // What was accepted can be used: tokens are in bounds, and it encodes again.
            for choice in entry.answer.choices {
                for token in 0..<(choice.logprobs?.count ?? 0) {
                    _ = choice.logprobs!.tokenBytes[choice.logprobs!.range(of: token)]
                }
            }
            let again = CachedAnswer.decode(entry.encode(), key: key)
            if !same(again, entry), entry.score?.isNaN != true || again?.answer != entry.answer { different += 1 }
        }
        #expect(accepted > 0)
        #expect(different == 0)
    }
}
