import Foundation
import Glibc
import JSON
import Simulation
import Synchronization
import Testing

extension SystemTests {
    /// kill -9 at any moment: an answer that reached a client has its candidate, once.
    struct CrashTests {
        @Test(arguments: 1...3)
        func `no candidate is lost or doubled when the gateway is killed under load`(_ round: Int) async throws {
            let simulator = try await Simulator.with(small: ModelScript(says: "{"), large: ModelScript(says: "[1]"))
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL, "checks: [json]"))
            let port = Atomic<UInt16>(gateway.port)
            let load = Load(threads: 4) { thread, number, client in
                if client == nil { client = try Client(port.load(ordering: .relaxed), patience: 5) }
                // Half of the questions are new, a quarter asked by two, a quarter asked before.
                let text = number % 2 == 0 ? "question \(thread) \(number)" : "question \(thread / 2) \(number / 4)"
                return try client!.chat(text)
            }
            for _ in 1...5 {
                #expect(load.more(60))
                gateway.process.kill()
                try gateway.restart()
                port.store(gateway.port, ordering: .relaxed)
            }
            #expect(load.more(60))
            load.stop()
            let answered = load.answers.filter { $0.answeredBy == "large" && $0.cache != "shared" }
            #expect(load.answers.allSatisfy { $0.status == 200 })
            #expect(answered.count > 100)
            let wanted = Set(answered.compactMap { $0["x-request-id"] })
            #expect(wanted.count == answered.count)
            var kept: [String] = []
            let allThere = try becomes {
                kept = try gateway.candidates().compactMap { $0["request_id"]?.string }
                return wanted.isSubset(of: kept)
            }
            #expect(allThere, "\(wanted.subtracting(kept).count) candidates of \(wanted.count) answers are lost")
            #expect(Set(kept).count == kept.count, "\(kept.count - Set(kept).count) candidates are doubled")
            await simulator.stop()
        }
    }
}
