import Settings
import Testing

@Suite struct ServerSettingsTests {
    @Test func `every key is read`() throws {
        let fixture = try Fixture()
        try fixture.write("keys.yaml", "[]")
        try fixture.write("tls/cert.pem", "-----BEGIN CERTIFICATE-----\n")
        try fixture.write("tls/key.pem", "-----BEGIN PRIVATE KEY-----\n")
        let yaml = Minimal.section(
            "server",
            """
            listen: 0.0.0.0:443
            admin: 10.0.0.1:8081
            workers: 4
            deadline: 45s
            limits:
              { body: 2MiB, headers: 32KiB, connections: 5, header_time: 1s, body_time: 2s, idle_time: 3s }
            keys: keys.yaml
            admin_token: ${ADMIN_TOKEN}
            tls: { certificate: tls/cert.pem, key: tls/key.pem }
            insecure: false
            environment: staging
            drain: 0s
            stream_comment: 5s
            reader_stall: 1m
            hosts: [Gateway.Internal, other]
            """
        )
        let server = try fixture.load(yaml, environment: ["ADMIN_TOKEN": "hush"]).server
        #expect(server.listen == ListenAddress("0.0.0.0:443"))
        #expect(server.admin == ListenAddress("10.0.0.1:8081"))
        #expect(server.workers == 4)
        #expect(server.deadline == .seconds(45))
        #expect(server.limits.body == 2 << 20)
        #expect(server.limits.headers == 32 << 10)
        #expect(server.limits.connections == 5)
        #expect(server.limits.headerTime == .seconds(1))
        #expect(server.limits.bodyTime == .seconds(2))
        #expect(server.limits.idleTime == .seconds(3))
        #expect(server.keysFile == "\(fixture.directory)/keys.yaml")
        #expect(server.adminToken == "hush")
        #expect(server.tls?.certificate == "\(fixture.directory)/tls/cert.pem")
        #expect(server.tls?.key == "\(fixture.directory)/tls/key.pem")
        #expect(!server.insecure)
        #expect(server.environment == "staging")
        #expect(server.drain == .zero)
        #expect(server.streamComment == .seconds(5))
        #expect(server.readerStall == .seconds(60))
        #expect(server.hosts == ["gateway.internal", "other"])
    }

    @Test(arguments: [
        ("listn: 127.0.0.1:1", "7:3: server.listn: unknown key (did you mean 'listen'?)"),
        ("colour: red", "7:3: server.colour: unknown key"),
        (
            "listen: example.com:80",
            "7:11: server.listen: expected an address and a port such as 127.0.0.1:8080, found 'example.com:80'"
        ),
        ("listen: [a]", "7:11: server.listen: expected an address such as 127.0.0.1:8080, found a list"),
        ("listen: 127.0.0.1:8081", "7:11: server.listen: listen and admin are the same address"),
        ("workers: many", "7:12: server.workers: expected a whole number, found 'many'"),
        ("workers: '4'", "7:12: server.workers: expected a whole number, found '4'"),
        ("workers: 1.5", "7:12: server.workers: expected a whole number, found '1.5'"),
        ("workers: 5000", "7:12: server.workers: must be 0 to 1024, not 5000"),
        ("deadline: 30", "7:13: server.deadline: expected a duration such as 5ms, 2s, 24h or 7d, found '30'"),
        ("deadline: 0s", "7:13: server.deadline: must be above zero"),
        (
            "deadline: { a: 1 }",
            "7:13: server.deadline: expected a duration such as 5ms, 2s, 24h or 7d, found a mapping"
        ),
        (
            "limits: { body: 1MB }",
            "7:19: server.limits.body: expected a size such as 16KiB, 64MiB or 1GiB, found '1MB' (did you mean '1MiB'?)"
        ),
        ("limits: { headers: 1B }", "7:22: server.limits.headers: must be 1KiB to 1MiB, not 1B"),
        ("limits: { bodi: 1MiB }", "7:13: server.limits.bodi: unknown key (did you mean 'body'?)"),
        ("limits: none", "7:11: server.limits: expected a mapping, found 'none'"),
        ("insecure: yes", "7:13: server.insecure: expected true or false, found 'yes' (did you mean 'true'?)"),
        ("insecure: Off", "7:13: server.insecure: expected true or false, found 'Off' (did you mean 'false'?)"),
        ("insecure: 'true'", "7:13: server.insecure: expected true or false, found 'true' (did you mean 'true'?)"),
        (
            "environment: my place",
            "7:16: server.environment: expected at most 128 letters, digits, '-', '_', '.', ':' or '/', found 'my place'"
        ),
        ("hosts: gateway", "7:10: server.hosts: expected a list, found 'gateway'"),
        ("hosts: ['a:80']", "7:11: server.hosts[0]: expected a host name without port, found 'a:80'"),
        ("hosts: [ok, [no]]", "7:15: server.hosts[1]: expected text, found a list"),
        ("admin_token: ''", "7:16: server.admin_token: is empty"),
        ("admin_token: ${NOPE}", "7:16: server.admin_token: NOPE is not set in the environment"),
        ("keys: none.yaml", "7:9: server.keys: none.yaml cannot be read: No such file or directory"),
        ("stream_comment: 0s", "7:19: server.stream_comment: must be above zero"),
        ("reader_stal: 5s", "7:3: server.reader_stal: unknown key (did you mean 'reader_stall'?)"),
        (
            "listen: 0.0.0.0:80",
            "7:11: server.listen: listens beyond this machine without 'keys': set them, or 'insecure: true'"
        ),
        (
            "admin: ':8081'",
            "7:10: server.admin: listens beyond this machine without 'admin_token': set it, or 'insecure: true'"
        ),
        ("tls: { certificate: c.pem }", "7:3: server.tls.key: is missing: tls needs a certificate and a key"),
        (
            "tls: { certificate: c.pem, key: no.pem }",
            "7:35: server.tls.key: no.pem cannot be read: No such file or directory"
        ),
        ("tls: { certificate: text, key: c.pem }", "7:23: server.tls.certificate: text is not a PEM file"),
    ])
    func `each mistake is told at its place`(keys: String, expected: String) throws {
        let fixture = try Fixture()
        try fixture.write("c.pem", "-----BEGIN CERTIFICATE-----\n")
        try fixture.write("text", "hello")
        #expect(try fixture.problems(Minimal.section("server", keys)) == [expected])
    }

    @Test func `insecure allows to listen without keys and token`() throws {
        let settings = try Fixture().load(
            Minimal.section("server", "{ listen: '0.0.0.0:1', admin: '[::]:2', insecure: true }")
        )
        #expect(settings.server.insecure)
        #expect(!settings.server.admin.isLoopback)
    }

    @Test func `keys and a token allow to listen`() throws {
        let fixture = try Fixture()
        try fixture.write("keys.yaml", "[]")
        let keys = "{ listen: '0.0.0.0:1', admin: ':2', keys: keys.yaml, admin_token: t }"
        let settings = try fixture.load(Minimal.section("server", keys))
        #expect(settings.server.listen.host == "0.0.0.0")
        #expect(settings.notes.map(\.message) == ["holds no keys: every request will be refused"])
    }
}
