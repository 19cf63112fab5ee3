import Foundation
import Harvest
import Settings
import Simulation
import Testing

@testable import Training

/// The real program, killed at any time and started again.
@Suite(.timeLimit(.minutes(3)))
struct KillTests {
    /// Beside the test bundle.
    private static var executable: String {
        get throws {
            let bundle = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            let arguments = CommandLine.arguments.first.map { [$0] } ?? []
            let places = ([bundle] + arguments).map {
                URL(fileURLWithPath: $0).deletingLastPathComponent().path + "/understudy"
            }
            return try #require(places.first { FileManager.default.isExecutableFile(atPath: $0) })
        }
    }

    private func start(_ arguments: [String], in folder: TestFolder) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try Self.executable)
        process.arguments = arguments
        let log = "\(folder.path)/log"
        if !FileManager.default.fileExists(atPath: log) { try folder.write("", to: "log") }
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
        try handle.seekToEnd()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = handle
        process.standardError = handle
        try process.run()
        return process
    }

    @Test func `killed twice, generate ends with what it would have ended with, and nothing is paid twice`()
        async throws
    {
        /// No answer comes to four of the inputs, which is as many as are asked at once: there it stands still.
        func script(holding held: Range<Int>) -> Script {
            let faults = held.map { ScriptedFault(.hold, FaultTrigger(contains: "question \($0) about")) }
            return Script(models: ["large-1": ModelScript(answers: [AnswerRule(reply: .echo)], faults: faults)])
        }
        let simulator = try await Simulator.start(script: script(holding: 0..<0))
        let folder = try TestFolder()
        let settings = try folder.settings(at: simulator.baseURL)
        let inputs = (0..<80).map {
            "question \($0) about \(String(UInt64($0 + 1) &* 0x9E37_79B9_7F4A_7C15, radix: 36))"
        }
        try folder.write(inputs.joined(separator: "\n"), to: "inputs.txt")
        let command = [
            "generate", "job", "--config", "\(folder.path)/understudy.yaml", "--inputs", "\(folder.path)/inputs.txt",
            "--yes",
            "--at-once", "4",
        ]
        for (held, calls) in [(20..<24, 24), (45..<49, 53)] {
            await simulator.replace(script(holding: held))
            let process = try start(command, in: folder)
            #expect(await simulator.wait(within: .seconds(60)) { $0["large-1"].calls >= calls })
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        await simulator.replace(script(holding: 0..<0))
        let process = try start(command, in: folder)
        process.waitUntilExit()
        let log = String(decoding: try folder.bytes("log"), as: UTF8.self)
        #expect(process.terminationStatus == 0, "\(log)")
        #expect(log.contains("goes on with run 1"))

        let store = try KnownStores.open(settings.harvest.store.setting)
        let made = try await store.list(CandidateQuery(limit: 1000)).data
        #expect(made.count == 80)
        #expect(Set(made.compactMap(\.input)) == Set(inputs))
        await store.close()
        let keys = simulator.requests().map { call in call.headers.first { $0.name == "idempotency-key" }?.value }
        #expect(Set(keys).count == 80)
        // Of those that were under way when it was killed the same key is sent again: a provider counts it once.
        #expect(keys.count <= 80 + 2 * 4)
        await simulator.stop()
    }
}
