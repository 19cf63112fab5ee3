import Completions
import Digest
import HTTPServer
import Harvest
import JSON
import Synchronization
import Testing

@testable import Console

/// Models and turns over the admin port, with a real store behind it.
struct ModelsAPITests {
    private func with(_ body: (TestPage, TestHost, NotedCycles) async throws -> Void) async throws {
        let host = try TestHost()
        let cycles = NotedCycles()
        try await body(TestPage(console: Console(host: host, cycles: cycles)), host, cycles)
        await host.end()
    }

    private func put(_ host: TestHost, _ kind: String, _ id: String, _ json: String) async throws {
        _ = try await host.reviews.put(kind: kind, id: id, route: "search", json: Array(json.utf8), replacing: 0)
    }

    private func turn(_ state: String) -> String { #"{"id":"search/1","route":"search","state":"\#(state)"}"# }

    @Test func `a route's history is told, without its candidates`() async throws {
        try await with { page, host, _ in
            let candidate = CandidateID.next()
            try await host.reviews.put(
                ModelVersion(
                    route: "search",
                    model: "ft:1",
                    environment: "test",
                    contract: "c",
                    dataSet: "d1",
                    examples: 2
                )
            )
            let file = DataSet.File(
                part: .train,
                path: "/somewhere/train.jsonl",
                sha256: SHA256.digest(of: []),
                lines: [
                    DataSet.Line(candidate: candidate, digest: "aa"), DataSet.Line(candidate: candidate, digest: "bb"),
                ]
            )
            let set = DataSet(
                id: "d1",
                madeAt: .now(),
                format: .chat,
                route: "search",
                contracts: ["search": "c"],
                files: [file],
                models: ["ft:1"]
            )
            try await put(host, DataSet.kind, "d1", String(decoding: set.encode(), as: UTF8.self))
            try await put(host, "evaluation", "e1", #"{"id":"e1","accepted":0.95}"#)
            try await put(host, "job", "j1", #"{"id":"j1","status":"running"}"#)
            try await put(host, "cycle", "search/1", turn("done"))

            let (status, json) = try await page.admin(.get, "models?route=search")
            #expect(status == 200)
            #expect(json["versions"]?[0]?["model"]?.string == "ft:1")
            #expect(json["data_sets"]?[0]?["files"]?[0]?["lines"]?.int == 2)
            #expect(json["evaluations"]?[0]?["accepted"]?.double == 0.95)
            #expect(json["jobs"]?[0]?["status"]?.string == "running")
            #expect(json["cycles"]?[0]?["is_silent"]?.bool == false)
            #expect(!String(decoding: json.encode(), as: UTF8.self).contains("\(candidate)"))

            #expect(try await page.admin(.get, "models?route=nowhere").status == 404)
            #expect(try await page.admin(.get, "models").status == 400)
            #expect(try await page.admin(.post, "models", [:]).status == 405)
        }
    }

    @Test(arguments: [("running", 5, false), ("running", 60, true), ("stopped", 60, false)] as [(String, Int64, Bool)])
    func `a turn whose process was killed falls silent`(_ state: String, _ seconds: Int64, _ isSilent: Bool)
        async throws
    {
        try await with { _, host, _ in
            try await put(host, "cycle", "search/1", turn(state))
            let document = try #require(try await host.reviews.document(kind: "cycle", id: "search/1"))
            let now = WallTime(milliseconds: document.writtenAt.milliseconds + seconds * 1000)
            #expect(try JSONTree.parse(RouteHistory.heard(document, now: now))["is_silent"]?.bool == isSilent)
        }
    }

    @Test func `a plan begins nothing; a turn begins with what was asked for, and is audited`() async throws {
        try await with { page, host, cycles in
            let plan = try await page.admin(.post, "routes/search/cycles", ["plan": .bool(true), "by": .string("kim")])
            #expect(plan.json["plan"]?[0]?.string == "collect")
            #expect(cycles.orders == [CycleOrder(route: "search", by: "kim")])
            #expect(host.audited.isEmpty)

            let order: [String: JSONTree] = [
                "count": .int(50), "agree": .int(2), "budget": .double(1.5), "by": .string("kim"),
            ]
            let (status, json) = try await page.admin(.post, "routes/search/cycles", order)
            #expect((status, json["id"]?.string) == (202, "search/1"))
            #expect(cycles.orders.last == CycleOrder(route: "search", count: 50, agree: 2, budget: 1.5, by: "kim"))
            #expect(host.audited == ["cycle by=kim id=search/1"])
            #expect(try await page.admin(.get, "cycles/search/1").json["state"]?.string == "running")

            let second = try await page.admin(.post, "routes/search/cycles", order)
            #expect((second.status, second.json["error"]?["code"]?.string) == (409, "cycle_under_way"))
        }
    }

    @Test(
        arguments: [
            ("routes/nowhere/cycles", #"{"by":"kim"}"#, 404), ("routes/search/cycles", "{}", 400),
            ("routes/search/cycles", #"{"by":"kim","buget":1}"#, 400),
            ("routes/search/cycles", #"{"by":"kim","count":1.5}"#, 400),
            ("routes/search/cycles", #"{"by":"kim","count":-1}"#, 400),
            ("routes/search/cycles", #"{"by":"kim","budget":"1"}"#, 400),
            ("routes/search/cycles", #"{"by":"kim","agree":0}"#, 400),
            ("routes/search/cycles", #"{"by":"kim\n"}"#, 400),
        ]
    )
    func `what makes no sense is refused by name`(_ path: String, _ body: String, _ status: Int) async throws {
        try await with { page, _, cycles in
            let answer = try await page.admin(.post, path, body: Array(body.utf8))
            #expect(answer.status == status)
            #expect(cycles.orders.isEmpty)
        }
    }

    @Test func `a turn under way can be cancelled, one that is over cannot`() async throws {
        try await with { page, host, cycles in
            #expect(try await page.admin(.delete, "cycles/search/1").status == 404)
            try await put(host, "cycle", "search/1", turn("done"))
            #expect(try await page.admin(.delete, "cycles/search/1?by=kim").status == 409)
            #expect(cycles.cancelled.isEmpty)
            try await put(host, "cycle", "search/2", turn("running").replacing("search/1", with: "search/2"))
            #expect(try await page.admin(.delete, "cycles/search/2?by=kim").status == 202)
            #expect(cycles.cancelled == ["search by kim"])
            #expect(host.audited == ["cycle cancelled by=kim id=search/2"])
        }
    }

    @Test func `where nobody can turn it, it is told`() async throws {
        let host = try TestHost()
        let page = TestPage(console: Console(host: host))
        #expect(try await page.admin(.post, "routes/search/cycles", ["by": .string("kim")]).status == 501)
        #expect(try await page.admin(.get, "models?route=search").json["can_cycle"]?.bool == false)
        await host.end()
    }
}

extension TestPage {
    fileprivate func admin(
        _ method: HTTPMethod,
        _ path: String,
        _ members: [String: JSONTree] = [:]
    ) async throws -> (status: Int, json: JSONTree) {
        let body = JSONTree.object(members.map { .init(name: $0.key, value: $0.value) }).encode()
        return try await admin(method, path, body: body)
    }

    fileprivate func admin(
        _ method: HTTPMethod,
        _ path: String,
        body: [UInt8]
    ) async throws -> (status: Int, json: JSONTree) {
        let request = HTTPRequest(
            method: method,
            target: "/admin/v1/\(path)",
            headers: [("content-type", "application/json")],
            body: method == .post ? body : []
        )
        let plain = String(path.prefix { $0 != "?" })
        do throws(APIError) {
            guard let reply = try await console.reply(request, path: "/admin/v1/\(plain)") else { return (404, .null) }
            return (reply.status, (try? JSONTree.parse(reply.body)) ?? .null)
        } catch {
            return (error.status, (try? JSONTree.parse(error.encode())) ?? .null)
        }
    }
}

/// Writes the record that the real process writes, and no more: the process is tried in deploy/acceptance/models.
private final class NotedCycles: CycleControl {
    private let noted = Mutex<(orders: [CycleOrder], cancelled: [String])>(([], []))

    var orders: [CycleOrder] { noted.withLock { $0.orders } }
    var cancelled: [String] { noted.withLock { $0.cancelled } }

    func plan(_ order: CycleOrder) async throws(CycleRefusal) -> [UInt8] {
        noted.withLock { $0.orders.append(order) }
        return Array(#"{"plan":["collect"],"invalid":[],"estimate":{}}"#.utf8)
    }

    func start(_ order: CycleOrder, in store: any Store) async throws(CycleRefusal) -> String {
        noted.withLock { $0.orders.append(order) }
        let id = "\(order.route)/1"
        let json = Array(#"{"id":"\#(id)","route":"\#(order.route)","state":"running"}"#.utf8)
        let revision = try? await store.put(kind: "cycle", id: id, route: order.route, json: json, replacing: 0)
        guard revision ?? nil != nil else { throw CycleRefusal(.busy, "a cycle of \(order.route) is under way") }
        return id
    }

    func cancel(route: String, by who: String, in store: any Store) async throws(StoreError) -> String? {
        noted.withLock { $0.cancelled.append("\(route) by \(who)") }
        return try await store.documents(kind: "cycle", route: route).first?.id
    }
}
