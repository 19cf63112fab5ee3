import Foundation
import JSON
import Simulation
import Testing

extension SystemTests {
    /// A customer asks to be forgotten, at the admin port.
    struct ForgettingTests {
        @Test
        func `what is forgotten is gone from store, caches and training files, and one event without a text is left`()
            async throws
        {
            let simulator = try await Simulator.with(small: ModelScript(says: "{"), large: ModelScript(says: "[1]"))
            let redis = try RealRedis()
            let folder = try TestDirectory()
            var settings = TestSettings(at: simulator.baseURL, "checks: [json]")
            settings.store = folder.path + "/shared.db"
            settings.cache = ["redis: '\(redis.url)'"]
            let gateway = try RunningGateway(settings)
            let other = try RunningGateway(settings)
            func chat(_ gateway: RunningGateway, _ text: String, _ tenant: String, _ id: String) throws -> Answer {
                try gateway.chat(text, #""metadata":{"tenant":"\#(tenant)"}"#, headers: ["x-request-id": id])
            }
            for (text, tenant, id) in [
                ("first of acme", "acme", "id-1"), ("second of acme", "acme", "id-2"),
                ("of initech", "initech", "id-3"),
            ] {
                #expect(try chat(gateway, text, tenant, id).cache == "miss")
                #expect(try chat(other, text, tenant, id).cache == "hit")
            }
            #expect(becomes { redis.command("DBSIZE") == ":3\r\n" })
            #expect(try gateway.candidates(atLeast: 3).count == 3)
            let path = gateway.directory.path + "/train.jsonl"
            let config = gateway.directory.path + "/understudy.yaml"
            let export = try run(
                RunningGateway.executable,
                arguments: ["candidates", "export", "--config", config, "--format", "openai-chat", "-o", path]
            )
            #expect(export.code == 0, "\(export.output)")
            #expect(gateway.directory.read("train.jsonl").contains("second of acme"))

            let admin = try gateway.admin()
            func forget(_ query: String) throws -> Answer {
                try admin.send("DELETE", "/admin/v1/candidates?\(query)")
                return try admin.read()
            }
            // Whose, and nothing else: a misspelt name deletes nothing.
            for bad in [
                "", "request_id=", "request=id-1", "request_id=id-1&route=main", "metadata=acme", "metadata==x",
            ] {
                #expect(try forget(bad).status == 400, "\(bad)")
            }
            #expect(try gateway.candidates().count == 3)
            let one = try forget("request_id=id-1")
            #expect((one.status, one.json["candidates"]?.int, one.json["lines"]?.int) == (200, 1, 1), "\(one.text)")
            let all = try forget("metadata=tenant%3Dacme")
            #expect((all.status, all.json["candidates"]?.int, all.json["lines"]?.int) == (200, 1, 1), "\(all.text)")
            #expect(all.json["files"]?[0]?.string == path)
            #expect(try forget("request_id=id-1").json["candidates"]?.int == 0)
            #expect(try gateway.candidates().compactMap { $0["request_id"]?.string } == ["id-3"])
            let lines = gateway.directory.read("train.jsonl").split(separator: "\n")
            #expect(lines.count == 1 && lines[0].contains("of initech"))
            #expect(becomes { redis.command("DBSIZE") == ":1\r\n" })
            // One each: whoever asks first fills Redis for both.
            for (gateway, text) in [(gateway, "first of acme"), (other, "second of acme")] {
                #expect(try becomes { try chat(gateway, text, "acme", "id-4").cache != "hit" })
                #expect(try chat(gateway, "of initech", "initech", "id-3").cache == "hit")
            }
            let events = try admin.get("/admin/v1/events").json["data"]?.array ?? []
            let erasures = events.filter { $0["what"]?.string == "erase" }
            #expect(erasures.count == 2)
            #expect(erasures.allSatisfy { $0["who"]?.string == "admin port" })
            #expect(!"\(events)".contains("of acme"), "no text")
            await simulator.stop()
        }
    }
}
