import Harvest
import JSON
import Testing

@testable import Console

/// What the page asks and says, with a real store behind it.
struct ReviewAPITests {
    /// A page over a store that holds these.
    private func with(
        _ candidates: [Candidate],
        _ body: (TestPage, TestHost) async throws -> Void
    ) async throws {
        let host = try TestHost()
        _ = try await host.reviews.keep(candidates)
        try await body(TestPage(console: Console(host: host)), host)
        await host.end()
    }

    @Test func `a side is the model that stands there, and is told after the decision`() async throws {
        let candidates = (0..<6).map { Candidate.sample(ask: "question number \($0) about \($0 * 7919)") }
        try await with(candidates) { page, host in
            for (number, item) in try await page.take().enumerated() {
                let small = TestPage.place(of: "kind:file", in: item)
                let side = number % 2 == 0 ? small : small == "left" ? "right" : "left"
                let id = try #require(item["id"])
                let reply = try await page.post(
                    "decide",
                    [("id", id), ("decision", .string("accept")), ("side", .string(side))]
                )
                #expect(reply.status == 200)
                #expect(reply.json["item"]?["named"]?.bool == true)
                #expect(reply.json["item"]?["decided"]?["side"]?.string == side)
                let kept = try await host.reviews.candidate(try #require(id.string.flatMap { CandidateID($0) }))
                #expect(kept?.status == .accepted)
                // Nil: large's answer stands.
                #expect((kept?.completion == nil) == (number % 2 == 1))
            }
            #expect(host.audited.count == 6)
            #expect(host.audited.allSatisfy { $0.hasPrefix("review by=Ada candidate=") })
            #expect(!host.audited.joined().contains("kind:"), "the audit log holds no texts")
        }
    }

    @Test func `an edit that fails the route's checks is refused with the place, and nothing is kept`() async throws {
        try await with([.sample()]) { page, host in
            let item = try #require(try await page.take().first)
            let id = try #require(item["id"])
            func edit(_ text: String) async throws -> (status: Int, json: JSONTree) {
                try await page.post(
                    "decide",
                    [("id", id), ("decision", .string("edit")), ("completion", .string(text))]
                )
            }
            let refused = try await edit("kind:File")
            #expect((refused.status, refused.json["error"]?["code"]?.string) == (422, "fails_checks"))
            #expect(refused.json["check"]?["checks"]?[1]?["place"]?["index"]?.int == 5)
            #expect(try await host.reviews.counts().map(\.status) == [.new])
            #expect(
                try await page.post("check", [("route", .string("search")), ("completion", .string("kind:File"))]).json
                    == refused.json["check"]
            )
            #expect(host.forgotten.isEmpty)
            let kept = try await edit("kind:file sort:name")
            #expect((kept.status, kept.json["verb"]?.string) == (200, "edit"))
            #expect(host.forgotten == [String(repeating: "ab", count: 32)])
            #expect(try await host.reviews.counts().map(\.status) == [.edited])
        }
    }

    @Test func `an answer that fails is not accepted, whoever gave it`() async throws {
        try await with([.sample(small: Candidate.chat("KIND!"))]) { page, _ in
            let item = try #require(try await page.take().first)
            let id = try #require(item["id"])
            for side in [TestPage.place(of: "KIND!", in: item), "both"] {
                let members: [(String, JSONTree)] = [
                    ("id", id), ("decision", .string("accept")), ("side", .string(side)),
                ]
                #expect(try await page.post("decide", members).status == 422)
            }
        }
    }

    @Test func `a label that a model gave is an acceptance of it, another an edit, and no other is kept`() async throws
    {
        let candidates = ["bug", "feature", "bug"].enumerated().map { number, small in
            Candidate.sample(
                route: "labels",
                ask: "ticket \(number) of \(number * 104_729)",
                small: Candidate.chat(small),
                large: Candidate.chat("bug")
            )
        }
        try await with(candidates) { page, host in
            var said: [String] = []
            for item in try await page.take("labels") {
                #expect(item["labels"]?.array?.compactMap(\.string) == ["bug", "feature"])
                func label(_ text: String) async throws -> (status: Int, json: JSONTree) {
                    try await page.post(
                        "decide",
                        [("id", item["id"] ?? .null), ("decision", .string("label")), ("completion", .string(text))]
                    )
                }
                #expect(try await label("question").status == 422)
                said.append(try await label("feature").json["verb"]?.string ?? "")
            }
            #expect(said.sorted() == ["accept", "edit", "edit"])
            #expect(Set(try await host.reviews.counts().map(\.status)) == [.accepted, .edited])
        }
    }

    @Test func `undo brings the item back, told, and what is decided then is marked`() async throws {
        try await with([.sample()]) { page, host in
            let item = try #require(try await page.take().first)
            let id = try #require(item["id"])
            #expect(try await page.post("decide", [("id", id), ("decision", .string("reject"))]).status == 200)
            let undone = try await page.post("undo").json["item"]
            #expect((undone?["id"], undone?["named"]?.bool, undone?["decided"]) == (id, true, nil))
            #expect(try await page.post("undo").json["item"]?.isNull == true)
            let again = try await page.post(
                "decide",
                [("id", id), ("decision", .string("accept")), ("side", .string("left"))]
            )
            #expect(again.json["after_reveal"]?.bool == true)
            let history = try await page.get("history").json["data"]?.array
            #expect(history?.map { $0["verb"]?.string } == ["accept", "reject"])
            #expect(history?.map { $0["undone"]?.bool } == [false, true])
            #expect(host.audited.map { $0.prefix { $0 != " " } } == ["review", "review", "review"])
        }
    }

    @Test func `another reviewer sees it blind, and may not have what somebody holds`() async throws {
        try await with([.sample()]) { page, host in
            let item = try #require(try await page.take().first)
            let id = try #require(item["id"]?.string)
            let grace = TestPage(console: page.console, reviewer: "Grace")
            #expect(try await grace.take().isEmpty)
            #expect(try await grace.post("decide", [("id", .string(id)), ("decision", .string("skip"))]).status == 400)
            _ = try await page.post("decide", [("id", .string(id)), ("decision", .string("reject"))])
            #expect(try await page.get("items/\(id)").json["item"]?["named"]?.bool == true)
            #expect(try await grace.get("items/\(id)").json["item"]?["named"]?.bool == false)
            _ = host
        }
    }

    @Test func `a cluster lists every input with its own answer, and one decision accepts those that pass`()
        async throws
    {
        let words = "functions in the module that are called by nobody at all and were not changed for a year"
        let candidates = (0..<3).map { number in
            Candidate.sample(
                ask: "find me \(words)\(String(repeating: "!", count: number))",
                small: number == 2 ? Candidate.chat("KIND!") : Candidate.chat("kind:file")
            )
        }
        try await with(candidates) { page, host in
            let item = try #require(try await page.take().first)
            let id = try #require(item["id"]?.string)
            try #require(item["cluster"]?.int == 3)
            // Large's answers are equal; of small's one fails.
            let small = TestPage.place(of: "kind:file", in: item)
            let isNamed = item["named"]?.bool == true
            let side = isNamed ? TestPage.place(of: "KIND!", in: item) : small
            let listed = try await page.get("items/\(id)/cluster", "side=\(side)").json["data"]?.array ?? []
            #expect(listed.count == 3)
            #expect(listed.filter { $0["passes"]?.bool == false }.count == 1)
            let large = side == "left" ? "right" : "left"
            let all = try await page.get("items/\(id)/cluster", "side=\(large)").json["data"]?.array ?? []
            #expect(all.allSatisfy { $0["text"]?.string == "kind:method" && $0["passes"]?.bool == true })
            let others = all.compactMap { $0["id"]?.string }.filter { $0 != id }.map(JSONTree.string)
            let reply = try await page.post(
                "decide",
                [
                    ("id", .string(id)), ("members", .array(others)), ("decision", .string("accept")),
                    ("side", .string(large)),
                ]
            )
            #expect((reply.status, reply.json["also"]?.int) == (200, 2))
            let progress = try await page.get("progress", "route=search").json
            #expect(progress["candidates"]?["accepted"]?.int == 3)
            #expect(progress["reviews"]?.int == 1, "they count as one review")
            _ = host
        }
    }

    @Test func `progress says exact counts, the goal, and what there is to choose from`() async throws {
        let candidates =
            [Candidate.sample(reason: "no_small"), .sample(ask: "and another one altogether")]
            + [.sample(route: "facts", ask: "something else", small: nil, large: Candidate.chat("[1]"))]
        try await with(candidates) { page, _ in
            let all = try await page.get("progress", "route=search").json
            #expect((all["kind"]?.string, all["target"]?.int, all["left"]?.int) == ("dsl", 3000, 2))
            #expect(
                Set(all["facets"]?.array?.compactMap { $0["reason"]?.string } ?? []) == ["no_small", "low_confidence"]
            )
            #expect(try await page.get("progress", "route=search&reason=no_small").json["left"]?.int == 1)
            #expect(try await page.get("progress", "route=search&version=none").json["left"]?.int == 0)
            #expect(try await page.get("progress", "route=facts").json["target"]?.isNull == true)
            let routes = try await page.get("routes").json["data"]?.array
            #expect(routes?.map { $0["name"]?.string } == ["facts", "labels", "search"])
            #expect(routes?.map { $0["new"]?.int } == [1, 0, 2])
        }
    }

    @Test func `prompts are shown as they were sent`() async throws {
        try await with([.sample()]) { page, _ in
            let id = try #require(try await page.take().first?["id"]?.string)
            let prompts = try await page.get("items/\(id)/prompts").json["prompts"]
            #expect(prompts?.array?.map { $0["to"]?.string } == ["small", "large"])
            #expect(prompts?[0]?["turns"]?[0]?["text"]?.string == "where is it ->")
            #expect(prompts?[1]?["turns"]?[0]?["role"]?.string == "user")
        }
    }

    @Test func `what makes no sense is refused by name`() async throws {
        try await with([.sample()]) { page, _ in
            let id = try #require(try await page.take().first?["id"])
            for (members, param) in [
                ([("id", id)], "decision"), ([("id", id), ("decision", .string("burn"))], "decision"),
                ([("id", id), ("decision", .string("accept"))], "side"),
                ([("id", id), ("decision", .string("edit"))], "completion"),
                ([("id", id), ("decision", .string("skip")), ("members", .string("x"))], "members"),
            ] as [([(String, JSONTree)], String)] {
                let reply = try await page.post("decide", members)
                #expect((reply.status, reply.json["error"]?["param"]?.string) == (400, param))
            }
            #expect(
                try await page.post("decide", [("id", .string("nonsense")), ("decision", .string("skip"))]).status
                    == 404
            )
            for name in ["", "  ", "a\u{202E}b", String(repeating: "x", count: 65)] {
                let stranger = TestPage(console: page.console, reviewer: name)
                #expect(try await stranger.post("take", [("route", .string("search"))]).status == 400, "\(name)")
            }
            #expect(try await page.get("progress", "route=search&from=yesterday").status == 400)
            #expect(try await page.get("nothing").status == 404)
            #expect(try await page.post("routes").status == 404)
        }
    }
}
