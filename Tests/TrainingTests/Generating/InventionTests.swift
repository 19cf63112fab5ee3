import Foundation
import Harvest
import Settings
import Simulation
import Testing

@testable import Training

/// The worked example, `config/code-search`, with its simulated large model.
@Suite(.timeLimit(.minutes(3)))
struct InventionTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    private func route(at url: String) throws -> RouteSettings {
        let files = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../config/code-search").standardized.path
        let yaml = """
            models:
              small: { base_url: "\(url)", api: completions }
              large: { base_url: "\(url)", api: chat, model: search-large }
            routes:
              code-search:
                small: small
                large: large
                prompt: { small: \(files)/code-search.small.mustache, large: \(files)/code-search.large.mustache }
                parameters: { small: { stop: ["\\n"] }, large: { max_tokens: 128 } }
                checks: [finished, { grammar: \(files)/code-search.gbnf }]

            """
        try folder.write(yaml, to: "understudy.yaml")
        return try GatewaySettings.load(file: "\(folder.path)/understudy.yaml", environment: [:]).routes["code-search"]!
    }

    private func quick() -> Script {
        var script = Script.builtIn()
        (script.models["search-large"]!.latency, script.models["search-large"]!.jitter) = (.zero, .zero)
        script.models["search-large"]!.perToken = .zero
        return script
    }

    @Test func `so many are made up, no two alike, and a second run makes others`() async throws {
        let simulator = try await Simulator.start(script: quick())
        let route = try route(at: simulator.baseURL)
        let store = try folder.store()
        let asker = Asker(route, purse: Purse(limit: nil), journal: Journal())
        var seen: Set<String> = []
        for run in 1...2 {
            let plan = try await GenerationPlan(
                .invented(after: nil),
                count: 60,
                agree: 1,
                asker: asker,
                environment: "test",
                store: store
            )
            #expect(plan.estimate.calls > 60)
            let report = try await plan.carryOut(by: asker, agree: 1, environment: "test", store: store)
            #expect(report.isComplete)
            #expect(report.kept == 60)
            let all = try await store.list(CandidateQuery(limit: 1000)).data
            #expect(all.count == 60 * run)
            #expect(all.filter { $0.requestID.hasPrefix("generate-\(run)-") }.count == 60)
            seen = Set(all.compactMap(\.input))
            #expect(seen.count == 60 * run)
        }
        let candidate = try #require(try await store.list(CandidateQuery(limit: 1)).data.first)
        #expect(candidate.stop == "\n")
        let prompt = String(decoding: candidate.prompt.small ?? [], as: UTF8.self)
        #expect(prompt.contains(try #require(candidate.input)))
        await asker.close()
        await store.close()
        await simulator.stop()
    }

    @Test func `a run that was cut short goes on under its number, to the same end, and pays for what was missing`()
        async throws
    {
        let simulator = try await Simulator.start(script: quick())
        func carryOut(_ directory: TestFolder, at simulator: Simulator) async throws -> GenerationReport {
            let route = try route(at: simulator.baseURL)
            let store = try directory.store()
            let journal = try Journal(file: "\(directory.path)/asked.jsonl")
            let asker = Asker(route, purse: Purse(limit: nil), journal: journal)
            let plan = try await GenerationPlan(
                .invented(after: ["find my slowest functions"]),
                count: 80,
                agree: 1,
                asker: asker,
                environment: "test",
                store: store
            )
            let report = try await plan.carryOut(by: asker, agree: 1, environment: "test", store: store)
            await asker.close()
            await journal.close()
            await store.close()
            return report
        }
        func inputs(_ directory: TestFolder) async throws -> Set<String> {
            let store = try directory.store()
            let inputs = Set(try await store.list(CandidateQuery(limit: 1000)).data.compactMap(\.input))
            await store.close()
            return inputs
        }
        let whole = try TestFolder()
        #expect(try await carryOut(whole, at: simulator).isComplete)
        let needed = simulator.calls["search-large"].calls

        // Another provider, since one gives what it has given under the same key. It breaks off in the middle, for
        // good: the run stops. Then it is back.
        var refusing = quick()
        refusing.models["search-large"]!.faults = [ScriptedFault(.status(401), FaultTrigger(after: 40))]
        let other = try await Simulator.start(script: refusing)
        let torn = try TestFolder()
        let cut = try await carryOut(torn, at: other)
        #expect(!cut.isComplete)
        #expect(cut.stopped?.contains("401") == true)
        let refused = other.calls["search-large"].faulty
        await other.replace(quick())
        let report = try await carryOut(torn, at: other)
        #expect(report.isComplete)
        #expect(report.kept == 80)
        #expect(try await inputs(torn) == inputs(whole))
        #expect(other.calls["search-large"].calls - refused == needed)
        await other.stop()
        await simulator.stop()
    }

    @Test func `without a prompt and without inputs nothing can be made up`() async throws {
        let settings = try folder.settings(at: "http://127.0.0.1:1/v1")
        let store = try folder.store()
        let asker = Asker(settings.job, purse: Purse(limit: nil), journal: Journal())
        await #expect(throws: NothingToGoBy.self) {
            try await GenerationPlan(
                .invented(after: nil),
                count: 5,
                agree: 1,
                asker: asker,
                environment: "test",
                store: store
            )
        }
        await asker.close()
        await store.close()
    }
}
