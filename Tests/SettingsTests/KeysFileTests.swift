import Digest
import Testing

@testable import Settings

@Suite struct KeysFileTests {
    private let sha = String(repeating: "ab", count: 32)
    private let yaml = Minimal.yaml + "server: { keys: keys.yaml }\n"

    @Test func `every key of an entry is read`() throws {
        let fixture = try Fixture()
        try fixture.write(
            "keys.yaml",
            """
            - { name: backend, sha256: \(sha) }
            - name: tools
              sha256: \(SHA256.digest(of: "k").hex)
              routes: [search]
              may: [use, no-cache]
              harvest: opt_in
              limit: { rps: 2.5, in_flight: 3 }
            """
        )
        let keys = try fixture.load(yaml).keys
        #expect(keys.map(\.name) == ["backend", "tools"])
        #expect(keys[0].sha256.hex == sha)
        #expect(keys[0].routes == nil)
        #expect(keys[0].mayUse(route: "anything"))
        #expect(keys[0].may.isEmpty)
        #expect(keys[0].harvest == nil)
        #expect(keys[0].limit == nil)
        #expect(keys[1].routes == ["search"])
        #expect(!keys[1].mayUse(route: "other"))
        #expect(keys[1].may == [.use, .noCache])
        #expect(keys[1].harvest == .optIn)
        #expect(keys[1].limit?.requestsPerSecond == 2.5)
        #expect(keys[1].limit?.inFlight == 3)
    }

    @Test(arguments: [
        ("- { sha256: SHA }", "keys.yaml:1:3: [0].name: is missing"),
        ("- { name: a }", "keys.yaml:1:3: [0].sha256: is missing: 'understudy key new NAME' prints it"),
        ("- { name: a, sha256: us-secret }", "keys.yaml:1:22: [0].sha256: expected 64 hexadecimal digits"),
        (
            "- { name: a b, sha256: SHA }",
            "keys.yaml:1:11: [0].name: expected at most 128 letters, digits, '-', '_', '.', ':' or '/', found 'a b'"
        ),
        ("- { name: a, sha256: SHA, route: [x] }", "keys.yaml:1:88: [0].route: unknown key (did you mean 'routes'?)"),
        (
            "- { name: a, sha256: SHA, routes: [serch] }",
            "keys.yaml:1:97: [0].routes[0]: no route is named 'serch' (did you mean 'search'?)"
        ),
        (
            "- { name: a, sha256: SHA, may: [nocache] }",
            "keys.yaml:1:94: [0].may[0]: expected use or no-cache, found 'nocache' (did you mean 'no-cache'?)"
        ),
        (
            "- { name: a, sha256: SHA, limit: { rps: 0 } }",
            "keys.yaml:1:102: [0].limit.rps: must be at least 0.001, not 0"
        ),
        ("name: a", "keys.yaml:1:1: expected a list of keys, found a mapping"),
        ("- [a]", "keys.yaml:1:3: [0]: expected a mapping, found a list"),
        (
            "- { name: a, sha256: SHA }\n- { name: a, sha256: \(String(repeating: "0", count: 64)) }",
            "keys.yaml:2:11: [1].name: 'a' stands twice"
        ),
        (
            "- { name: a, sha256: SHA }\n- { name: b, sha256: SHA }",
            "keys.yaml:2:22: [1].sha256: the same key stands twice"
        ),
        ("- [", "keys.yaml:2:1: not valid YAML: while parsing a flow node, did not find expected node content"),
    ])
    func `each mistake is told in the file of the keys`(keys: String, expected: String) throws {
        let fixture = try Fixture()
        try fixture.write("keys.yaml", keys.replacing("SHA", with: sha))
        let problems = try fixture.problems(yaml)
        #expect(problems.filter { keys != "- [a]" || !$0.contains("is missing") } == [expected])
    }

    @Test func `a key that was made opens the door, and its entry does not hold it`() throws {
        let made = ClientKey.make("backend")
        let fixture = try Fixture()
        try fixture.write("keys.yaml", made.yaml)
        let keys = try fixture.load(yaml).keys
        #expect(keys.map(\.name) == ["backend"])
        #expect(keys.first?.sha256 == SHA256.digest(of: made.secret))
        #expect(!made.yaml.contains(made.secret))
        #expect(made.secret.count == 67)
        #expect(ClientKey.make("backend").secret != made.secret)
    }
}
