// Who may call the admin port, and who may change something through it.
//
//   a program   authorization: Bearer TOKEN                          (nothing, where no token is set)
//   a browser   the session's cookie, see AdminSession               (nothing, where no token is set)
//
// A browser sends what any page on the web makes it send, cookie included, and reaches loopback where no token is set
// at all. So a write that comes from one (it has an Origin, a Sec-Fetch-Site or a session) needs two things more: our
// own origin, which a page elsewhere cannot claim, and the write token, which it cannot read: GET /admin/v1/session has
// it. A program without these headers, such as curl, writes as before.

import Completions
import Digest
import HTTPServer
import Harvest
import JSON
import Loop
import Routing

/// What the settings in force and the connection have to say about one request.
struct AdminDoor {
    /// Nil: none is set, and then the port is on loopback, or `insecure`.
    var token: String?
    /// Where the request comes from: wrong tokens are counted by it.
    var peer: SocketAddress?
    /// Under TLS.
    var isSecure: Bool
}

/// Confined to the desk's loop.
struct AdminAccess {
    enum Caller {
        /// With the token itself, or where none is set.
        case program
        /// With a session, or nil where no token is set.
        case browser(session: String?)

        fileprivate var session: String? { if case .browser(let session) = self { session } else { nil } }
    }

    static let loginPath = "/admin/v1/login"
    private static let writeTokenHeader: StaticString = "x-understudy-write"

    /// For write tokens of this process, where no token is set that all gateways share.
    private let secret = randomBytes(32)
    private var failures = FailedLogins()

    /// Whether the request may go on.
    mutating func check(
        _ request: HTTPRequest,
        _ door: AdminDoor,
        now: MonotonicTime = .now()
    ) throws(APIError) -> Caller {
        let caller = try caller(of: request, door, now: now)
        guard case .browser(let session) = caller, request.isWrite else { return caller }
        try checkOrigin(of: request)
        let shown = request.headers[Self.writeTokenHeader].map { Array($0) } ?? []
        guard constantTimeEquals(shown, Array(writeToken(session: session, door).utf8)) else {
            throw .wrongWriteToken
        }
        return caller
    }

    private mutating func caller(
        of request: HTTPRequest,
        _ door: AdminDoor,
        now: MonotonicTime
    ) throws(APIError) -> Caller {
        guard let token = door.token else { return request.isFromBrowser ? .browser(session: nil) : .program }
        if let header = request.headers["authorization"], let bearer = KeyRing.bearer(header) {
            try compare(Array(bearer), with: token, door, now: now)
            return .program
        }
        let seconds = Self.unixSeconds
        for cookie in AdminSession.cookies(in: request.headers)
        where AdminSession.isValid(cookie, token: token, now: seconds) {
            return .browser(session: cookie)
        }
        throw .adminUnauthorized
    }

    private mutating func compare(
        _ given: [UInt8],
        with token: String,
        _ door: AdminDoor,
        now: MonotonicTime
    ) throws(APIError) {
        if let wait = failures.wait(for: door.peer?.host, now: now) { throw .tooManyLogins(retryAfter: wait) }
        // Digests, so that the time tells nothing about the length either.
        guard constantTimeEquals(SHA256.digest(of: given), SHA256.digest(of: token)) else {
            failures.note(door.peer?.host, now: now)
            throw .wrongAdminToken
        }
    }

    /// RFC 6454: scheme, host and port of the page that sends the request. Our own host is the one that was asked for,
    /// which was checked before; the scheme is not compared: it may be that of a proxy in front.
    private func checkOrigin(of request: HTTPRequest) throws(APIError) {
        if let site = request.headers["sec-fetch-site"], !site.elementsEqual("same-origin".utf8) {
            throw .wrongOrigin
        }
        guard let origin = request.headers["origin"] else { return }
        let parts = String(decoding: origin, as: UTF8.self).split(separator: "/", omittingEmptySubsequences: false)
        let host = request.headers["host"].map { String(decoding: $0, as: UTF8.self).lowercased() }
        guard parts.count == 3, parts[1].isEmpty, host != nil, parts[2].lowercased() == host else {
            throw .wrongOrigin
        }
    }

    /// What a page has to send with a write. Bound to the session, so that one's token is of no use in another's.
    private func writeToken(session: String?, _ door: AdminDoor) -> String {
        let key = door.token.map { Array($0.utf8) } ?? secret
        return hmacSHA256(key: key, message: Array("understudy write token|\(session ?? "")".utf8)).hex
    }

    private static var unixSeconds: Int { Int(WallTime.now().milliseconds / 1000) }

    // MARK: Sessions

    /// `POST /admin/v1/login` with `{"token":"..."}`: the one write that needs no session, and makes it.
    /// - Returns: nil for any other request.
    mutating func login(
        _ request: HTTPRequest,
        path: String,
        _ door: AdminDoor,
        now: MonotonicTime = .now()
    ) throws(APIError) -> HTTPReply? {
        guard path == Self.loginPath else { return nil }
        guard request.method == .post else { throw .wrongMethod(request.method.rawValue, path) }
        guard MediaType.isJSON(request.headers["content-type"]) else { throw .wrongContentType(nil) }
        try checkOrigin(of: request)
        guard let token = door.token else { throw .noLoginNeeded }
        guard let given = (try? JSONTree.parse(request.body))?["token"]?.string else {
            throw APIError(InvalidRequest("'token' is missing.", param: "token"))
        }
        try compare(Array(given.utf8), with: token, door, now: now)
        let cookie = AdminSession.make(token: token, now: Self.unixSeconds)
        return reply(settingCookie: cookie, door)
    }

    /// `GET /admin/v1/session`: what a page needs to know before it writes; `POST /admin/v1/logout`.
    /// - Returns: nil for any other request.
    func sessionReply(_ request: HTTPRequest, path: String, _ caller: Caller, _ door: AdminDoor) -> HTTPReply? {
        switch (path, request.method) {
        case ("/admin/v1/session", .get):
            var writer = JSONWriter(reserving: 128)
            writer.beginObject()
            writer.name("login")
            writer.bool(door.token != nil)
            writer.name("write_token")
            writer.string(writeToken(session: caller.session, door))
            writer.endObject()
            var fields: [UInt8] = []
            fields.append("content-type: application/json\r\ncache-control: no-store\r\n")
            return HTTPReply(status: 200, fields: fields, body: writer.bytes)
        case ("/admin/v1/logout", .post):
            return reply(settingCookie: nil, door)
        default:
            return nil
        }
    }

    private func reply(settingCookie cookie: String?, _ door: AdminDoor) -> HTTPReply {
        var fields: [UInt8] = []
        fields.append("cache-control: no-store\r\n")
        fields.append(text: AdminSession.field(cookie, isSecure: door.isSecure))
        return HTTPReply(status: 204, fields: fields)
    }
}

extension HTTPRequest {
    fileprivate var isWrite: Bool {
        switch method {
        case .get, .head, .options: false
        case .post, .put, .delete, .patch: true
        }
    }

    /// Browsers say where a request comes from, and pages cannot keep them from it (fetch.spec.whatwg.org, forbidden
    /// request headers).
    fileprivate var isFromBrowser: Bool { headers["origin"] != nil || headers["sec-fetch-site"] != nil }
}

extension APIError {
    private static func admin(_ status: Int, _ code: String, _ message: String, retryAfter: Int? = nil) -> APIError {
        APIError(
            status: status,
            message: message,
            type: "invalid_request_error",
            code: code,
            retryAfter: retryAfter.map { "\($0)" }
        )
    }

    static var adminUnauthorized: APIError {
        admin(
            401,
            "invalid_admin_token",
            "The admin port needs its token: send it in the header 'authorization: Bearer TOKEN', or log in at /login."
        )
    }

    static var wrongAdminToken: APIError {
        admin(401, "invalid_admin_token", "That is not the admin token. It is 'server.admin_token' in the settings.")
    }

    static func tooManyLogins(retryAfter seconds: Int) -> APIError {
        admin(
            429,
            "too_many_logins",
            "Too many wrong tokens from your address: try again in \(seconds) s.",
            retryAfter: seconds
        )
    }

    static var noLoginNeeded: APIError {
        admin(409, "no_login_needed", "No admin token is set, so there is nothing to log in to.")
    }

    static var wrongOrigin: APIError {
        admin(403, "wrong_origin", "This request comes from a page that is not the gateway's own.")
    }

    static var wrongWriteToken: APIError {
        admin(
            403,
            "wrong_write_token",
            "The write token is missing or of another session: load the page again (/admin/v1/session has it)."
        )
    }
}
