import Foundation
import Judgment
import Testing

@testable import Settings

@Suite struct ComparingTests {
    private func isEqual(_ keys: String, _ one: String, _ other: String, _ fixture: Fixture? = nil) throws -> Bool? {
        let route = try #require(try (fixture ?? Fixture()).load(Minimal.route(keys)).routes["search"])
        guard
            case .decided(let comparison) = route.comparator.compare(
                Array(one.utf8),
                with: Array(other.utf8),
                input: []
            )
        else { return nil }
        return comparison.isEqual
    }

    @Test func `a route compares by what it names, and byte by byte where it names nothing`() throws {
        #expect(try Fixture().load(Minimal.yaml).routes["search"]?.compare == "exact")
        #expect(try isEqual("", "a", "A") == false)
        #expect(try isEqual("compare: exact", "a", "a") == true)
        #expect(try isEqual("compare: label", "a ", "A") == true)
        #expect(try isEqual("compare: json", "{\"a\":1,\"b\":2}", "{\"b\":2, \"a\":1.0}") == true)
        #expect(try isEqual("compare: set", "a, b", "b, a") == true)
        #expect(try isEqual("compare: judge", "a", "b") == nil)
        #expect(try isEqual("compare: text", "one two three four", "one two three five") == false)
        #expect(try isEqual("compare: { text: { least: 0.7 } }", "one two three four", "one two three five") == true)
    }

    @Test func `dsl goes by the grammar among the checks`() throws {
        let fixture = try Fixture()
        try fixture.write("lines.gbnf", "root ::= term (\" \" term)*\nterm ::= [a-z]+\n")
        let keys = "checks: [{ grammar: lines.gbnf }]\ncompare: dsl"
        #expect(try isEqual(keys, "b a", "a b", fixture) == true)
        #expect(try isEqual(keys, "A", "A", fixture) == false)
    }

    @Test func `dsl may run a command instead, which stands beside the settings or where commands are`() throws {
        let fixture = try Fixture()
        let script = try fixture.write("bin/same.sh", "#!/bin/sh\n")
        func command(_ run: String) throws -> [String]? {
            let route = try #require(
                fixture.load(Minimal.route("compare: { dsl: { run: \(run) } }")).routes["search"]
            )
            guard case .run(let command, _) = route.comparator.compare([0x61], with: [0x62], input: []) else {
                return nil
            }
            return command
        }
        #expect(try command("[bin/same.sh, --strict]") == [script, "--strict", "a", "b"])
        #expect(try command("[compare, '1']") == ["compare", "1", "a", "b"])
    }

    @Test(arguments: [
        (
            "compare: jsn",
            "8:14: routes.search.compare: expected exact, label, json, set, dsl, text or judge, found 'jsn' (did you mean 'json'?)"
        ),
        (
            "compare: { txt: { least: 0.8 } }",
            "8:16: routes.search.compare: expected exact, label, json, set, dsl, text or judge, found 'txt' (did you mean 'text'?)"
        ),
        ("compare: { text: { least: 2 } }", "8:31: routes.search.compare.text.least: must be 0 to 1, not 2"),
        (
            "compare: { text: { lest: 0.8 } }",
            "8:24: routes.search.compare.text.lest: unknown key (did you mean 'least'?)"
        ),
        ("compare: { json: { least: 0.8 } }", "8:24: routes.search.compare.json.least: unknown key"),
        ("compare: { text: 0.8 }", "8:22: routes.search.compare.text: expected a mapping, found '0.8'"),
        (
            "compare: dsl",
            "8:14: routes.search.compare: 'dsl' needs a 'grammar' among the checks, or a command: dsl: { run: [COMMAND, ...] }"
        ),
        (
            "compare: { dsl: { run: [] } }",
            "8:28: routes.search.compare.dsl.run: is empty: a command and its arguments"
        ),
        (
            "compare: { dsl: { run: ./same.sh } }",
            "8:28: routes.search.compare.dsl.run: expected a list: a command and its arguments"
        ),
        (
            "compare: { dsl: { run: [./same.sh] } }",
            "8:29: routes.search.compare.dsl.run[0]: ./same.sh cannot be read: No such file or directory"
        ),
    ])
    func `what cannot be is told at its place`(keys: String, expected: String) throws {
        #expect(try Fixture().problems(Minimal.route(keys)) == [expected])
    }

    @Test func `the comparator is in the contract, and the one that is in force anyway changes no digest`() throws {
        let fixture = try Fixture()
        func contract(_ keys: String) throws -> String {
            try #require(fixture.load(Minimal.route(keys)).routes["search"]).contract
        }
        let base = try contract("")
        #expect(try contract("compare: exact") == base)
        let json = try contract("compare: json")
        #expect(json != base)
        #expect(try contract("compare: { json: {} }") == json)
        let text = try contract("compare: text")
        #expect(try contract("compare: { text: { least: 0.8 } }") != text)
        try fixture.write("same.sh", "one")
        let one = try contract("compare: { dsl: { run: [./same.sh] } }")
        try fixture.write("same.sh", "two")
        #expect(try contract("compare: { dsl: { run: [./same.sh] } }") != one)
        // What it says counts, not where it stands.
        try fixture.write("elsewhere/same.sh", "one")
        #expect(try contract("compare: { dsl: { run: [elsewhere/same.sh] } }") == one)
    }
}
