import Completions
import Digest
import JSON
import Testing

@testable import Harvest

/// Which candidates go into which file.
@Suite struct ExportSplitTests {
    @Test func `only answers to the contract in force are taken`() {
        var old = Candidate.sample(input: "old")
        old.contract = "0000"
        let candidates = [.sample(), old, .sample(route: "gone", input: "gone")]
        let strict = export(candidates) { $0.contracts = ["code-search": "5f2b"] }
        #expect(strict.count == 1)
        #expect(strict.leftOut == [.otherContract: 2])
        #expect(export(candidates) { $0.contracts = nil }.count == 3)
    }

    @Test func `near-identical inputs are never in both files, and the share is about what was asked`() throws {
        var edits = Questions(seed: 11)
        let candidates = questions(300, seed: 10).flatMap { question in
            [question, edits.misspelt(question), question.uppercased() + "?"].map {
                Candidate.sample(input: $0, large: $0)
            }
        }
        let export = export(candidates) { $0.validation = 0.2 }
        #expect(export.count(.train) + export.count(.validation) == export.count)
        #expect((0.1...0.3).contains(Double(export.count(.validation)) / Double(export.count)))
        var groups = InputGroups()
        var sides: [Int: Set<Export.Part>] = [:]
        for example in export.examples {
            let candidate = try #require(candidates.first { $0.id == example.id })
            sides[groups.add(try #require(candidate.input)), default: []].insert(example.part)
        }
        #expect(sides.values.allSatisfy { $0.count == 1 })
        #expect(sides.count > 100)
    }

    @Test func `what comes later moves nothing to the other side`() {
        let asked = questions(200, seed: 12).map { Candidate.sample(input: $0, large: $0) }
        func validation(_ candidates: [Candidate]) -> Set<CandidateID> {
            Set(export(candidates) { $0.validation = 0.3 }.examples.filter { $0.part == .validation }.map(\.id))
        }
        let early = Array(asked.prefix(120))
        let late = validation(asked)
        #expect(validation(early) == late.intersection(early.map(\.id)))
    }

    @Test func `half of the audited inputs are held out, by their input alone`() {
        let asked = questions(400, seed: 13)
        let held = asked.filter { Holdout.contains(Likeness.inputDigest(of: $0)) }
        #expect((150...250).contains(held.count))
        for question in asked {
            var audit = Candidate.sample(input: question)
            #expect(!audit.isHoldout)
            audit.source = .audit
            #expect(audit.isHoldout == held.contains(question))
            var again = Candidate.sample(route: "other", input: "  " + question.uppercased() + "?", large: "x")
            again.source = .audit
            #expect(again.isHoldout == audit.isHoldout)
        }
    }

    @Test func `the holdout is never exported, nor what is near to one of its inputs`() throws {
        let held = try #require(questions(50, seed: 14).first { Holdout.contains(Likeness.inputDigest(of: $0)) })
        let free = try #require(questions(50, seed: 14).first { !Holdout.contains(Likeness.inputDigest(of: $0)) })
        var audits = [held, free].map { Candidate.sample(input: $0, large: $0) }
        for index in audits.indices { audits[index].source = .audit }
        let near = Candidate.sample(input: "please " + held, large: "another answer")
        let other = Candidate.sample(input: "wo ist der Bahnhof", large: "dort")
        let export = export(audits + [near, other], held: audits) { _ in }
        #expect(export.leftOut == [.holdout: 1, .nearHoldout: 1])
        #expect(Set(export.examples.map(\.id)) == [audits[1].id, other.id])
    }

    @Test func `what the store has in one cluster is never in both files, and goes with the holdout`() throws {
        let pairs = (0..<60).map { _ in CandidateID.next() }.map { cluster in
            (cluster, ["find \(cluster)", "wo ist \(cluster.description.reversed().map(String.init).joined())"])
        }
        var options = ExportOptions(format: .chat)
        options.validation = 0.5
        var export = Export(options)
        var clusters: [CandidateID: CandidateID] = [:]
        for index in 0..<2 {
            for (cluster, inputs) in pairs {
                let candidate = Candidate.sample(input: inputs[index], large: inputs[index])
                clusters[candidate.id] = cluster
                export.add(candidate, cluster: cluster)
            }
        }
        export.finish()
        #expect(export.count == 120)
        let parts = Dictionary(grouping: export.examples) { clusters[$0.id]! }.mapValues { Set($0.map(\.part)) }
        #expect(parts.values.allSatisfy { $0.count == 1 })
        #expect((10...50).contains(parts.values.count { $0 == [.validation] }))

        let held = try #require(questions(50, seed: 14).first { Holdout.contains(Likeness.inputDigest(of: $0)) })
        var audit = Candidate.sample(input: held)
        audit.source = .audit
        let (near, far) = (CandidateID.next(), CandidateID.next())
        var second = Export(ExportOptions(format: .chat))
        second.hold(out: audit, cluster: near)
        // The first is one with the holdout only by way of the second, which comes later, and the third is near to
        // that.
        let text = "the longest methods of the class Exchange"
        let chain: [(String, CandidateID?)] = [
            ("wo ist der Bahnhof", far), ("where is the station", far), ("where is the station?", near), (text, nil),
        ]
        for (input, cluster) in chain { second.add(.sample(input: input, large: input), cluster: cluster) }
        second.finish()
        #expect(second.leftOut == [.nearHoldout: 3])
        #expect(second.count == 1)
    }

    @Test(arguments: StoreKind.allCases)
    func `a plan asks the store for its clusters`(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            var edits = Questions(seed: 17)
            let asked = questions(60, seed: 16).flatMap { question in
                [question, edits.misspelt(question), "please " + question].map {
                    Candidate.sample(input: $0, large: question)
                }
            }
            _ = try await store.keep(asked)
            let clusters = try await store.clusters(of: asked.map(\.id))
            #expect(clusters.count == asked.count)
            #expect(Set(clusters.values).count < asked.count)
            #expect(try await store.clusters(of: [.next()]).isEmpty)
            let export = try await Export.plan(from: store, ExportOptions(format: .chat, validation: 0.3))
            #expect(export.count == asked.count)
            let parts = Dictionary(grouping: export.examples) { clusters[$0.id]! }
            #expect(parts.values.allSatisfy { Set($0.map(\.part)).count == 1 })
        }
    }

    @Test func `the prompt is phrased as it would be now, and stands as it was where that cannot be done`() throws {
        let template = try PromptTemplate("Q: {{input}}\nA:", name: "small")
        let target = UpstreamTarget(
            dialect: .completions,
            modelName: "small",
            prompt: template,
            parameters: [RouteParameter(name: "stop", value: Array(#"["END"]"#.utf8))]
        )
        var talk = Candidate.sample(input: "two")
        talk.request = Array(
            #"{"model":"code-search","messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"}]}"#
                .utf8
        )
        var options = ExportOptions(format: .completions, prompts: ["code-search": SmallPrompt(target)])
        var export = Export(options)
        var one = Candidate.sample(input: "one", large: "x")
        one.request = Array(#"{"model":"code-search","messages":[{"role":"user","content":"one"}]}"#.utf8)
        export.add(one)
        export.add(talk)
        export.finish()
        #expect(
            export.lines().map { String(decoding: $0, as: UTF8.self) } == [
                #"{"prompt":"Q: one\nA:","completion":" xEND"}"#,
                #"{"prompt":"two\n\n###\n\n","completion":" functions where recursive sort by duration descEND"}"#,
            ]
        )
        // A model that speaks chat is sent messages; the other format keeps the client's.
        options.format = .chat
        export = Export(options)
        export.add(.sample(input: "one", large: "x"))
        #expect(String(decoding: export.examples[0].line, as: UTF8.self).contains(#""content":"one""#))
    }

    @Test func `a prompt knows its own phrasing again`() throws {
        func prompt(_ template: String?) throws -> SmallPrompt {
            SmallPrompt(
                UpstreamTarget(
                    dialect: .completions,
                    modelName: "small",
                    prompt: try template.map { try PromptTemplate($0, name: "small") }
                )
            )
        }
        #expect(try prompt("Q: {{input}}\nA:").input(of: "Q: one\nA:") == "one")
        #expect(try prompt("Q: {{input}}\nA:").input(of: "one") == nil)
        #expect(try prompt("Q: {{input}}\nA:").input(of: "Q: \nA:") == nil)
        #expect(try prompt(nil).input(of: "one") == "one")
        #expect(try prompt("no input").input(of: "no input") == nil)
    }

    @Test func `files, manifest and data set agree, and none is there if one cannot be`() throws {
        let directory = TemporaryDirectory()
        let asked = questions(100, seed: 15).map { Candidate.sample(input: $0, large: $0) }
        let export = export(asked) {
            $0.validation = 0.2
            $0.route = "code-search"
            $0.contracts = ["code-search": "5f2b"]
        }
        let path = directory.path + "/a.b/train.jsonl"
        #expect(throws: FileError.self) { try export.write(to: path) }
        #expect(directory.names().isEmpty)
        try HarvestFile.makeDirectory(directory.path + "/a.b")
        let dataSet = try export.write(to: path)
        #expect(directory.names(in: "a.b") == ["train.jsonl", "train.manifest.json", "train.validation.jsonl"])
        #expect(DataSet(json: dataSet.encode()) == dataSet)
        let manifest = try JSONTree.parse(try HarvestFile.open(directory.path + "/a.b/train.manifest.json").readAll())
        #expect(manifest["contracts"]?["code-search"]?.string == "5f2b")
        #expect(manifest["unreviewed"]?.int == 100)
        #expect(manifest["sources"]?["fallback"]?.int == 100)
        #expect(manifest["versions"]?["v3"]?.int == 100)
        for (index, file) in dataSet.files.enumerated() {
            let filePath = try #require(file.path)
            let bytes = try HarvestFile.open(filePath).readAll()
            #expect(mode(of: filePath) == 0o600)
            #expect(file.sha256 == SHA256.digest(of: bytes))
            let lines = bytes.split(separator: 0x0a)
            #expect(lines.map { DataSet.Line.digest(of: $0) } == file.lines.map(\.digest))
            #expect(Set(file.lines.map(\.candidate)).isSubset(of: asked.map(\.id)))
            let told = manifest["files"]?[index]
            #expect(told?["sha256"]?.string == file.sha256.hex)
            #expect(told?["lines"]?.int == lines.count)
            #expect(told?["bytes"]?.int == bytes.count)
            #expect(told?["part"]?.string == file.part.rawValue)
        }
        #expect(DataSet(json: Array("{}".utf8)) == nil)
        #expect(DataSet(json: Array("no".utf8)) == nil)
    }

    @Test func `files beside each other are named after the first`() {
        #expect(Export.path(of: .validation, beside: "a/t.jsonl") == "a/t.validation.jsonl")
        #expect(Export.path(of: .validation, beside: "a.b/t") == "a.b/t.validation")
        #expect(Export.manifestPath(beside: "/a.b/.hidden") == "/a.b/.hidden.manifest.json")
        #expect(Export.manifestPath(beside: "t.x.jsonl") == "t.x.manifest.json")
    }
}
