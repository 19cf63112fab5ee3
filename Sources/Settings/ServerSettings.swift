import Digest

/// `server:` — ports, limits and who may call.
public struct ServerSettings: Sendable {
    public struct Limits: Sendable, Hashable {
        /// Bytes of a request's body.
        public var body: Int
        /// Bytes of a request's line and headers.
        public var headers: Int
        /// Open at once, over all workers.
        public var connections: Int
        /// From the first byte of a request to the end of its headers.
        public var headerTime: Duration
        /// From there to the end of its body.
        public var bodyTime: Duration
        /// How long a connection may be silent between requests.
        public var idleTime: Duration
    }

    /// PEM files; absolute paths.
    public struct TLSFiles: Sendable, Hashable {
        public var certificate: String
        public var key: String
    }

    /// The endpoint.
    public var listen: ListenAddress
    /// Metrics, admin API, pages.
    public var admin: ListenAddress
    /// 0: one per core.
    public var workers: Int
    /// For one exchange, both models included.
    public var deadline: Duration
    public var limits: Limits
    /// Absolute path; nil: no keys, everything is allowed.
    public var keysFile: String?
    /// What that file holds.
    public var keys: [ClientKey]
    /// A secret.
    public var adminToken: String?
    public var tls: TLSFiles?
    /// Allows to listen beyond loopback without keys or token, and to send API keys over plain http.
    public var insecure: Bool
    /// Part of every cache key and candidate.
    public var environment: String
    /// How long exchanges under way may take after SIGTERM.
    public var drain: Duration
    /// Silence on a stream after which a comment is sent.
    public var streamComment: Duration
    /// A stream's reader that takes nothing for so long is dropped.
    public var readerStall: Duration
    /// Host names, in lower case and without port, that requests may carry besides addresses and `localhost`.
    public var hosts: [String]

    init(_ fields: Fields) {
        let reading = fields.reading
        listen = Self.address("listen", default: "127.0.0.1:8080", fields)
        admin = Self.address("admin", default: "127.0.0.1:8081", fields)
        if listen == admin, listen.port != 0, let node = fields.value("admin") ?? fields.value("listen") {
            reading.problems.add(node.place, key: node.key, "listen and admin are the same address")
        }
        workers = fields.integer("workers", default: 0, in: 0...1024)
        deadline = fields.duration("deadline", default: .seconds(30))
        limits = fields.section("limits") { fields in
            Limits(
                body: fields.size("body", default: 1 << 20, in: 1...1 << 30),
                headers: fields.size("headers", default: 16 << 10, in: 1024...1 << 20),
                connections: fields.integer("connections", default: 10000, in: 1...1_000_000),
                headerTime: fields.duration("header_time", default: .seconds(10)),
                bodyTime: fields.duration("body_time", default: .seconds(30)),
                idleTime: fields.duration("idle_time", default: .seconds(75))
            )
        }
        (keysFile, keys) = KeysFile.read(fields)
        adminToken = fields.secret("admin_token")
        tls = fields.optionalSection("tls") { fields in
            TLSFiles(certificate: Self.pem("certificate", fields), key: Self.pem("key", fields))
        }
        insecure = fields.flag("insecure")
        environment = fields.name("environment", default: "production")
        drain = fields.duration("drain", default: .seconds(30), zero: true)
        streamComment = fields.duration("stream_comment", default: .seconds(10))
        readerStall = fields.duration("reader_stall", default: .seconds(30))
        hosts = fields.texts("hosts").map { host, node in
            if host.utf8.contains(where: { "/:@ ".utf8.contains($0) }) {
                reading.problems.add(node.place, key: node.key, "expected a host name without port, found \(node.kind)")
            }
            return host.lowercased()
        }
        checkOpenness(fields)
    }

    private func checkOpenness(_ fields: Fields) {
        guard !insecure else { return }
        if !listen.isLoopback, keysFile == nil, let node = fields.value("listen") {
            let message = "listens beyond this machine without 'keys': set them, or 'insecure: true'"
            fields.reading.problems.add(node.place, key: node.key, message)
        }
        if !admin.isLoopback, adminToken == nil, let node = fields.value("admin") {
            let message = "listens beyond this machine without 'admin_token': set it, or 'insecure: true'"
            fields.reading.problems.add(node.place, key: node.key, message)
        }
    }

    private static func address(_ key: String, default fallback: StaticString, _ fields: Fields) -> ListenAddress {
        guard let standard = ListenAddress("\(fallback)") else { fatalError("'\(fallback)' is no address") }
        guard let (node, scalar) = fields.scalar(key, "an address such as \(fallback)") else {
            return fields.standard(key, standard, .text(standard.text))
        }
        guard let address = ListenAddress(scalar.text) else {
            let message = "expected an address and a port such as \(fallback), found \(node.kind)"
            fields.reading.problems.add(node.place, key: node.key, message)
            return fields.standard(key, standard, .text(standard.text))
        }
        return fields.standard(key, address, .text(address.text))
    }

    /// A PEM file, which must be there and readable.
    private static func pem(_ key: String, _ fields: Fields) -> String {
        guard let (node, scalar) = fields.scalar(key, "a path") else {
            if fields.value(key) == nil { fields.missing(key, "is missing: tls needs a certificate and a key") }
            return ""
        }
        let path = fields.reading.resolve(scalar.text)
        guard let text = fields.reading.text(ofFile: scalar.text, at: node) else { return path }
        guard text.contains("-----BEGIN ") else {
            fields.reading.problems.add(node.place, key: node.key, "\(scalar.written) is not a PEM file")
            return path
        }
        fields.put(key, .file(path: path, contents: SHA256.digest(of: key == "key" ? "" : text)))
        return path
    }
}
