import JSON
import Testing

@testable import Judgment

private struct Tally {
    var passed = 0
    var failed: [String] = []
    /// Groups that need a document that is not in the file, by their message.
    var refused: [String] = []
}

private func run(_ folder: String) throws -> Tally {
    var tally = Tally()
    for group in try SchemaSuite.groups(folder) {
        let name = "\(group.file): \(group.description)"
        let program: SchemaProgram
        do {
            program = try SchemaSuite.compile(group.schema, folder: folder)
        } catch {
            tally.refused.append("\(name) [\(group.tests.count)]: \(error)")
            continue
        }
        for test in group.tests {
            let ruling = judged(JSONSchemaCheck(program: program), test.text, pieces: test.text.count).ruling
            if ruling.passes == test.valid {
                tally.passed += 1
            } else {
                tally.failed.append("\(name): \(test.description): \(ruling)")
            }
        }
    }
    return tally
}

@Suite(.enabled(if: SchemaSuite.isPresent, "../shared/data/json-schema-test-suite is absent: skipped"))
struct SchemaSuiteTests {
    @Test(arguments: ["draft2020-12", "draft7"])
    func everyRequiredTestPassesThatNeedsNoOtherDocument(_ folder: String) throws {
        let tally = try run(folder)
        print(
            "JSON Schema suite, \(folder), required: \(tally.passed) pass, \(tally.failed.count) fail,",
            "\(tally.refused.count) groups refused"
        )
        for line in tally.refused { print("  refused:", line) }
        #expect(tally.failed == [])
        #expect(tally.refused.allSatisfy { $0.contains("not supported") })
    }

    @Test(arguments: ["draft2020-12/optional", "draft7/optional"])
    func optionalTestsAreCounted(_ folder: String) throws {
        let tally = try run(folder)
        print(
            "JSON Schema suite, \(folder): \(tally.passed) pass, \(tally.failed.count) fail,",
            "\(tally.refused.count) groups refused"
        )
        for line in tally.failed { print("  fails:", line) }
        for line in tally.refused { print("  refused:", line) }
    }

    @Test(arguments: ["draft2020-12", "draft7"])
    func noPrefixOfAValidDocumentIsRefutedAndWhatIsRefutedFailsWhole(_ folder: String) throws {
        var refuted = 0
        var early = 0
        for group in try SchemaSuite.groups(folder) {
            guard let program = try? SchemaSuite.compile(group.schema, folder: folder) else { continue }
            let check = JSONSchemaCheck(program: program)
            for test in group.tests {
                let name = "\(group.file): \(group.description): \(test.description)"
                let whole = judged(check, test.text, pieces: test.text.count).ruling
                let (split, refutedAt) = judged(check, test.text, pieces: 1, asking: true)
                #expect(split.passes == whole.passes, "\(name)")
                if test.valid { #expect(refutedAt == nil, "\(name)") }
                if let refutedAt {
                    #expect(!whole.passes, "\(name)")
                    refuted += 1
                    if refutedAt < test.text.count { early += 1 }
                }
                for pieces in [1, 2, 3, 7] {
                    #expect(judged(check, test.text, pieces: pieces).ruling == whole, "\(name), pieces of \(pieces)")
                }
            }
        }
        print(
            "JSON Schema suite, \(folder): \(refuted) texts refuted while they arrive, \(early) before their last byte"
        )
        #expect(early > 0)
    }
}
