public import Completions
public import Digest

/// A role that a model plays on a route.
public enum ModelRole: String, Sendable, Hashable, CaseIterable, Codable {
    case small, large
}

/// One entry of `models:` — where a model is and how it may be asked.
public final class ModelSettings: Sendable {
    /// US dollars per million tokens.
    public struct Price: Sendable, Hashable {
        public let input: Double
        public let output: Double

        /// US dollars.
        public func cost(promptTokens: Int, completionTokens: Int) -> Double {
            (Double(promptTokens) * input + Double(completionTokens) * output) / 1_000_000
        }
    }

    public struct Timeouts: Sendable, Hashable {
        public let connect: Duration
        /// Streamed calls only.
        public let firstToken: Duration
        /// Streamed calls only.
        public let betweenTokens: Duration
        public let total: Duration
    }

    /// The entry's key.
    public let name: String
    /// Without a slash at its end: `http://127.0.0.1:9000/v1`.
    public let baseURL: String
    public let api: Dialect
    /// The name the provider knows it by; nil: not trained yet.
    public let model: String?
    /// A secret.
    public let apiKey: String?
    /// nil: unknown, and costs count as zero.
    public let price: Price?
    public let timeout: Timeouts
    /// Per process.
    public let maxInFlight: Int
    /// How many calls may wait for a place; more are refused as busy.
    public let queue: Int
    /// Bytes of an answer.
    public let maxAnswer: Int
    /// Tokens that it reads and writes in one exchange; nil: not known, and then it is asked whatever the length.
    public let context: Int?
    /// Of text, on average: what lengths in tokens are estimated by.
    public let bytesPerToken: Double
    public let http2: Bool
    /// PEM bundle; absolute path; nil: the system's.
    public let caFile: String?
    /// Names of client headers that are forwarded, in lower case.
    public let headers: [String]
    /// Digest of what decides which answers it gives: place, dialect, name, forwarded headers.
    public let answerDigest: Digest32

    public var isTrained: Bool { model != nil }

    public var contextLimit: ContextLimit? { context.map { ContextLimit(tokens: $0, bytesPerToken: bytesPerToken) } }

    init(_ name: String, _ fields: Fields) {
        let reading = fields.reading
        self.name = name
        if fields.value("base_url") == nil { fields.missing("base_url", "is missing") }
        baseURL = fields.baseURL("base_url") ?? "http://127.0.0.1"
        if fields.value("api") == nil { fields.missing("api", "is missing: chat or completions") }
        api = fields.word("api", of: Dialect.self) ?? .chat
        model = fields.text("model")
        if let model, let node = fields.value("model"), !model.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
            let message = "must be printable ASCII without spaces: it goes into a header"
            reading.problems.add(node.place, key: node.key, message)
        }
        apiKey = fields.apiKey("api_key", for: baseURL)
        price = fields.optionalSection("price") { fields in
            for key in ["input", "output"] where fields.value(key) == nil {
                fields.missing(key, "is missing: US dollars per million tokens")
            }
            return Price(
                input: fields.number("input", in: 0...(.infinity)) ?? 0,
                output: fields.number("output", in: 0...(.infinity)) ?? 0
            )
        }
        timeout = fields.section("timeout") { fields in
            Timeouts(
                connect: fields.duration("connect", default: .seconds(1)),
                firstToken: fields.duration("first_token", default: .seconds(10)),
                betweenTokens: fields.duration("between_tokens", default: .seconds(5)),
                total: fields.duration("total", default: .seconds(30))
            )
        }
        maxInFlight = fields.integer("max_in_flight", default: 256, in: 1...100_000)
        queue = fields.integer("queue", default: 64, in: 0...100_000)
        maxAnswer = fields.size("max_answer", default: 1 << 20, in: 1024...1 << 30)
        context = fields.integer("context", in: 1...(.max))
        bytesPerToken = fields.number("bytes_per_token", default: ContextLimit.usualBytesPerToken, in: 1...100)
        http2 = fields.flag("http2")
        caFile = Self.caFile(fields)
        headers = Self.forwarded(fields)
        answerDigest = Self.answerDigest(baseURL, api, model, headers)
    }

    /// The same entry with a model of another name behind it, perhaps in another place. The API key goes to the place
    /// that the file gives it to, and nowhere else.
    init(_ entry: ModelSettings, serving model: String?, at place: String?) {
        name = entry.name
        baseURL = place ?? entry.baseURL
        api = entry.api
        self.model = model
        apiKey = baseURL == entry.baseURL ? entry.apiKey : nil
        price = entry.price
        timeout = entry.timeout
        maxInFlight = entry.maxInFlight
        queue = entry.queue
        maxAnswer = entry.maxAnswer
        context = entry.context
        bytesPerToken = entry.bytesPerToken
        http2 = entry.http2
        caFile = entry.caFile
        headers = entry.headers
        answerDigest = Self.answerDigest(baseURL, api, model, headers)
    }

    private static func answerDigest(
        _ baseURL: String,
        _ api: Dialect,
        _ model: String?,
        _ headers: [String]
    ) -> Digest32 {
        var hash = SHA256()
        for part in [baseURL, api.rawValue, model ?? ""] + headers {
            hash.update(length: part.utf8.count)
            hash.update(part)
        }
        return hash.finish()
    }

    private static func caFile(_ fields: Fields) -> String? {
        guard let (node, scalar) = fields.scalar("ca_file", "a path") else { return nil }
        let path = fields.reading.resolve(scalar.text)
        guard let text = fields.reading.text(ofFile: scalar.text, at: node) else { return nil }
        return fields.standard("ca_file", path, .file(path: path, contents: SHA256.digest(of: text)))
    }

    /// Headers that describe the client's own connection, or that prove who the client is, are never forwarded.
    private static let keptBack: Set<String> = [
        "authorization", "connection", "content-length", "content-type", "cookie", "expect", "host", "keep-alive",
        "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    ]

    private static func forwarded(_ fields: Fields) -> [String] {
        var names: [String] = []
        for (text, node) in fields.texts("headers") {
            let name = text.lowercased()
            if !HeaderName.isValid(name) {
                fields.reading.problems.add(node.place, key: node.key, "expected a header's name, found \(node.kind)")
            } else if keptBack.contains(name) {
                fields.reading.problems.add(node.place, key: node.key, "'\(name)' is never forwarded")
            } else if !names.contains(name) {
                names.append(name)
            }
        }
        return names.sorted()
    }
}

extension ModelSettings: Equatable {
    public static func == (left: ModelSettings, right: ModelSettings) -> Bool { left === right }
}

/// RFC 9110 section 5.1: a token.
enum HeaderName {
    static func isValid(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }
}
