import Settings
import Testing

@Suite struct HarvestSettingsTests {
    @Test func `every key is read, and paths are relative to the file`() throws {
        let fixture = try Fixture()
        let keys = """
            store: sqlite:data/../db.sqlite
            spool: /abs/./spool
            deadline: 50ms
            spool_limit: 2GiB
            records: rec
            keep: { age: 30d, size: 1GiB }
            """
        let harvest = try fixture.load(Minimal.section("harvest", keys)).harvest
        #expect(harvest.store == .sqlite(path: "\(fixture.directory)/db.sqlite"))
        #expect(harvest.spool == "/abs/spool")
        #expect(harvest.deadline == .milliseconds(50))
        #expect(harvest.spoolLimit == 2 << 30)
        #expect(harvest.records == "\(fixture.directory)/rec")
        #expect(harvest.keep.age == .seconds(30 * 86_400))
        #expect(harvest.keep.size == 1 << 30)
    }

    @Test(arguments: [
        ("store: mysql:x", "7:10: harvest.store: expected sqlite:PATH or postgresql://..."),
        ("store: 'sqlite:'", "7:10: harvest.store: expected sqlite:PATH or postgresql://..."),
        (
            "store: 'postgresql://u:a b@h/d'",
            "7:10: harvest.store: a PostgreSQL URL has no blanks: they are written %20"
        ),
        (
            "store: postgresql://",
            "7:10: harvest.store: a PostgreSQL URL names a host or a database: postgresql://HOST/DATABASE"
        ),
        ("store: postgresql://u:a@b@h/d", "7:10: harvest.store: an @ within user or password is written %40"),
        ("spool: [a]", "7:10: harvest.spool: expected a path, found a list"),
        ("spool: ''", "7:10: harvest.spool: is empty"),
        ("spool_limit: 1KiB", "7:16: harvest.spool_limit: must be at least 1MiB, not 1KiB"),
        ("keep: { ages: 1d }", "7:11: harvest.keep.ages: unknown key (did you mean 'age'?)"),
        ("deadlin: 1s", "7:3: harvest.deadlin: unknown key (did you mean 'deadline'?)"),
    ])
    func `each mistake is told at its place`(keys: String, expected: String) throws {
        #expect(try Fixture().problems(Minimal.section("harvest", keys)) == [expected])
    }

    @Test(arguments: [
        ("postgresql://u:geheim@h:5433/db?sslmode=verify-full", "postgresql://u:***@h:5433/db?sslmode=verify-full"),
        ("postgres:///db?host=/run/pg&user=u&password=geheim", "postgres:///db?host=/run/pg&user=u&password=***"),
        ("postgresql://h/db", "postgresql://h/db"),
    ])
    func `a PostgreSQL is taken as it is written, and shown without its password`(url: String, shown: String) throws {
        let settings = try Fixture().load(Minimal.section("harvest", "store: '\(url)'"))
        #expect(settings.harvest.store == .postgresql(url: url))
        #expect(settings.harvest.store.setting == url)
        let effective = settings.effectiveYAML
        #expect(effective.contains(shown))
        #expect(!effective.contains("geheim"))
    }
}
