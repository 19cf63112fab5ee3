import Foundation
import Glibc
import Harvest
import JSON
import Loop
import Simulation
import Testing

extension SystemTests {
    /// Several gateways on one store: what one decides, all hear of; what is killed takes nothing along.
    struct SharedStoreTests {
        @Test func `an answer that is rejected at one gateway leaves the memory of the other within a second`()
            async throws
        {
            let simulator = try await Simulator.with(small: ModelScript(says: "{"), large: ModelScript(says: "[1]"))
            let folder = try TestDirectory()
            var settings = TestSettings(at: simulator.baseURL, "checks: [json]")
            settings.store = folder.path + "/shared.db"
            let first = try RunningGateway(settings)
            let second = try RunningGateway(settings)
            for gateway in [first, second] {
                #expect(try gateway.chat("same").cache == "miss")
                #expect(try gateway.chat("same").cache == "hit")
            }
            let kept = try first.candidates(atLeast: 2)
            #expect(Set(kept.compactMap { $0["cache_key"]?.string }).count == 1)
            let id = kept.first?["id"]?.string ?? ""
            let admin = try first.admin()
            #expect(try admin.post("/admin/v1/candidates/\(id)", #"{"decision":"reject"}"#).status == 200)
            #expect(try first.chat("same").cache == "miss")
            usleep(1_000_000)
            #expect(try second.chat("same").cache == "miss")
            await simulator.stop()
        }

        @Test(arguments: 1...3)
        func `no candidate is lost or doubled when PostgreSQL and a gateway are killed under load`(_ round: Int)
            async throws
        {
            let simulator = try await Simulator.with(small: ModelScript(says: "{"), large: ModelScript(says: "[1]"))
            let server = try RealPostgres()
            var settings = TestSettings(at: simulator.baseURL, "checks: [json]")
            settings.store = server.url(try server.database())
            let gateways = [try RunningGateway(settings), try RunningGateway(settings)]
            let ports = Lock([gateways[0].port, gateways[1].port])
            var answered: Set<String> = []
            for step in 1...3 {
                let load = Load(threads: 2) { thread, number, client in
                    if client == nil { client = try Client(ports.withLock { $0[thread] }, patience: 5) }
                    return try client!.chat("question \(round) \(step) \(thread) \(number)")
                }
                #expect(load.more(60))
                switch step {
                case 2: server.kill()
                case 3:
                    gateways[1].process.kill()
                    // What is in its spool now it delivers when it is started again.
                    try gateways[1].restart()
                    ports.withLock { [port = gateways[1].port] in $0[1] = port }
                default: break
                }
                #expect(load.more(60))
                load.stop()
                #expect(load.answers.allSatisfy { $0.status == 200 })
                answered.formUnion(load.answers.filter { $0.answeredBy == "large" }.compactMap { $0["x-request-id"] })
                if step == 2 { try server.start() }
            }
            var kept: [String] = []
            let allThere = becomes(within: 60) {
                kept = (try? gateways[0].candidates())?.compactMap { $0["request_id"]?.string } ?? []
                return answered.isSubset(of: kept)
            }
            #expect(answered.count > 300)
            #expect(allThere, "\(answered.subtracting(kept).count) of \(answered.count) are lost")
            #expect(Set(kept).count == kept.count)
            await simulator.stop()
        }

        @Test func `a gateway starts and answers while PostgreSQL is away, and says so`() async throws {
            let simulator = try await Simulator.with(small: ModelScript(says: "{"), large: ModelScript(says: "[1]"))
            var settings = TestSettings(at: simulator.baseURL, "checks: [json]")
            settings.store = "postgresql://user:geheim@127.0.0.1:1/db"
            let gateway = try RunningGateway(settings)
            #expect(try gateway.chat("x").status == 200)
            #expect(becomes { gateway.log.contains("postgresql://127.0.0.1:1/db") })
            #expect(try becomes { try gateway.metric("understudy_store_failing") == 1 })
            #expect(try gateway.admin().get("/admin/v1/candidates").status == 503)
            #expect(!gateway.log.contains("geheim"))
            await simulator.stop()
        }

        @Test func `a store is backed up, restored and moved while gateways serve`() async throws {
            let simulator = try await Simulator.with(small: ModelScript(says: "{"), large: ModelScript(says: "[1]"))
            let settings = TestSettings(at: simulator.baseURL, "checks: [json]")
            let gateway = try RunningGateway(settings)
            for number in 0..<20 { _ = try gateway.chat("question \(number)") }
            _ = try gateway.candidates(atLeast: 20)
            let (program, config) = (try RunningGateway.executable, gateway.directory.path + "/understudy.yaml")
            func store(_ arguments: String...) throws -> (code: CInt, output: String) {
                try run(program, arguments: ["store"] + arguments + ["--config", config])
            }
            let (backup, other) = (gateway.directory.path + "/backup.db", gateway.directory.path + "/other.db")
            let first = try store("backup", backup)
            #expect(first.code == 0, "\(first.output)")
            #expect(first.output.contains("both have 20 candidates"), "\(first.output)")
            _ = try gateway.chat("one more")
            _ = try gateway.candidates(atLeast: 21)
            let again = try store("backup", backup)
            #expect(again.output.contains("copied 1 candidates"), "\(again.output)")
            #expect(try store("move", "--to", "sqlite:" + other).code == 0)
            #expect(try store("restore", backup).output.contains("copied 0 candidates"))
            #expect(try store("upgrade").output.contains("nothing to do"))
            #expect(try store("restore", gateway.directory.path + "/none.db").code == 2)
            #expect(try store("move", "--to", "mysql:x").code == 2)
            #expect(try store("move", "--to", "postgresql://u:geheim@127.0.0.1:1/db").code == 1)
            await simulator.stop()
        }
    }
}
