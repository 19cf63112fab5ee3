import Glibc
import HTTPClient
import Loop

/// An actor on a loop of its own with a client: where the tests make their calls. `close()` it in the end.
actor Desk {
    nonisolated let loop: Loop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private var client: HTTPClient?
    private var upstreams: [String: Upstream] = [:]
    private var calls = 0
    /// Calls by number, for those who cancel them; harmless once they have ended.
    private var underWay: [Int: UpstreamStream] = [:]

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

    /// Sends a call, not as a stream, and waits for the whole answer; cancelling the task cancels the call.
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
            isStream: false,
            timeouts: timeouts,
            deadline: deadline.map { MonotonicTime.now().advanced(by: $0) }
        )
        guard !Task.isCancelled else {
            return .failure(UpstreamError(kind: .cancelled, message: "cancelled before", elapsed: .zero))
        }
        let number = calls
        calls += 1
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                underWay[number] = upstreams[name]!.stream(call, into: Collector(continuation))
            }
        } onCancel: {
            loop.post { self.assumeIsolated { $0.cancel(number) } }
        }
    }

    func send(_ request: UpstreamRequest, to name: String = "") async -> Result<UpstreamReply, UpstreamError> {
        await withCheckedContinuation { continuation in
            _ = upstreams[name]!.send(request, into: Collector(continuation))
        }
    }

    private func cancel(_ number: Int) {
        underWay[number]?.cancel()
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
        underWay = [:]
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
