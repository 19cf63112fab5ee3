import Completions
import Harvest
import JSON
import Testing

@Suite("A candidate's JSON")
struct CandidateJSONTests {
    @Test("has every member of the contract, in one order")
    func members() throws {
        let tree = try JSONTree.parse(Candidate.sample().encode())
        let names = try #require(tree.object).map(\.name)
        #expect(
            names == [
                "id", "request_id", "created_at", "route", "environment", "contract", "version", "source", "reason",
                "detail", "request", "prompt", "small", "large", "score", "threshold", "cache_key", "status",
                "completion", "metadata", "stop",
            ]
        )
        #expect(tree["large"]?.object?.map(\.name) == ["model", "choices", "usage", "cost", "ms", "cut", "cut_at"])
        #expect(tree["created_at"]?.string == "2026-11-23T00:05:44.123Z")
        #expect(tree["request"]?["messages"]?[0]?["content"]?.string == "find me my slowest recursive functions")
        #expect(tree["prompt"]?["small"]?.string?.hasSuffix("\n\n###\n\n") == true)
    }

    @Test("reads back as the candidate it was, the client's bytes untouched")
    func roundTrip() throws {
        var full = Candidate.sample()
        full.untrainable = "format.json"
        full.client = "acme"
        full.completion = "a \"b\"\n\u{1F600}"
        full.large?.cut = true
        full.large?.cutAt = 7
        full.source = .audit
        full.audit = Candidate.Audit(draw: .random, probability: 0.02, result: .contradict, similarity: 0.25, note: "n")
        for candidate in [full, .sample(), .bare] {
            #expect(try Candidate(json: candidate.encode()) == candidate)
        }
        #expect(try Candidate(json: full.encode()).request == full.request)
    }

    @Test("writes what is not there as null, but for untrainable, stop, audit and client")
    func absent() throws {
        let tree = try JSONTree.parse(Candidate.bare.encode())
        for name in [
            "version", "detail", "small", "large", "score", "threshold", "cache_key", "completion", "metadata",
        ] {
            #expect(tree[name] == .null, "\(name)")
        }
        #expect(tree["untrainable"] == nil)
        #expect(tree["stop"] == nil)
        #expect(tree["audit"] == nil)
        #expect(tree["client"] == nil)
    }

    @Test("fits on one line, whatever line breaks the client sent")
    func oneLine() throws {
        var candidate = Candidate.sample()
        candidate.request = Array("{\r\n  \"a\": \"b\\n\"\n}".utf8)
        let line = candidate.encodeOnOneLine()
        #expect(!line.contains(0x0a) && !line.contains(0x0d))
        #expect(try JSONTree.parse(line)["request"]?["a"]?.string == "b\n")
    }

    @Test("is refused where a member is missing or of another type, by name")
    func refused() throws {
        let text = String(decoding: Candidate.sample().encode(), as: UTF8.self)
        func member(_ from: String, _ to: String) -> String? {
            do {
                _ = try Candidate(json: text.replacing(from, with: to).utf8)
                return nil
            } catch {
                return error.member
            }
        }
        #expect(member(#""route":"code-search""#, #""route":7"#) == "route")
        #expect(member(#""status":"new""#, #""status":"odd""#) == "status")
        #expect(member(#""ms":912.0"#, #""ms":"long""#) == "large.ms")
        #expect(member(#""id":""#, #""id":"x"#) == "id")
        #expect(throws: UnreadableCandidate.self) { try Candidate(json: text.utf8.dropLast()) }
        #expect(throws: UnreadableCandidate.self) { try Candidate(json: "[]".utf8) }
    }

    @Test("keeps an answer's choices as the model sent them, and writes those put together here in its dialect")
    func answers() throws {
        let sent = #"{"index":0,"text":" a","logprobs":null,"finish_reason":"stop","odd":1.50}"#
        let made = Choice(index: 1, text: Array("b".utf8))
        let answer = CompletionAnswer(
            dialect: .completions,
            choices: [Choice(text: Array(" a".utf8), raw: Array(sent.utf8)[...]), made]
        )
        let kept = Candidate.Answer(answer, model: "m", cost: nil, milliseconds: 1)
        #expect(
            String(decoding: kept.choices, as: UTF8.self)
                == "[\(sent),{\"index\":1,\"text\":\"b\",\"logprobs\":null,\"finish_reason\":\"stop\"}]"
        )
        #expect(kept.usage == nil)

        let call = ToolCall(id: Array("c".utf8), name: Array("f".utf8), arguments: Array("{}".utf8))
        let chat = CompletionAnswer(
            dialect: .chat,
            choices: [Choice(text: nil, toolCalls: [call], finishReason: .toolCalls)]
        )
        let function = #"{"name":"f","arguments":"{}"}"#
        let message =
            #"{"role":"assistant","content":null,"refusal":null,"tool_calls":"#
            + #"[{"id":"c","type":"function","function":\#(function)}]}"#
        #expect(
            String(decoding: Candidate.Answer(chat, model: "m", cost: nil, milliseconds: 1).choices, as: UTF8.self)
                == #"[{"index":0,"message":\#(message),"logprobs":null,"finish_reason":"tool_calls"}]"#
        )
    }
}

extension Candidate {
    /// A candidate with nothing that can be left out.
    static var bare: Candidate {
        Candidate(
            requestID: "",
            createdAt: WallTime(milliseconds: 0),
            route: "r",
            environment: "e",
            contract: "",
            version: nil,
            reason: "no_small",
            request: Array("{}".utf8)
        )
    }
}
