import Glibc
import HTTPClient
import Loop

/// An actor on a loop of its own with a client: where the tests make their calls. `close()` it in the end.
actor Desk {
    nonisolated let loop: Loop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private var client: HTTPClient?
    private var upstreams: [String: Upstream] = [:]

    init(_ name: String = "desk") {
        loop = Loop.start(name: name)
    }

    private func open() throws -> HTTPClient {
        if let client { return client }
        let client = try HTTPClient(on: loop)
        self.client = client
        return client
    }

    func add(_ endpoint: UpstreamEndpoint, as name: String = "", admission: Admission? = nil) throws {
        upstreams[name] = try open().upstream(endpoint, admission: admission ?? Admission(maxInFlight: 64, queue: 64))
    }

    func call(
        _ text: String = "{}",
        of name: String = "",
        path: StaticString = "/chat/completions",
        headers: [String] = [],
        timeouts: UpstreamTimeouts = .patient,
        deadline: Duration? = nil
    ) async -> Result<UpstreamReply, UpstreamError> {
        let call = UpstreamCall(
            path: path,
            body: Array(text.utf8),
            headers: headers,
            timeouts: timeouts,
            deadline: deadline.map { MonotonicTime.now().advanced(by: $0) }
        )
        do throws(UpstreamError) {
            return .success(try await upstreams[name]!.call(call))
        } catch {
            return .failure(error)
        }
    }

    /// Runs on the loop, with the upstream.
    func with<T: Sendable>(_ name: String = "", _ body: @Sendable (Upstream) throws -> T) rethrows -> T {
        try body(upstreams[name]!)
    }

    func closeClient() {
        client?.close()
    }

    private func dismantle() {
        client?.close()
        upstreams = [:]
        client = nil
    }

    nonisolated func close() async {
        await dismantle()
        loop.stop()
        loop.join()
    }
}

extension UpstreamTimeouts {
    /// Longer than any test may take.
    static let patient = UpstreamTimeouts(firstToken: .seconds(60), betweenTokens: .seconds(60), total: .seconds(60))
}

extension Result where Failure == UpstreamError {
    var kind: UpstreamError.Kind? {
        if case .failure(let error) = self { return error.kind }
        return nil
    }
}

extension Result where Success == UpstreamReply {
    var text: String? {
        if case .success(let reply) = self { return String(decoding: reply.body, as: UTF8.self) }
        return nil
    }
}
