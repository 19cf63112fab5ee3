import Completions
import Digest
import Glibc

@testable import Cache

/// A key that is nobody else's.
func sampleKey(_ name: String = "") -> CacheKey {
    CacheKey(SHA256.digest(of: name.isEmpty ? "\(UInt64.random(in: .min ... .max))" : name))
}

/// An answer as a completions model sends it; its raw parts are slices of its body.
func sampleAnswer(
    _ key: CacheKey,
    text: String = "lang:go sort:time",
    score: Double? = -0.25,
    top: Int? = 2,
    storedAt: Int64 = unixNow(),
    ttl: Duration = .seconds(3600),
    padding: Int = 0
) -> CachedAnswer {
    let logprobs = #"{"tokens":["lang",":go"],"token_logprobs":[-0.25,null],"text_offset":[0,4]}"#
    let choice = #"{"index":0,"text":"\#(text)","logprobs":\#(logprobs),"finish_reason":"stop"}"#
    let usage = #"{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13}"#
    let pad = String(repeating: "x", count: padding)
    let head = #""id":"cmpl-1","created":1700000000,"model":"ft:small","choices":[\#(choice)],"usage":\#(usage)"#
    let body = Array((#"{\#(head),"system_fingerprint":"fp","pad":"\#(pad)"}"#).utf8)
    func part(_ text: String) -> ArraySlice<UInt8> {
        let wanted = Array(text.utf8)
        let start = body.indices.first { body[$0...].starts(with: wanted) }!
        return body[start..<start + wanted.count]
    }
    var answer = CompletionAnswer(
        dialect: .completions,
        id: Array("cmpl-1".utf8),
        created: 1_700_000_000,
        model: Array("ft:small".utf8),
        systemFingerprint: part(#""fp""#),
        choices: [
            Choice(
                index: 0,
                text: Array(text.utf8),
                refusal: nil,
                toolCalls: [ToolCall(id: [1], name: Array("find".utf8), arguments: Array("{}".utf8))],
                finishReason: .stop,
                logprobs: TokenLogprobs(
                    logprobs: [-0.25, .nan],
                    tokenBytes: Array("lang:go".utf8),
                    tokenEnds: [4, 7],
                    textOffsets: [0, 4],
                    margins: [1.5, .nan],
                    alternatives: 2,
                    raw: part(logprobs)
                ),
                raw: part(choice)
            )
        ],
        usage: Usage(promptTokens: 9, completionTokens: 4, totalTokens: 13, raw: part(usage)),
        raw: body
    )
    answer.modelRange = part(#""ft:small""#).indices
    answer.choices[0].logprobsRange = part(logprobs).indices
    return CachedAnswer(
        key: key,
        answer: answer,
        answeredBy: .small,
        model: "ft:babbage-002:acme:code-search:v3",
        verdict: "accept",
        score: score,
        scoreName: "min_logprob",
        storedAt: storedAt,
        ttl: ttl,
        topLogprobs: top
    )
}

func unixNow() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
}

func same(_ a: CachedAnswer?, _ b: CachedAnswer) -> Bool {
    guard let a else { return false }
    return a.key == b.key && a.answer == b.answer && a.answeredBy == b.answeredBy && a.model == b.model
        && a.verdict == b.verdict && a.score == b.score && a.scoreName == b.scoreName && a.storedAt == b.storedAt
        && a.ttl == b.ttl && a.topLogprobs == b.topLogprobs
}

/// Random, and the same in every run.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}
