import Digest
import Foundation
import HTTPServer
import Harvest
import JSON
import Settings
import Testing

@testable import Console

/// Training files by the page, with a real store and a real disk behind it.
struct ExportAPITests {
    private func with(
        _ candidates: [Candidate],
        _ body: (TestPage, TestHost) async throws -> Void
    ) async throws {
        let host = try TestHost()
        _ = try await host.reviews.keep(candidates)
        try await body(TestPage(console: Console(host: host)), host)
        await host.end()
    }

    /// To the contract that is in force, each with an input and an answer of its own.
    private func candidates(_ host: TestHost, _ count: Int, contract: String? = nil) throws -> [Candidate] {
        let inForce = try #require(host.settings.routes["search"]?.contract)
        return (0..<count).map { number in
            var candidate = Candidate.sample(
                ask: "question \(number * 7919) about \(number * 104_729)",
                large: Candidate.chat("kind:method name:\(String(repeating: "a", count: number + 1))")
            )
            candidate.contract = contract ?? inForce
            return candidate
        }
    }

    private let wanted: [(String, JSONTree)] = [
        ("route", .string("search")), ("format", .string("openai-chat")), ("validation", .int(20)),
    ]

    @Test func `a plan says what would be in the files, and writes nothing`() async throws {
        try await with([]) { page, host in
            var all = try candidates(host, 30) + candidates(host, 3, contract: "older")
            let held = try #require(
                (0..<50).map { "held \($0 * 6151)" }.first { Holdout.contains(Likeness.inputDigest(of: $0)) }
            )
            var audit = Candidate.sample(ask: held)
            audit.contract = all[0].contract
            audit.source = .audit
            all.append(audit)
            _ = try await host.reviews.keep(all)
            let plan = try await page.post("export/plan", wanted)
            #expect((plan.status, plan.json["valid"]?.bool, plan.json["examples"]?.int) == (200, true, 30))
            let manifest = plan.json["manifest"]
            let files = manifest?["files"]?.array ?? []
            #expect(files.map { $0["part"]?.string } == ["train", "validation"])
            #expect(files.compactMap { $0["lines"]?.int }.reduce(0, +) == 30)
            #expect(manifest?["left_out"]?["of another contract than the one in force"]?.int == 3)
            #expect(manifest?["left_out"]?["kept to measure with"]?.int == 1)
            #expect(manifest?["notes"]?.array?.isEmpty == false)
            #expect(!FileManager.default.fileExists(atPath: host.exports))
            #expect(try await host.reviews.documents(kind: DataSet.kind, route: nil).isEmpty)
            let reviewed = try await page.post("export/plan", wanted + [("reviewed", .bool(true))])
            #expect(reviewed.json["examples"]?.int == 0)
            #expect(try await page.post("export", wanted + [("reviewed", .bool(true))]).status == 422)
        }
    }

    @Test func `files are written for the gateway's user alone, kept on the books, and given out as they are`()
        async throws
    {
        try await with([]) { page, host in
            _ = try await host.reviews.keep(try candidates(host, 40))
            let made = try await page.post("export", wanted)
            #expect(made.status == 200)
            let id = try #require(made.json["manifest"]?["id"]?.string)
            let paths = made.json["paths"]?.array?.compactMap(\.string) ?? []
            #expect(paths == ["train", "train.validation"].map { "\(host.exports)/\(id)/\($0).jsonl" })
            for path in paths {
                let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
                #expect(mode == 0o600)
            }
            func file(_ part: String, of id: String) async throws -> HTTPReply? {
                let request = HTTPRequest(method: .get, target: "/admin/v1/review/exports/\(id)/\(part)")
                return try await page.console.reply(request, path: "/admin/v1/review/exports/\(id)/\(part)")
            }
            for (part, path) in zip(["train", "validation"], paths) {
                let reply = try #require(try await file(part, of: id))
                #expect(reply.body == Array(FileManager.default.contents(atPath: path) ?? Data()))
                let fields = String(decoding: reply.fields, as: UTF8.self)
                #expect(fields.contains("content-disposition: attachment; filename=\""))
                #expect(fields.contains(".\(part).jsonl\"\r\n"))
                #expect(fields.contains("x-content-type-options: nosniff"))
            }
            let manifest = try #require(try await file("manifest", of: id))
            #expect(try JSONTree.parse(manifest.body)["id"]?.string == id)
            for (part, id) in [("train", "another"), ("records", id), ("..", id)] {
                await #expect(throws: (any Error).self) { _ = try await file(part, of: id) }
            }
            // Not one of ours, whatever the books say.
            let stranger = DataSet(
                id: "stranger",
                madeAt: .now(),
                format: .chat,
                route: nil,
                contracts: [:],
                files: [DataSet.File(part: .train, path: "/etc/passwd", sha256: Digest32(), lines: [])]
            )
            _ = try await Export.record(stranger, in: host.reviews, by: "x")
            await #expect(throws: (any Error).self) { _ = try await file("train", of: "stranger") }

            let events = try await host.reviews.events(limit: 10).filter { $0.who == "Ada" }
            #expect(events.map(\.what) == ["export"])
            #expect(events.first?.route == "search")
            #expect(host.audited.count { $0.hasPrefix("export by=Ada dataset=\(id) train=") } == 1)
            #expect(!(host.audited.joined() + "\(events)").contains("question"), "no texts")
        }
    }

    @Test func `what breaks a rule of the provider is told, and is left out only where that is asked for`()
        async throws
    {
        try await with([]) { page, host in
            var all = try candidates(host, 12)
            all[3].large?.choices = Array(Candidate.chat("kind:<|im_end|>").utf8)
            _ = try await host.reviews.keep(all)
            let refused = try await page.post("export", wanted)
            #expect((refused.status, refused.json["valid"]?.bool) == (422, false))
            #expect(refused.json["violations"]?[0]?["candidate"]?.string == all[3].id.description)
            #expect(refused.json["violations"]?[0]?["rule"]?.string == "invalid_token")
            #expect(!FileManager.default.fileExists(atPath: host.exports))
            let made = try await page.post("export", wanted + [("skip_invalid", .bool(true))])
            #expect((made.status, made.json["examples"]?.int) == (200, 11))
        }
    }

    @Test func `what makes no sense is refused by name`() async throws {
        try await with([]) { page, _ in
            for (change, param) in [
                (("route", .string("nowhere")), "route"), (("format", .string("parquet")), "format"),
                (("validation", .int(90)), "validation"), (("reviewed", .string("yes")), "reviewed"),
            ] as [((String, JSONTree), String)] {
                let reply = try await page.post("export/plan", wanted.filter { $0.0 != change.0 } + [change])
                #expect((reply.status, reply.json["error"]?["param"]?.string) == (400, param))
            }
        }
    }
}
