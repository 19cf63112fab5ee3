import Testing

@testable import Settings

@Suite struct DocumentReaderTests {
    private func read(_ yaml: String) -> (ConfigNode?, [String]) {
        let problems = ProblemList()
        var reader = DocumentReader(file: "f", problems: problems, environment: [:], ignoredPrefix: "x-")
        let root = reader.read(yaml)
        return (root, problems.sorted(main: "f").map(\.description))
    }

    /// `key=text@line:column` of every scalar.
    private func scalars(_ node: ConfigNode?) -> [String] {
        switch node?.value {
        case .scalar(let scalar):
            node.map { ["\($0.key)=\(scalar.text)@\($0.place.line):\($0.place.column)"] } ?? []
        case .list(let items): items.flatMap { scalars($0) }
        case .mapping(let entries): entries.flatMap { scalars($0.value) }
        case nil: []
        }
    }

    @Test func `every part knows its key and its place`() {
        let (root, problems) = read("a: 1\nb:\n  c: [x, 'y']\n  d: { e: z }\n")
        #expect(problems.isEmpty)
        #expect(scalars(root) == ["a=1@1:4", "b.c[0]=x@3:7", "b.c[1]=y@3:10", "b.d.e=z@4:11"])
    }

    @Test func `columns count scalars, not bytes`() {
        #expect(scalars(read("{ 'ä€😀': x }").0) == ["ä€😀=x@1:10"])
    }

    @Test func `an alias is its anchor, and a merge lies below what stands beside it`() {
        let yaml = """
            x-base: &base { a: 1, b: 2 }
            x-more: &more { b: 3, c: 4 }
            one: { <<: *base, b: 9 }
            two: { <<: [*more, *base] }
            three: *base
            """
        let (root, problems) = read(yaml)
        #expect(problems.isEmpty)
        #expect(
            scalars(root) == [
                "one.b=9@3:22", "one.a=1@1:20", "two.b=3@2:20", "two.c=4@2:26", "two.a=1@1:20", "three.a=1@1:20",
                "three.b=2@1:26",
            ]
        )
    }

    @Test func `top-level keys with the ignored prefix are not read, others with it are`() {
        let (root, problems) = read("x-note: ${NOBODY_SETS_THIS}\na: { x-b: 1 }\n")
        #expect(problems.isEmpty)
        #expect(scalars(root) == ["a.x-b=1@2:11"])
    }

    @Test func `every key that stands twice is found, at its second place`() {
        let yaml = """
            a: 1
            b: { c: 1, "c": 2, c: 3 }
            a: 2
            'b': 4
            """
        #expect(
            read(yaml).1 == [
                "f:2:12: b.c: stands twice; the first is in line 2",
                "f:2:20: b.c: stands twice; the first is in line 2",
                "f:3:1: a: stands twice; the first is in line 1", "f:4:1: b: stands twice; the first is in line 2",
            ]
        )
    }

    @Test func `keys that stand twice in merged parts and in merges themselves are found too`() {
        let yaml = """
            x-a: &a { p: 1, p: 2 }
            b:
              <<: *a
              <<: *a
            """
        #expect(
            read(yaml).1 == [
                "f:1:17: b.p: stands twice; the first is in line 1",
                "f:4:3: b.<<: stands twice; the first is in line 3",
            ]
        )
    }

    @Test(arguments: [
        ("a: [1, 2", "f:2:1: not valid YAML: while parsing a flow sequence, did not find expected ',' or ']'"),
        (
            "a: 1\n\tb: 2",
            "f:2:1: not valid YAML: while scanning a plain scalar, found a tab character that violates indentation"
        ),
        (
            "a: { b: ${C} }",
            "f:1:10: not valid YAML: while parsing a flow mapping, did not find expected ',' or '}'; within braces or brackets, quote '${NAME}'"
        ),
        ("a: *nowhere", "f:1:4: not valid YAML: found undefined alias"),
        (
            "a: 1\n---\nb: 2\n",
            "f:2:1: not valid YAML: expected a single document in the stream, but found another document"
        ),
        ("a: 'b\n", "f:2:1: not valid YAML: while scanning a quoted scalar, found unexpected end of stream"),
        ("ä: 1\nb: \u{1}", "f:2:4: not valid YAML: control characters are not allowed"),
    ])
    func `what is no YAML is said at its place`(yaml: String, expected: String) {
        #expect(read(yaml).1 == [expected])
    }

    @Test func `a key must be text, and only mappings can be merged`() {
        #expect(read("a: { [b]: 1 }").1 == ["f:1:6: a: a key must be text"])
        #expect(
            read("a: { <<: b }").1 == ["f:1:10: a.<<: only a mapping, or a list of mappings, can be merged"]
        )
    }

    @Test func `aliases that multiply without end are stopped`() {
        var yaml = "x-0: &a0 [a, a, a, a, a, a, a, a, a, a]\n"
        for level in 1...9 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            yaml += "x-\(level): &a\(level) [\(aliases)]\n"
        }
        let (_, problems) = read(yaml + "bomb: *a9\n")
        #expect(problems.count == 1)
        #expect(problems.first?.hasSuffix("aliases or nesting multiply without end") == true)
    }

    @Test func `an empty file is nothing, without a problem`() {
        for yaml in ["", "\n", "# only a remark\n"] {
            let (root, problems) = read(yaml)
            #expect(root == nil)
            #expect(problems.isEmpty)
        }
    }
}
