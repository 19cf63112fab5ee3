import Judgment
import Testing

@testable import Settings

@Suite struct CheckListTests {
    @Test func `checks are built in their order`() throws {
        let keys = """
            checks:
              - finished
              - max_chars: 2000
              - min_chars: 1
              - one_of: { values: [a, yes, 5], trim: true, case: ignore }
            """
        let route = try #require(Fixture().load(Minimal.route(keys)).routes["search"])
        #expect(route.checks == ["finished", "max_chars", "min_chars", "one_of"])
        #expect(route.judge.checks.map { type(of: $0).name } == route.checks)
    }

    @Test(arguments: [
        ("checks: finished", "8:13: routes.search.checks: expected a list of checks, found 'finished'"),
        ("checks: [[finished]]", "8:14: routes.search.checks[0]: expected a check's name, found a list"),
        ("checks: [~]", "8:14: routes.search.checks[0]: expected a check's name, found nothing"),
        (
            "checks:\n  - finished: ~\n    max_chars: 1",
            "10:9: routes.search.checks[0].max_chars: one check an entry: begin another with '-'"
        ),
    ])
    func `each mistake in the list is told at its place`(keys: String, expected: String) throws {
        #expect(try Fixture().problems(Minimal.route(keys)) == [expected])
    }

    @Test func `an unknown check is told at its name, with the nearest one`() throws {
        let problems = try Fixture().problems(Minimal.route("checks:\n  - finishd\n  - max_char: 5"))
        #expect(problems.count == 2)
        #expect(problems.first?.hasPrefix("9:9: routes.search.checks[0].finishd: unknown check") == true)
        #expect(problems.first?.hasSuffix("(did you mean 'finished'?)") == true)
        #expect(problems.last?.hasPrefix("10:9: routes.search.checks[1].max_char: unknown check") == true)
    }

    @Test func `a wrong option is told at the option`() throws {
        let problems = try Fixture().problems(
            Minimal.route(
                "checks:\n  - max_chars: many\n  - one_of: { values: [a], cas: exact }\n  - one_of: { values: [a, [b]] }"
            )
        )
        #expect(problems.count == 3)
        #expect(problems.first?.hasPrefix("9:20: routes.search.checks[0].max_chars") == true)
        #expect(
            problems.dropFirst().first?.hasPrefix("10:32: routes.search.checks[1].one_of.cas: unknown option") == true
        )
        #expect(problems.last?.hasPrefix("11:31: routes.search.checks[2].one_of.values[1]: ") == true)
    }

    @Test func `more checks than a judge holds are refused`() throws {
        let many = Array(repeating: "finished", count: Judge.maximumChecks + 1).joined(separator: ", ")
        #expect(
            try Fixture().problems(Minimal.route("checks: [\(many)]")) == [
                "8:13: routes.search.checks: holds 33 checks; 32 are allowed"
            ]
        )
    }

    @Test func `a schema that is wrong is told in its own file, where it is wrong`() throws {
        let fixture = try Fixture()
        try fixture.write(
            "schemas/bad.json",
            """
            {
              "properties": { "ä": { "type": ["strin", "null"] } }
            }
            """
        )
        try fixture.write("schemas/broken.json", "{\n  \"a\": tru\n}")
        try fixture.write("schemas/far.json", "{ \"$ref\": \"https://example.com/x\" }")
        let keys = """
            checks:
              - json_schema: schemas/bad.json
              - json_schema: { file: schemas/broken.json }
              - json_schema: schemas/none.json
              - json_schema: { file: schemas/far.json, assert: true }
            """
        let problems = try fixture.problems(Minimal.route(keys))
        try #require(problems.count == 4)
        #expect(
            problems[0]
                == "11:22: routes.search.checks[2].json_schema: schemas/none.json cannot be read: No such file or directory"
        )
        #expect(problems[1].hasPrefix("12:48: routes.search.checks[3].json_schema.assert: unknown option"))
        #expect(problems[2].hasPrefix("schemas/bad.json:2:"))
        #expect(problems[2].contains(": routes.search.checks[0].json_schema: "))
        #expect(problems[3].hasPrefix("schemas/broken.json:2:"))
        #expect(!problems[3].contains("line"))
    }

    @Test func `a grammar that is wrong is told in its own file, all of it`() throws {
        let fixture = try Fixture()
        try fixture.write("grammars/slip.gbnf", "# é\nroot ::= \"é\" \"\\q\"\n")
        try fixture.write(
            "grammars/rules.gbnf",
            "root ::= word (\" \" wrod)*\nword ::= [a-z]+\nloop ::= loop \"x\"\nword ::= ."
        )
        let keys = """
            checks:
              - grammar: grammars/slip.gbnf
              - grammar: { file: grammars/rules.gbnf }
              - grammar: grammars/none.gbnf
              - grammar: { path: grammars/rules.gbnf }
            """
        let problems = try fixture.problems(Minimal.route(keys))
        try #require(problems.count == 5, "\(problems)")
        let key = "routes.search.checks"
        #expect(problems[0] == "11:18: \(key)[2].grammar: grammars/none.gbnf cannot be read: No such file or directory")
        #expect(problems[1].hasPrefix("12:20: \(key)[3].grammar.path: unknown option"))
        #expect(problems[2].hasPrefix("grammars/slip.gbnf:2:15: \(key)[0].grammar: unknown escape"))
        let undefined = "there is no rule named wrod (did you mean 'word'?)"
        #expect(problems[3] == "grammars/rules.gbnf:1:20: \(key)[1].grammar: \(undefined)")
        #expect(problems[4] == "grammars/rules.gbnf:4:1: \(key)[1].grammar: word is defined twice, first on line 2")
    }

    @Test func `a rule that a grammar does not reach is a note, and its text is part of the version`() throws {
        let fixture = try Fixture()
        try fixture.write("g.gbnf", "root ::= \"a\"\n\n  b ::= \"b\"")
        let settings = try fixture.load(Minimal.route("checks: [{ grammar: g.gbnf }]"))
        #expect(settings.notes.count == 1)
        #expect(settings.notes.first?.line == 3)
        #expect(settings.notes.first?.column == 3)
        #expect(settings.notes.first?.key == "routes.search.checks[0].grammar")
        #expect(settings.notes.first?.message == "b is not reached from root")
        try fixture.write("g.gbnf", "root ::= \"c\"")
        #expect(try fixture.load(Minimal.route("checks: [{ grammar: g.gbnf }]")).version != settings.version)
    }

    @Test func `a pointer into a file becomes a line and a column`() {
        let text = Array("{ \"a\": [1,\n  { \"ä\": {}, \"b/c~\": null }], \"d\": \"x\" }".utf8)
        func place(_ pointer: String) -> String {
            let (line, column, noJSON) = JSONPlace.find(pointer, in: text)
            return "\(line):\(column)\(noJSON ?? "")"
        }
        #expect(place("#") == "1:1")
        #expect(place("#/a") == "1:8")
        #expect(place("#/a/0") == "1:9")
        #expect(place("#/a/1") == "2:3")
        #expect(place("#/a/1/ä") == "2:10")
        #expect(place("#/a/1/b~1c~0") == "2:22")
        #expect(place("#/d") == "2:36")
        #expect(place("#/nowhere") == "1:1")
    }

    @Test func `a regular expression that cannot be compiled is told where it stands`() throws {
        let problems = try Fixture().problems(Minimal.route("checks:\n  - regex: '(a'\n  - regex: { pattern: '[' }"))
        #expect(problems.count == 2)
        #expect(problems.first?.hasPrefix("9:16: routes.search.checks[0].regex") == true)
        #expect(problems.last?.hasPrefix("10:27: routes.search.checks[1].regex.pattern: ") == true)
    }
}
