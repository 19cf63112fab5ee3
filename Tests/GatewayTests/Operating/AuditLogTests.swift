import Glibc
import JSON
import Simulation
import Testing

extension SystemTests {
    /// Who did what is in the store, for all gateways on it, and outlives them.
    struct AuditLogTests {
        @Test func `logins, decisions and reloads are events of the store, without texts`() async throws {
            let simulator = try await Simulator.with(small: ModelScript(says: "{"), large: ModelScript(says: "[1]"))
            var settings = TestSettings(at: simulator.baseURL, "checks: [json]")
            settings.server = ["admin_token: open-sesame"]
            let gateway = try RunningGateway(settings)
            #expect(try gateway.chat("a secret question").answeredBy == "large")
            let token = ["authorization": "Bearer open-sesame"]
            let admin = try gateway.admin()
            #expect(try admin.post("/admin/v1/login", #"{"token":"guess"}"#).status == 401)
            #expect(try admin.post("/admin/v1/login", #"{"token":"open-sesame"}"#).status == 204)
            var id = ""
            #expect(
                try becomes {
                    id = try admin.get("/admin/v1/candidates", token).json["data"]?[0]?["id"]?.string ?? ""
                    return !id.isEmpty
                }
            )
            let edit = #"{"decision":"edit","completion":"[2]","reviewer":"ann","note":"a secret note"}"#
            #expect(try admin.post("/admin/v1/candidates/\(id)", edit, token).status == 200)
            #expect(try admin.post("/admin/v1/reload", "", token).status == 200)
            func events(_ query: String = "") throws -> [JSONTree] {
                try admin.get("/admin/v1/events\(query)", token).json["data"]?.array ?? []
            }
            // Nobody waits for the store.
            #expect(try becomes { try events().count == 4 })
            let found = try events()
            #expect(found.map { $0["what"]?.string } == ["reload", "decision", "login", "login refused"])
            #expect(found.map { $0["who"]?.string } == ["admin port", "ann", "admin port", "admin port"])
            #expect(found[1]["detail"]?["candidate"]?.string == id)
            #expect(found[1]["route"]?.string == "main")
            #expect(found[2]["detail"]?["address"]?.string?.hasPrefix("127.0.0.1") == true)
            #expect(try events("?limit=2").count == 2)
            for bad in ["?limit=0", "?limit=x", "?colour=red"] {
                #expect(try admin.get("/admin/v1/events\(bad)", token).status == 400, "\(bad)")
            }
            #expect(try admin.get("/admin/v1/events").status == 401)
            for secret in ["secret", "guess", "sesame", "[2]"] {
                #expect(!"\(found)".contains(secret), "\(secret)")
                #expect(!gateway.log.contains(secret), "\(secret)")
            }

            // What was done last is there, too, after the gateway has ended.
            #expect(try admin.post("/admin/v1/reload", "", token).status == 200)
            gateway.process.signal(SIGTERM)
            #expect(gateway.process.waitForExit() == 0)
            let config = gateway.directory.path + "/understudy.yaml"
            func store(_ arguments: String...) throws -> (code: CInt, output: String) {
                try run(RunningGateway.executable, arguments: ["store", "events", "--config", config] + arguments)
            }
            let listed = try store()
            #expect(listed.code == 0, "\(listed.output)")
            #expect(listed.output.split(separator: "\n").count == 5, "\(listed.output)")
            #expect(listed.output.contains("  ann  decision  main  {"), "\(listed.output)")
            let first = try store("--json", "--limit", "1").output
            #expect(try JSONTree.parse(Array(first.utf8))["what"]?.string == "reload")
            #expect(try store("--limit", "0").code == 2)
            await simulator.stop()
        }
    }
}
