import CCurl
import Loop

/// One address that calls are sent to, with its easy handles: URL, headers and options are in place before a call
/// comes.
///
/// Confined to its loop's thread. It may be dropped while calls are under way; they go on.
public final class Upstream {
    public let endpoint: UpstreamEndpoint
    public let admission: Admission
    let label: String
    let headerLines: [String]
    let headers: HeaderList
    private let client: HTTPClient
    /// Idle transfers, of all paths; the last one used is the first one taken.
    private var idle: [Transfer] = []

    init(_ endpoint: UpstreamEndpoint, admission: Admission, client: HTTPClient) {
        self.endpoint = endpoint
        self.admission = admission
        self.client = client
        label = endpoint.label
        // An empty Expect: curl would otherwise ask and wait a second before a body of 1 MiB and more.
        var lines = ["Content-Type: application/json", "Expect:"]
        if let key = endpoint.apiKey { lines.append("Authorization: Bearer \(key)") }
        headerLines = lines
        headers = HeaderList(lines)
    }

    /// Sends a call whose answer is taken as it comes. Loop thread; may be called inside a receiver's methods.
    ///
    /// A connection that had died unseen is replaced by curl without a word, also when it dies before the first byte of
    /// the answer: the upstream may then have seen the request twice (curl#5074).
    public func stream(_ call: UpstreamCall, into receiver: any StreamReceiver) -> UpstreamStream {
        precondition(client.loop.isMine, "an upstream is called on the thread of its loop")
        let transfer = take(call.path)
        let stream = UpstreamStream(transfer: transfer, generation: transfer.generation)
        transfer.begin(call, of: self, for: receiver)
        return stream
    }

    /// Sends a request of any path, method and content; the rest as `stream`. For what is asked now and then: it has an
    /// easy handle of its own.
    public func send(_ request: UpstreamRequest, into receiver: any StreamReceiver) -> UpstreamStream {
        precondition(client.loop.isMine, "an upstream is called on the thread of its loop")
        let transfer = Transfer(base + request.path, path: "", client: client, oneOff: request.method)
        prepare(transfer.easy)
        let stream = UpstreamStream(transfer: transfer, generation: transfer.generation)
        var lines = headerLines.filter { !$0.hasPrefix("Content-Type:") }
        // A name without a value: curl's own idea of the type of a body would be a form's.
        lines.append("Content-Type:" + (request.contentType.map { " " + $0 } ?? ""))
        let call = UpstreamCall(
            path: "",
            body: request.body,
            headers: lines + request.headers,
            isStream: false,
            timeouts: request.timeouts
        )
        transfer.begin(call, of: self, for: receiver)
        return stream
    }

    private var base: String {
        endpoint.baseURL.hasSuffix("/") ? String(endpoint.baseURL.dropLast()) : endpoint.baseURL
    }

    private func take(_ path: StaticString) -> Transfer {
        if let position = idle.lastIndex(where: { $0.serves(path) }) { return idle.remove(at: position) }
        let transfer = Transfer(base + path.description, path: path, client: client)
        prepare(transfer.easy)
        return transfer
    }

    func takeBack(_ transfer: Transfer) {
        if transfer.oneOff == nil { idle.append(transfer) } else { client.loop.retire(transfer) }
    }

    /// Everything that is the same for each call.
    private func prepare(_ easy: borrowing EasyHandle) {
        easy.set(CURLOPT_POST, 1)
        easy.set(CURLOPT_HTTPHEADER, pointer: headers.first)
        easy.set(CURLOPT_PROTOCOLS_STR, "http,https")
        easy.set(CURLOPT_FOLLOWLOCATION, 0)
        easy.set(CURLOPT_PROXY, "")
        easy.set(CURLOPT_NOSIGNAL, 1)
        // Taking a transfer back does not wait for the thread that looks up its name (asyn-thread.c, curl#8515).
        easy.set(CURLOPT_QUICK_EXIT, 1)
        easy.set(CURLOPT_TCP_NODELAY, 1)
        easy.set(CURLOPT_TCP_KEEPALIVE, 1)
        // Made and freed for each call; freeing 64 KiB and more has malloc tidy up all it holds.
        easy.set(CURLOPT_BUFFERSIZE, 32768)
        easy.set(CURLOPT_CONNECTTIMEOUT_MS, Int(max(1, endpoint.connectTimeout.nanoseconds / 1_000_000)))
        if let file = endpoint.caFile { easy.set(CURLOPT_CAINFO, file) }
        easy.set(CURLOPT_HTTP_VERSION, httpVersion)
        if endpoint.http2 { easy.set(CURLOPT_PIPEWAIT, reusesConnections ? 1 : 0) }
        easy.set(CURLOPT_FRESH_CONNECT, reusesConnections ? 0 : 1)
        easy.set(CURLOPT_FORBID_REUSE, reusesConnections ? 0 : 1)

        let sockets = Unmanaged.passUnretained(client.sockets).toOpaque()
        easy.set(CURLOPT_OPENSOCKETDATA, pointer: sockets)
        easy.setOpenSocket { context, _, address in
            Unmanaged<SocketTable>.fromOpaque(context!).takeUnretainedValue().open(address!.pointee)
        }
        easy.set(CURLOPT_CLOSESOCKETDATA, pointer: sockets)
        easy.setCloseSocket { context, descriptor in
            Unmanaged<SocketTable>.fromOpaque(context!).takeUnretainedValue().close(descriptor)
        }
    }

    /// False for HTTP/2 without TLS: curl 7.88 loses its way on such a connection with the second request ("Error in
    /// the HTTP2 framing layer", curl#10634), so that each call has one of its own.
    var reusesConnections: Bool { !endpoint.http2 || endpoint.baseURL.hasPrefix("https") }

    private var httpVersion: Int {
        guard endpoint.http2 else { return CURL_HTTP_VERSION_1_1 }
        return endpoint.baseURL.hasPrefix("https") ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE
    }
}

@available(*, unavailable, message: "confined to the thread of its loop")
extension Upstream: Sendable {}
