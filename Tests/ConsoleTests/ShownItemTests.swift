import Harvest
import JSON
import Settings
import Testing

@testable import Console

/// What a reviewer is shown, and above all what not.
struct ShownItemTests {
    private let settings: GatewaySettings

    init() throws {
        settings = try sampleSettings()
    }

    private func item(_ candidate: Candidate, holdout: Bool = false, revealed: Bool = false) -> ShownItem {
        ShownItem(
            candidate,
            route: settings.routes[candidate.route],
            isHoldout: holdout,
            isRevealed: revealed,
            order: sampleOrder
        )
    }

    @Test func `a pair that passes does not say which side is whose, not by a single member`() throws {
        let json = try item(.sample()).json
        #expect(json["named"]?.bool == false)
        #expect(
            json.object?.map(\.name) == [
                "id", "route", "created_at", "source", "shape", "named", "style", "labels", "cluster", "ask", "turns",
                "sides",
            ]
        )
        let sides = try #require(json["sides"]?.array)
        for side in sides { #expect(side.object?.map(\.name) == ["text", "refusal", "calls", "choices"]) }
        // Completions begin with a space, chat does not: that would tell, too.
        #expect(Set(sides.compactMap { $0["text"]?.string }) == ["kind:file", "kind:method"])
        let text = String(decoding: json.encode(), as: UTF8.self)
        for telling in ["ft:small", "big-one", "low_confidence", "v1", "300", "12.5", "0.25"] {
            #expect(!text.contains(telling), "\(telling)")
        }
    }

    @Test func `after the decision all is told, with the sides where they were`() throws {
        let candidate = Candidate.sample()
        let blind = try item(candidate).json
        let told = try item(candidate, revealed: true).json
        for index in 0...1 { #expect(told["sides"]?[index]?["text"] == blind["sides"]?[index]?["text"]) }
        #expect(told["why"]?["reason"]?.string == "low_confidence")
        let small = told["sides"]?.array?.first { $0["role"]?.string == "small" }
        #expect((small?["model"]?.string, small?["text"]?.string) == ("ft:small", "kind:file"))
    }

    @Test func `where a side fails its format both are named, with the check's words`() throws {
        let json = try item(.sample(small: #"[{"text":" KIND!","finish_reason":"stop"}]"#)).json
        #expect(json["named"]?.bool == true)
        let small = json["sides"]?.array?.first { $0["role"]?.string == "small" }
        #expect(small?["fails"]?["check"]?.string == "regex")
        #expect(small?["fails"]?["detail"]?.string?.isEmpty == false)
        // An answer that broke off shows it by itself.
        var cut = Candidate.sample()
        cut.small?.cut = true
        #expect(item(cut).isNamed)
        #expect(item(.sample(small: #"[{"message":{"refusal":"I will not"},"finish_reason":"stop"}]"#)).isNamed)
    }

    @Test func `an item with one answer is shown as such`() throws {
        let json = try item(.sample(small: nil, reason: "no_small")).json
        #expect((json["shape"]?.string, json["named"]?.bool) == ("one", true))
        #expect(json["sides"]?.array?.count == 1)
    }

    @Test func `of an item that evaluations are measured on no answer is sent, decided or not`() throws {
        for revealed in [false, true] {
            let json = try item(.sample(), holdout: true, revealed: revealed).json
            #expect((json["shape"]?.string, json["sides"]?.array?.isEmpty) == ("blank", true))
            #expect(json["why"] == nil)
            let text = String(decoding: json.encode(), as: UTF8.self)
            #expect(!text.contains("kind:file") && !text.contains("kind:method"))
        }
    }

    @Test func `sides are shuffled by a key, the same for an item every time`() {
        let ids = (0..<400).map { _ in CandidateID.next() }
        let left = ids.filter { sampleOrder.smallIsLeft($0) }
        #expect((140...260).contains(left.count), "\(left.count) of 400")
        #expect(ids.allSatisfy { sampleOrder.smallIsLeft($0) == SideOrder(key: Array("a key".utf8)).smallIsLeft($0) })
        let other = SideOrder(key: Array("another".utf8))
        #expect(ids.contains { sampleOrder.smallIsLeft($0) != other.smallIsLeft($0) })
    }

    @Test func `a place names the side that stands there`() {
        let item = item(.sample())
        let places = ["left", "right"].map { item.side(at: $0)?.role }
        #expect(Set(places) == [.small, .large])
        #expect(item.side(at: nil) == nil)
        #expect(item.side(at: "middle") == nil)
        #expect(item.place(of: .both) == "both")
        let single = self.item(.sample(small: nil))
        #expect(single.side(at: nil)?.role == .large)
        #expect(single.side(at: "left") == nil)
    }

    @Test func `the question is the last message, what stood before it comes apart`() throws {
        let json = try item(.sample(ask: "and now?")).json
        #expect(json["ask"]?.string == "and now?")
        #expect(json["turns"]?[0]?["text"]?.string == "Be short.")
        let completion = Question(request: Array(#"{"prompt":"say it"}"#.utf8))
        #expect((completion.ask, completion.turns.isEmpty) == ("say it", true))
        let parts = Question(
            request: Array(
                #"{"messages":[{"role":"user","content":[{"type":"text","text":"look: "},{"type":"image_url"}]}]}"#.utf8
            )
        )
        #expect(parts.ask == "look: [image_url]")
        #expect(Question(request: Array("nonsense".utf8)).ask == "")
    }

    @Test func `tokens come as text, those that end inside a character with the next`() throws {
        let choices = #"""
            [{"message":{"content":"a\u00e9b"},"finish_reason":"stop","logprobs":{"content":[
            {"token":"a","logprob":-0.1,"bytes":[97]},{"token":"x","logprob":-2,"bytes":[195]},
            {"token":"y","logprob":-0.5,"bytes":[169]},{"token":"b","logprob":-0.3,"bytes":[98]}]}}]
            """#
        let answer = ShownAnswer(
            Candidate.Answer(model: "m", choices: Array(choices.utf8), milliseconds: 1),
            checks: []
        )
        #expect(answer.tokens?.map(\.text) == ["a", "\u{e9}", "b"])
        #expect(answer.tokens?.map(\.logprob) == [-0.1, -2, -0.3])
    }

    @Test func `tool calls and unreadable answers are shown too`() throws {
        let call = #"""
            [{"message":{"content":null,"tool_calls":[{"id":"1","function":{"name":"find","arguments":"{}"}}]},
            "finish_reason":"tool_calls"}]
            """#
        let calling = item(.sample(large: call)).sides.first { $0.role == .large }?.answer
        #expect(calling?.calls.map(\.name) == ["find"])
        #expect(calling?.text == nil)
        let broken = item(.sample(small: "[]")).sides.first { $0.role == .small }?.answer
        #expect(broken?.failure?.check == "unreadable")
    }
}
