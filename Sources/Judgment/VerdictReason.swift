/// Why an answer was given or was not: one word out of a closed list.
///
/// The list is DESIGN section 12's. Reasons of checks are made from the checks themselves (`format.regex`,
/// `format.regex_limit`), so a new check brings its own. A reason is a small number: compare and count it by
/// ``index``, write it by ``rawValue``.
public struct VerdictReason: Sendable, Hashable, CustomStringConvertible {
    /// Position in ``all``: dense, good for arrays of counters. It may differ between builds, so it belongs in no file.
    public let index: Int

    /// The word that headers, metrics, records and candidates carry.
    public var rawValue: String { Self.words[index] }

    public var description: String { rawValue }

    /// The reason with this word, if the list has it.
    public init?(rawValue: String) {
        guard let index = Self.words.firstIndex(of: rawValue) else { return nil }
        self.index = index
    }

    private init(_ index: Int) {
        self.index = index
    }

    /// Every reason there is, in the order of ``index``.
    public static var all: [VerdictReason] { words.indices.map { VerdictReason($0) } }

    public static let accept = VerdictReason(0)
    public static let lowConfidence = VerdictReason(1)
    public static let noLogprobs = VerdictReason(2)
    public static let refusal = VerdictReason(3)
    public static let tooLong = VerdictReason(4)
    public static let noSmall = VerdictReason(5)
    public static let uncovered = VerdictReason(6)
    public static let rule = VerdictReason(7)
    public static let spend = VerdictReason(8)
    public static let hedge = VerdictReason(9)
    public static let client = VerdictReason(10)

    private static let plain = [
        "accept", "low_confidence", "no_logprobs", "refusal", "too_long", "no_small", "uncovered", "rule", "spend",
        "hedge", "client",
    ]

    /// What can go wrong with a call of the small model (CONTRACTS section 5).
    public enum SmallError: String, Sendable, CaseIterable {
        case connect, tls
        case connectTimeout = "connect_timeout"
        case firstToken = "first_token"
        case betweenTokens = "between_tokens"
        case total, reset
        case status400 = "status_400"
        case status401 = "status_401"
        case status403 = "status_403"
        case status404 = "status_404"
        case status429 = "status_429"
        case status4xx = "status_4xx"
        case status5xx = "status_5xx"
        case malformed
        case contentType = "content_type"
        case tooLarge = "too_large"
        case busy

        /// The kind for an HTTP status that is not a success.
        public init(status: Int) {
            switch status {
            case 400: self = .status400
            case 401: self = .status401
            case 403: self = .status403
            case 404: self = .status404
            case 429: self = .status429
            case 400..<500: self = .status4xx
            // No model redirects; what sends somewhere else is no answer.
            case ..<400: self = .malformed
            default: self = .status5xx
            }
        }
    }

    /// `small_error.<kind>`
    public static func smallError(_ kind: SmallError) -> VerdictReason {
        VerdictReason(plain.count + (SmallError.allCases.firstIndex(of: kind) ?? 0))
    }

    /// `format.<check>`: the check at this position of ``KnownChecks/names``.
    static func format(_ check: Int) -> VerdictReason {
        VerdictReason(plain.count + SmallError.allCases.count + 2 * check)
    }

    /// `format.<check>_limit`: the check gave up before it knew.
    static func formatLimit(_ check: Int) -> VerdictReason {
        VerdictReason(plain.count + SmallError.allCases.count + 2 * check + 1)
    }

    /// Is this the reason of a format check?
    public var isFormat: Bool { index >= Self.plain.count + SmallError.allCases.count }

    private static let words: [String] =
        plain
        + SmallError.allCases.map { "small_error.\($0.rawValue)" }
        + KnownChecks.names.flatMap { ["format.\($0)", "format.\($0)_limit"] }
}
