// Files, jobs and models of a provider, over HTTP from a thread of its own.
//
// What can be asked again without harm (everything but uploads and the creation of jobs) is, for a while: a provider
// that restarts or is busy does not end a training of hours. Uploads and creations are asked once here; whoever asks
// looks at what there is before asking again.

import HTTPClient
import JSON
import Loop

/// What a provider answered.
struct ProviderReply: Sendable {
    var status: Int
    var retryAfter: Duration?
    var body: [UInt8]

    var json: JSONTree? { try? JSONTree.parse(body) }
    var isGood: Bool { (200..<300).contains(status) }
    /// Another time it may go. An account without money is told by 429, too, and does not get better by waiting.
    var mayGoLater: Bool {
        guard status == 408 || status == 409 || status == 429 || status >= 500 else { return false }
        return errorCode != "insufficient_quota"
    }

    private var errorCode: String? { json?["error"]?["code"]?.string }

    /// The provider's own words.
    func failure(_ what: String, advice other: String? = nil) -> TrainingFailure {
        let error = json?["error"]
        let said = error?["message"]?.string ?? error?.string ?? String(decoding: body.prefix(300), as: UTF8.self)
        let param = error?["param"]?.string.map { " (\($0))" } ?? ""
        var advice: String?
        switch status {
        case 401 where other != nil, 403 where other != nil, 404 where other != nil: advice = other
        case 401, 403: advice = "is training.api_key right, and may it do this?"
        case 404: advice = "is training.base_url right, and does the provider have files and fine_tuning jobs?"
        default: break
        }
        if errorCode == "insufficient_quota" { advice = "the provider's account has nothing left to spend" }
        return TrainingFailure(
            "\(what): status \(status): \(said)\(param)",
            code: errorCode ?? error?["type"]?.string,
            advice: advice
        )
    }
}

/// See the head of the file. `close()` it in the end.
actor ProviderLink {
    nonisolated let loop = Loop.start(name: "provider")
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private let endpoint: UpstreamEndpoint
    private let patience: Patience
    private var open: (client: HTTPClient, upstream: Upstream)?

    /// How often, and how long between.
    struct Patience: Sendable {
        var attempts = 6
        var first = Duration.milliseconds(500)
        var most = Duration.seconds(30)
    }

    init(baseURL: String, apiKey: String?, caFile: String? = nil, patience: Patience = Patience()) {
        endpoint = UpstreamEndpoint(
            baseURL: baseURL,
            apiKey: apiKey,
            caFile: caFile,
            connectTimeout: .seconds(10),
            maxAnswer: 64 << 20
        )
        self.patience = patience
    }

    /// - Parameter advice: what to look at where the provider does not know us or the path; nil: the settings of
    ///   training.
    func get(_ path: String, _ what: String, advice: String? = nil) async throws -> JSONTree {
        let reply = try await patiently(UpstreamRequest(.get, path, timeouts: Self.timeouts), what)
        guard reply.isGood else { throw reply.failure(what, advice: advice) }
        guard let json = reply.json else {
            throw TrainingFailure("\(what): the answer is not JSON", advice: "is training.base_url right?")
        }
        return json
    }

    /// Asked again where that may help.
    func patiently(_ request: UpstreamRequest, _ what: String) async throws -> ProviderReply {
        var wait = patience.first
        for attempt in 1... {
            let isLast = attempt >= patience.attempts
            do {
                let reply = try await once(request)
                if !reply.mayGoLater || isLast { return reply }
                try await Task.sleep(for: min(reply.retryAfter ?? wait, patience.most))
            } catch let error as UpstreamError {
                if isLast {
                    throw TrainingFailure(
                        "\(what): \(error.message)",
                        advice: "run the command again: it goes on where it was"
                    )
                }
                try await Task.sleep(for: wait)
            }
            wait = min(wait * 2, patience.most)
        }
        preconditionFailure("the last attempt returns")
    }

    /// Asked once.
    /// - Throws: `UpstreamError` where there is no answer.
    func once(_ request: UpstreamRequest) async throws -> ProviderReply {
        let upstream = try upstream()
        let result = await withCheckedContinuation { continuation in
            _ = upstream.send(request, into: Reply(continuation))
        }
        return try result.get()
    }

    private func upstream() throws -> Upstream {
        if let open { return open.upstream }
        let client = try HTTPClient(on: loop)
        let upstream = client.upstream(endpoint, admission: Admission(maxInFlight: 16, queue: 1000))
        open = (client, upstream)
        return upstream
    }

    private func dismantle() {
        open?.client.close()
        open = nil
    }

    nonisolated func close() async {
        await dismantle()
        loop.stop()
        loop.join()
    }

    static let timeouts = UpstreamTimeouts(
        firstToken: .seconds(60),
        betweenTokens: .seconds(60),
        total: .seconds(60)
    )
    /// Of half a gigabyte over a slow line.
    static let uploadTimeouts = UpstreamTimeouts(
        firstToken: .seconds(3600),
        betweenTokens: .seconds(3600),
        total: .seconds(3600)
    )

    /// Gathers a whole answer. Touched on the loop only.
    private final class Reply: StreamReceiver {
        private let continuation: CheckedContinuation<Result<ProviderReply, UpstreamError>, Never>
        private var reply = ProviderReply(status: 0, body: [])

        init(_ continuation: CheckedContinuation<Result<ProviderReply, UpstreamError>, Never>) {
            self.continuation = continuation
        }

        func received(head: UpstreamHead) {
            reply.status = head.status
            reply.retryAfter = head.retryAfter.flatMap { Double($0) }.flatMap {
                (0...86400).contains($0) ? .milliseconds(Int($0 * 1000)) : nil
            }
        }

        func received(bytes: UnsafeRawBufferPointer) -> Bool {
            reply.body.append(contentsOf: bytes)
            return true
        }

        func receivedAll() {}

        func ended(_ result: Result<UpstreamEnd, UpstreamError>) {
            continuation.resume(returning: result.map { _ in reply })
        }
    }
}

extension String {
    /// For a query: everything but letters, digits and `-._~` percent-encoded (RFC 3986, section 2.3).
    var percentEncoded: String {
        var text = ""
        for byte in utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                text += "%" + (digits.count < 2 ? "0" : "") + digits
            }
        }
        return text
    }
}
