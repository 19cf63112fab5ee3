import Testing

@testable import Settings

@Suite struct SettingsChangeTests {
    private func change(_ old: String, _ new: String, environment: [String: String] = [:]) throws -> SettingsChange {
        let fixture = try Fixture()
        return SettingsChange(
            from: try fixture.load(old, environment: environment),
            to: try fixture.load(new, environment: environment)
        )
    }

    @Test func `the same settings change nothing`() throws {
        #expect(try change(Minimal.yaml, "# remark\n" + Minimal.yaml + "cache: { ttl: 24h }\n").isEmpty)
    }

    @Test func `what is read at start needs a restart, the rest is applied`() throws {
        let new =
            Minimal.yaml.replacing("small: small, ", with: "") + """
                server: { listen: '127.0.0.1:1', admin: '127.0.0.1:2', workers: 3, deadline: 9s }
                harvest: { store: sqlite:other.db, spool: other, deadline: 1s, records: more, keep: { age: 1d } }
                cache: { memory: 1MiB }

                """
        let change = try change(Minimal.yaml, new)
        #expect(
            change.changed == [
                "cache.memory", "harvest.deadline", "harvest.keep.age", "harvest.records", "routes.search.small",
                "server.deadline",
            ]
        )
        #expect(
            change.restartNeeded == [
                "harvest.spool", "harvest.store", "server.admin", "server.listen", "server.workers",
            ]
        )
    }

    @Test func `how answers stream is applied without a restart`() throws {
        let new = Minimal.route("early_abort: true\nhold: 4\nhedge: { after: 1s, at_most: 5% }\nlet_run: 1%")
        let change = try change(Minimal.yaml, new + "server: { stream_comment: 1s, reader_stall: 2s }\n")
        #expect(
            change.changed == [
                "routes.search.early_abort", "routes.search.hedge", "routes.search.hold", "routes.search.let_run",
                "server.reader_stall", "server.stream_comment",
            ]
        )
        #expect(change.restartNeeded.isEmpty)
    }

    @Test func `routes and models that come and go are named as a whole`() throws {
        let new = Minimal.yaml + "  more: { large: large }\n"
        #expect(try change(Minimal.yaml, new).changed == ["routes.more"])
        #expect(try change(new, Minimal.yaml).changed == ["routes.more"])
    }

    @Test func `a changed list is named as a whole`() throws {
        let change = try change(Minimal.route("checks: [finished]"), Minimal.route("checks: []"))
        #expect(change.changed == ["routes.search.checks"])
    }

    @Test func `a changed secret and a changed file are seen`() throws {
        let fixture = try Fixture()
        let yaml = Minimal.route("prompt: { large: p }") + "server: { admin_token: '${T}' }\n"
        try fixture.write("p", "one")
        let old = try fixture.load(yaml, environment: ["T": "a"])
        try fixture.write("p", "two")
        let new = try fixture.load(yaml, environment: ["T": "b"])
        #expect(SettingsChange(from: old, to: new).changed == ["routes.search.prompt.large", "server.admin_token"])
    }
}
