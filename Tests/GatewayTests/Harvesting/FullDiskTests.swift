import Foundation
import JSON
import Simulation
import Testing

extension SystemTests {
    /// A disk that takes no more: answers go, candidates are counted as lost, readiness says so.
    struct FullDiskTests {
        /// A small file system for the spool alone, unmounted with the test.
        private final class SmallDisk {
            let directory: TestDirectory

            init(bytes: Int) throws {
                directory = try TestDirectory()
                let mount = try run(
                    try program("mount", package: "mount"),
                    "-t",
                    "tmpfs",
                    "-o",
                    "size=\(bytes)",
                    "tmpfs",
                    directory.path
                )
                guard mount.code == 0 else { throw Unable("no tmpfs can be mounted: \(mount.output)") }
            }

            deinit {
                if let umount = try? program("umount", package: "mount") { _ = try? run(umount, "-l", directory.path) }
            }
        }

        @Test(.enabled(if: (try? SmallDisk(bytes: 4096)) != nil, "no tmpfs can be mounted here"), arguments: 1...3)
        func `a full disk under the store keeps candidates in the spool, and metrics say so`(_ round: Int) async throws
        {
            let simulator = try await Simulator.with(small: ModelScript(says: "{"), large: ModelScript(says: "[1]"))
            var settings = TestSettings(at: simulator.baseURL, "checks: [json]")
            let disk = try SmallDisk(bytes: 16 << 20)
            settings.store = disk.directory.path + "/understudy.db"
            let gateway = try RunningGateway(settings)
            #expect(try gateway.metric("understudy_store_failing") == 0)
            let port = gateway.port
            // More than the store's own files have room for.
            let long = String(repeating: "long ", count: 10_000)
            let load = Load(threads: 2) { thread, number, client in
                if client == nil { client = try Client(port, patience: 5) }
                return try client!.chat("\(long) \(round) \(thread) \(number)")
            }
            #expect(load.more(10))
            let filler = disk.directory.path + "/filler"
            _ = try run("/bin/sh", "-c", "head -c 20971520 /dev/zero > \(filler)")
            #expect(load.more(20))
            load.stop()
            #expect(try becomes { try gateway.metric("understudy_store_failing") == 1 })
            #expect(try gateway.metric("understudy_harvest_errors_total") == 0)
            #expect(try gateway.chat("hello").status == 200)
            try FileManager.default.removeItem(atPath: filler)
            let answered = Set(load.answers.filter { $0.answeredBy == "large" }.compactMap { $0["x-request-id"] })
            #expect(answered.count >= 30)
            var kept: [String] = []
            let allThere = try becomes(within: 30) {
                kept = try gateway.candidates().compactMap { $0["request_id"]?.string }
                return answered.isSubset(of: kept)
            }
            #expect(allThere, "\(answered.subtracting(kept).count) of \(answered.count) are lost")
            #expect(Set(kept).count == kept.count)
            #expect(try becomes { try gateway.metric("understudy_store_failing") == 0 })
            gateway.process.kill()
            await simulator.stop()
        }

        private func fill(_ gateway: RunningGateway) throws {
            let client = try gateway.client()
            let long = String(repeating: "long ", count: 2_000)
            let isFull = try becomes(within: 30) {
                let answer = try client.chat("\(long) \(UInt64.random(in: 0...(.max)))")
                #expect((answer.status, answer.answeredBy) == (200, "large"))
                return try gateway.metric("understudy_harvest_errors_total") > 0
            }
            #expect(isFull)
            let ready = try client.get("/health/ready")
            #expect((ready.status, ready.json["harvest"]?["status"]?.string) == (503, "failing"))
            #expect(ready.json["harvest"]?["detail"]?.string?.isEmpty == false)
            #expect(try client.chat("one more").status == 200)
            #expect(try client.get("/health/live").status == 200)
        }

        @Test func `a full disk under the spool costs candidates, and no answers`() async throws {
            let simulator = try await Simulator.with(small: ModelScript(says: "{"), large: ModelScript(says: "[1]"))
            var settings = TestSettings(at: simulator.baseURL, "checks: [json]", "cache: { scope: none }")
            // Where mounting is forbidden, a limit on the size of files stands in for a full disk.
            if let disk = try? SmallDisk(bytes: 256 << 10) {
                settings.spool = disk.directory.path + "/spool"
                let gateway = try RunningGateway(settings)
                // The store lies elsewhere and drains the spool; so the disk is filled from outside.
                let filler = disk.directory.path + "/filler"
                _ = try run("/bin/sh", "-c", "head -c 1048576 /dev/zero > \(filler)")
                try fill(gateway)
                try FileManager.default.removeItem(atPath: filler)
                let isWell = try becomes(within: 30) {
                    _ = try gateway.chat("again \(UInt64.random(in: 0...(.max)))")
                    return try gateway.client().get("/health/ready").status == 200
                }
                #expect(isWell, "with room again it is ready again")
                gateway.process.kill()
            } else {
                let prlimit = try program("prlimit", package: "util-linux")
                let gateway = try RunningGateway(settings, wrapper: [prlimit, "--fsize=300000"])
                try fill(gateway)
            }
            await simulator.stop()
        }
    }
}
