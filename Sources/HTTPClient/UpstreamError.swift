import CCurl

/// Why there is no whole answer. An answer with a bad status is not an error here.
public struct UpstreamError: Error, Sendable, CustomStringConvertible {
    /// The raw values are the ends of the verdict reasons `small_error.<kind>`.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// No connection: the name is unknown, nobody listens, or the address is unreachable.
        case connect
        /// A connection, but no trust or no common protocol.
        case tls
        /// Name lookup, TCP and TLS together took longer than the endpoint allows.
        case connectTimeout = "connect_timeout"
        /// A stream's first byte took too long.
        case firstToken = "first_token"
        /// A stream fell silent.
        case betweenTokens = "between_tokens"
        /// The whole answer took too long.
        case total
        /// The exchange's own deadline: not the upstream's fault.
        case deadline
        /// The connection broke before the end of the answer.
        case reset
        /// What came is not HTTP.
        case malformed
        /// The answer is longer than the endpoint allows.
        case tooLarge = "too_large"
        /// Our own limit of calls in flight and its queue are full: the upstream was not asked.
        case busy
        /// Our side lost interest.
        case cancelled
    }

    public let kind: Kind
    /// One sentence with the upstream's scheme and authority; no key, no body.
    public let message: String
    /// Since the call was made.
    public let elapsed: Duration

    public init(kind: Kind, message: String, elapsed: Duration) {
        self.kind = kind
        self.message = message
        self.elapsed = elapsed
    }

    public var description: String { "\(kind.rawValue): \(message)" }
}

extension UpstreamError.Kind {
    /// - Parameter code: not `CURLE_OK`. Our own limits are not among them: they end a transfer from outside of curl.
    init(_ code: CURLcode) {
        switch code {
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM,
            CURLE_SSL_CIPHER, CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_PINNEDPUBKEYNOTMATCH,
            CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CLIENTCERT, CURLE_SSL_CRL_BADFILE, CURLE_USE_SSL_FAILED:
            self = .tls
        case CURLE_OPERATION_TIMEDOUT:
            // CURLOPT_CONNECTTIMEOUT_MS is the only clock that curl has been given.
            self = .connectTimeout
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING, CURLE_WRITE_ERROR,
            CURLE_HTTP2:
            // curl refuses a status line that is none as "HTTP/0.9 when not allowed" (CURLE_UNSUPPORTED_PROTOCOL).
            self = .malformed
        case CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_PARTIAL_FILE, CURLE_HTTP2_STREAM,
            CURLE_SEND_FAIL_REWIND, CURLE_SSL_SHUTDOWN_FAILED:
            self = .reset
        case CURLE_OUT_OF_MEMORY:
            // How curl refuses a single line of the head beyond 100 KB.
            self = .tooLarge
        default:
            // Could not resolve, could not connect, malformed URL: nothing was asked.
            self = .connect
        }
    }

    /// What the upstream did, or we did, to go on a message; nil for what curl has words for.
    func told(after milliseconds: Int64, maxAnswer: Int) -> String? {
        switch self {
        case .firstToken: "sent nothing of its answer in \(milliseconds) ms"
        case .betweenTokens: "fell silent in the middle of its answer"
        case .total: "did not finish its answer in \(milliseconds) ms"
        case .deadline: "had not finished when the exchange's deadline came, after \(milliseconds) ms"
        case .tooLarge: "answered with more than \(maxAnswer) bytes, or a head of more than 64 KiB"
        case .busy: "was not asked: too many calls of ours are under way and waiting"
        case .cancelled: "was no longer needed after \(milliseconds) ms"
        case .connect, .tls, .connectTimeout, .reset, .malformed: nil
        }
    }
}
