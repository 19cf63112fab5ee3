import Completions
import JSON
import Testing

@testable import Judgment

/// Early abort never takes an answer that would have passed, and takes only what would have failed: every check, byte
/// by byte and in random pieces that also split characters. The counts are printed. `Fuzz` says how many cases there
/// are.
@Suite struct PrefixPropertyTests {
    private func judge(_ checks: (any FormatCheck)...) -> Judge {
        Judge(checks: checks, confidence: ConfidenceRule(score: .min, threshold: -1))
    }

    @Test(
        .enabled(if: SchemaSuite.isPresent, "../shared/data/json-schema-test-suite is absent: skipped"),
        arguments: [["draft2020-12", "draft2020-12/optional"], ["draft7", "draft7/optional"]]
    )
    func `no prefix of a valid document of the JSON Schema suite is refuted`(_ folders: [String]) throws {
        var random = SmallRandom(state: 1)
        var tally = PrefixTally()
        for folder in folders {
            for group in try SchemaSuite.groups(folder) {
                guard let program = try? SchemaSuite.compile(group.schema, folder: folder) else { continue }
                let judge = judge(try check("finished"), JSONSchemaCheck(program: program))
                for test in group.tests {
                    let tree = try JSONTree.parse(test.text)
                    for text in [test.text, tree.encode(pretty: true), tree.scribbled(&random)] {
                        tally.hold(judge, text, &random, "\(group.file): \(group.description): \(test.description)")
                    }
                }
            }
        }
        tally.report("JSON Schema suite, \(folders[0])")
        #expect(tally.passing > 1500)
        #expect(tally.early > 500)
    }

    @Test func `no prefix of a generated document that satisfies its schema is refuted`() throws {
        var tally = PrefixTally()
        try Fuzz("documents", cases: 1500, seed: 2).run { random in
            let schema = random.one(of: GeneratedDocument.schemas)
            let judge = judge(try check("json"), try CheckContractTests.schemaCheck(schema))
            var text = GeneratedDocument.object(&random).scribbled(&random)
            if random.chance(3) { text = GeneratedDocument.spoilt(text, &random) }
            tally.hold(judge, text, &random, schema)
        }
        tally.report("Generated documents")
        #expect(tally.passing > 300)
        #expect(tally.early > 300)
    }

    @Test func `no prefix of a document that satisfies a generated schema is refuted`() throws {
        var tally = PrefixTally()
        var refused = 0
        let cases = try Fuzz("schemas", cases: 1500, seed: 9).run { random in
            let schema = GeneratedSchema.any(&random)
            guard let satisfies = try? CheckContractTests.schemaCheck(schema) else {
                refused += 1
                return
            }
            let judge = self.judge(try check("json"), satisfies)
            for _ in 0..<4 {
                var text = GeneratedDocument.any(&random).scribbled(&random)
                if random.chance(6) { text = GeneratedDocument.spoilt(text, &random) }
                tally.hold(judge, text, &random, schema)
            }
        }
        tally.report("Generated schemas, \(cases - refused) of them")
        #expect(refused < cases / 20)
        #expect(tally.passing > cases / 2)
        #expect(tally.early > cases / 2)
    }

    @Test func `whatever the file of a schema holds, there is an answer`() {
        var compiled = 0
        let cases = Fuzz("nearly schemas", cases: 3000, seed: 10).run { random in
            let bytes = GeneratedSchema.nearly(&random)
            do throws(SchemaError) {
                let program = try SchemaCompiler.compile(bytes, assertsFormat: random.chance(2))
                compiled += 1
                let text = GeneratedDocument.any(&random).scribbled(&random)
                let (ruling, refutedAt) = judged(JSONSchemaCheck(program: program), text, pieces: 1, asking: true)
                #expect(refutedAt == nil || ruling != .pass, "\(String(decoding: bytes, as: UTF8.self))")
            } catch {
                #expect(!error.location.isEmpty && !error.message.isEmpty)
            }
        }
        print("Schemas that are nearly ones: \(compiled) of \(cases) are")
        #expect(compiled > cases / 10)
        #expect(compiled < cases * 9 / 10)
    }

    @Test func `no prefix of JSON is refuted`() throws {
        var tally = PrefixTally()
        let judge = judge(
            try check("json"),
            try check("max_chars", .number("60")),
            try check("min_chars", .number("2"))
        )
        Fuzz("JSON", cases: 2000, seed: 3).run { random in
            var text = GeneratedDocument.any(&random).scribbled(&random)
            if random.chance(2) { text = GeneratedDocument.spoilt(text, &random) }
            tally.hold(judge, text, &random, "json")
        }
        tally.report("Generated JSON")
        #expect(tally.passing > 300)
        #expect(tally.early > 300)
    }

    @Test func `no prefix of a label is refuted`() throws {
        var tally = PrefixTally()
        let words = ["slow", "Slow", "slower", "slow recursive", "é", "éa", "b", "ba", "a b", "x y z", "naïve", "日本"]
        let spaces = ["", "", "", " ", "\n", "  "]
        try Fuzz("labels", cases: 3000, seed: 4).run { random in
            let labels = (0...random.below(4)).map { _ in random.one(of: words) }
            let options = CheckOptions.mapping([
                .init("values", .list(labels.map { .string($0) })),
                .init("trim", .bool(random.chance(2))),
                .init("case", .string(random.chance(2) ? "exact" : "ignore")),
            ])
            let judge = judge(try check("one_of", options))
            var text = random.one(of: random.chance(2) ? labels : words)
            if random.chance(3) { text = text.uppercased() }
            text = random.one(of: spaces) + text + random.one(of: spaces)
            if random.chance(4) { text += random.one(of: words) }
            tally.hold(judge, Array(text.utf8), &random, "\(labels)")
        }
        tally.report("Generated labels")
        #expect(tally.passing > 500)
        #expect(tally.early > 500)
    }

    @Test func `no prefix of a text that a pattern is found in is refuted`() throws {
        var tally = PrefixTally()
        try Fuzz("patterns", cases: 2000, seed: 5).run { random in
            let pattern = GeneratedPattern.any(&random, isAnchored: random.chance(2))
            let judge = judge(try check("regex", .string(pattern)))
            for _ in 0..<5 { tally.hold(judge, GeneratedPattern.text(&random), &random, pattern) }
        }
        tally.report("Generated patterns")
        #expect(tally.passing > 1000)
        #expect(tally.early > 1000)
    }

    @Test func `whatever a pattern holds, there is an answer`() {
        var compiled = 0
        let scratch = JudgingScratch()
        let cases = Fuzz("nearly patterns", cases: 5000, seed: 11).run { random in
            let text = GeneratedPattern.nearly(&random)
            let isECMA = random.chance(2)
            do throws(PatternError) {
                let translated = isECMA ? try ECMAPattern.translate(text) : text
                let pattern = try CompiledPattern(translated, flavour: isECMA ? .ecma : .perl)
                compiled += 1
                for _ in 0..<3 {
                    scratch.beginAnswer()
                    let subject = GeneratedPattern.text(&random)
                    subject.withUnsafeBufferPointer { whole in
                        let isFound = pattern.search(whole, scratch: scratch) == .found
                        for end in 1...whole.count {
                            let isViable = pattern.isViable(TextBytes(rebasing: whole[..<end]), scratch: scratch)
                            #expect(isViable || !isFound, "\(text), \(String(decoding: subject, as: UTF8.self))")
                        }
                    }
                }
            } catch {
                #expect(!error.message.isEmpty)
            }
        }
        print("Patterns that are nearly ones: \(compiled) of \(cases) are")
        #expect(compiled > cases / 10)
        #expect(compiled < cases * 9 / 10)
    }

    @Test func `no prefix of a call's arguments that pass is refuted`() throws {
        var refuted = 0
        var passing = 0
        var prefixes = 0
        let judge = Judge()
        Fuzz("arguments", cases: 4000, seed: 6).run { random in
            let document = random.chance(2) ? GeneratedDocument.any(&random) : GeneratedDocument.object(&random)
            var text = document.scribbled(&random)
            if random.chance(2) { text = GeneratedDocument.spoilt(text, &random) }
            // Half of them are held to a schema too, some under a name that comes in parts or is longer than a tool's.
            let schema = random.one(of: GeneratedDocument.schemas)
            let names = random.one(of: [["search"], ["search"], ["sea", "search"], ["search", "searches"]])
            let tools = ["search", "searches"].prefix(1 + random.below(2)).map {
                ToolDefinition(name: Array($0.utf8), parameters: $0 == "search" ? Array(schema.utf8)[...] : nil)
            }
            var arrival = Arrival(judge, context: JudgingContext(tools: random.chance(2) ? tools : nil))
            for (number, piece) in random.cut(text).enumerated() {
                arrival.take(arguments: piece, named: names[min(number, names.count - 1)])
            }
            prefixes += arrival.prefixes
            let accepted = arrival.verdict(ending: .toolCalls).accepted
            #expect(!accepted || arrival.refutation == nil, "\(String(decoding: text, as: UTF8.self))")
            if accepted { passing += 1 }
            if arrival.refutation != nil { refuted += 1 }
        }
        print(
            "Calls' arguments: \(passing) passing answers, \(prefixes) prefixes; \(refuted) refuted while they arrive"
        )
        #expect(passing > 200)
        #expect(refuted > 1000)
    }
}

extension CheckContractTests {
    /// `json_schema` of a schema in memory.
    static func schemaCheck(_ schema: String) throws -> any FormatCheck {
        try KnownChecks.make("json_schema", options: .string("schema.json")) { _ in Array(schema.utf8) }
    }
}
