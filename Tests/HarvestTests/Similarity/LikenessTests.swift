import Testing

@testable import Harvest

@Suite struct LikenessTests {
    private func likeness(
        _ input: String,
        _ answer: String,
        route: String = "code-search",
        contract: String = "5f2b"
    ) throws -> Likeness {
        var candidate = Candidate.sample(route: route, input: input, large: answer)
        candidate.contract = contract
        return try #require(Likeness(of: candidate))
    }

    @Test func `near-identical inputs with an equal answer belong together`() throws {
        let one = try likeness("find my slowest functions", "sort:-duration")
        let other = try likeness("Find me my slowest functions", " sort:-duration ")
        #expect(one.isNear(other))
        #expect(!Set(one.keys).isDisjoint(with: other.keys))
        #expect(one.keys.count == Likeness.keyCount)
    }

    @Test func `slowest and fastest share nearly all trigrams, and no cluster`() throws {
        let slow = try likeness("show me the slowest functions of the gateway in Sources", "sort:-duration")
        let fast = try likeness("show me the fastest functions of the gateway in Sources", "sort:duration")
        #expect(slow.sketch.isNear(fast.sketch))
        #expect(!slow.isNear(fast))
        #expect(Set(slow.keys).isDisjoint(with: fast.keys))
    }

    @Test func `an equal answer to another question is no cluster`() throws {
        let one = try likeness("find my slowest functions", "sort:-duration")
        #expect(!one.isNear(try likeness("what takes so long?", "sort:-duration")))
    }

    @Test func `routes and contracts have keys of their own`() throws {
        let one = try likeness("find my slowest functions", "sort:-duration")
        let route = try likeness("find my slowest functions", "sort:-duration", route: "other")
        let contract = try likeness("find my slowest functions", "sort:-duration", contract: "5f2c")
        #expect(Set(one.keys).isDisjoint(with: route.keys))
        #expect(Set(one.keys).isDisjoint(with: contract.keys))
        #expect(one.input == route.input)
    }

    @Test func `keys find what is near`() throws {
        var questions = Questions(seed: 6)
        let asked = questions.distinct(200)
        var near = 0
        var found = 0
        for question in asked {
            let one = try likeness(question, "x")
            let other = try likeness(questions.misspelt(question), "x")
            guard one.isNear(other) else { continue }
            near += 1
            if !Set(one.keys).isDisjoint(with: other.keys) { found += 1 }
        }
        #expect(near > 150)
        #expect(Double(found) / Double(near) > 0.9)
    }

    @Test func `without an answer there is nothing to be equal`() {
        var candidate = Candidate.sample()
        candidate.large = nil
        #expect(Likeness(of: candidate) == nil)
        candidate.large = Candidate.Answer(
            model: "m",
            choices: Array(#"[{"message":{"content":null,"refusal":"no"},"finish_reason":"stop"}]"#.utf8),
            milliseconds: 1
        )
        #expect(Likeness(of: candidate) == nil)
        #expect(Likeness(of: Candidate.sample(large: " \\n ")) == nil)
    }

    @Test func `tool calls are compared by what they call, not by their ids`() throws {
        func answer(_ id: String, _ arguments: String) -> Candidate {
            var candidate = Candidate.sample()
            candidate.large?.choices = Array(
                #"[{"message":{"content":null,"tool_calls":[{"id":"\#(id)","type":"function","function":{"name":"find","arguments":"\#(arguments)"}}]},"finish_reason":"tool_calls"}]"#
                    .utf8
            )
            return candidate
        }
        let one = try #require(CountedAnswer(answer("call_1", #"{\"a\":1,\"b\":[2]}"#)))
        #expect(one == CountedAnswer(answer("call_2", #"{ \"b\": [2], \"a\": 1 }"#)))
        #expect(one != CountedAnswer(answer("call_1", #"{\"a\":2,\"b\":[2]}"#)))
        #expect(CountedAnswer(answer("call_1", "not json")) == CountedAnswer(answer("call_3", "not json")))
    }

    @Test(
        arguments: [
            (
                #"{"messages":[{"role":"system","content":"s"},{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c\u0021"}]}"#,
                "c!"
            ),
            (
                #"{"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url"},{"type":"text","text":"b"}]}]}"#,
                "a\nb"
            ),
            (#"{"prompt":"p"}"#, "p"), (#"{"prompt":["p"]}"#, "p"), (#"{"prompt":["p","q"]}"#, "p\nq"),
            (#"{"prompt":[1,2]}"#, nil), (#"{"messages":[{"role":"system","content":"s"}]}"#, nil), (#"{}"#, nil),
            (#"[]"#, nil),
        ] as [(String, String?)]
    ) func `the input is the last user message, or the prompt`(request: String, input: String?) {
        var candidate = Candidate.sample()
        candidate.request = Array(request.utf8)
        #expect(candidate.input == input)
    }
}
