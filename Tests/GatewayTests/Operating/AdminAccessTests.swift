import Completions
import HTTPServer
import JSON
import Loop
import Testing

@testable import Gateway

/// Who may call the admin port, and write through it.
struct AdminAccessTests {
    private static let token = "correct horse battery staple"
    private let open = AdminDoor(token: nil, peer: .loopback(port: 1), isSecure: false)
    private let locked = AdminDoor(token: token, peer: .loopback(port: 1), isSecure: true)

    private func request(
        _ method: HTTPMethod,
        _ path: String = "/admin/v1/reload",
        _ headers: [String: String] = [:],
        body: String = ""
    ) -> HTTPRequest {
        var all = ["host": "127.0.0.1:8081", "content-type": "application/json"]
        all.merge(headers) { $1 }
        return HTTPRequest(method: method, target: path, headers: all.map { ($0, $1) }, body: Array(body.utf8))
    }

    /// The code of the error; nil where it may go on.
    private func refusal(_ body: () throws(APIError) -> Void) -> String? {
        do throws(APIError) {
            try body()
            return nil
        } catch {
            return error.code
        }
    }

    private func refusal(_ access: inout AdminAccess, _ request: HTTPRequest, _ door: AdminDoor) -> String? {
        refusal { () throws(APIError) in _ = try access.check(request, door) }
    }

    /// Logs in and says the session's cookie.
    private func session(_ access: inout AdminAccess, _ door: AdminDoor) throws -> String {
        let login = request(.post, "/admin/v1/login", body: #"{"token":"\#(Self.token)"}"#)
        let reply = try #require(try access.login(login, path: "/admin/v1/login", door))
        #expect(reply.status == 204)
        let line = try #require(
            String(decoding: reply.fields, as: UTF8.self).split(separator: "\r\n").first { $0.hasPrefix("set-cookie:") }
        )
        #expect(line.hasSuffix("; HttpOnly; SameSite=Strict; Secure"))
        return String(line.dropFirst("set-cookie: ".count).prefix { $0 != ";" })
    }

    private func writeToken(_ access: inout AdminAccess, _ headers: [String: String], _ door: AdminDoor) throws
        -> String
    {
        let request = request(.get, "/admin/v1/session", headers)
        let caller = try access.check(request, door)
        let reply = try #require(access.sessionReply(request, path: "/admin/v1/session", caller, door))
        return try #require(try JSONTree.parse(reply.body)["write_token"]?.string)
    }

    @Test func `without a token, programs read and write as they like`() {
        var access = AdminAccess()
        #expect(refusal(&access, request(.get), open) == nil)
        #expect(refusal(&access, request(.post), open) == nil)
    }

    @Test func `with a token, a program needs it, and a wrong one is told`() {
        var access = AdminAccess()
        #expect(refusal(&access, request(.get), locked) == "invalid_admin_token")
        for (value, code) in [
            ("Bearer \(Self.token)", nil), ("Bearer \(Self.token)x", "invalid_admin_token"),
            ("Basic \(Self.token)", "invalid_admin_token"),
        ] {
            #expect(refusal(&access, request(.post, "/", ["authorization": value]), locked) == code, "\(value)")
        }
    }

    @Test func `a page's write needs our origin and the write token, also where no admin token is set`() throws {
        var access = AdminAccess()
        let ours = ["origin": "http://127.0.0.1:8081", "sec-fetch-site": "same-origin"]
        #expect(refusal(&access, request(.get, "/", ours), open) == nil)
        #expect(refusal(&access, request(.post, "/", ours), open) == "wrong_write_token")
        let token = try writeToken(&access, ours, open)
        #expect(refusal(&access, request(.post, "/", ours.merging(["x-understudy-write": token]) { $1 }), open) == nil)
        for foreign in [
            ["origin": "http://evil.example"], ["origin": "null"], ["origin": "http://127.0.0.1:9999"],
            ["origin": "http://127.0.0.1:8081.evil.example"], ["sec-fetch-site": "cross-site"],
            ["sec-fetch-site": "same-site"],
        ] {
            let headers = foreign.merging(["x-understudy-write": token]) { $1 }
            #expect(refusal(&access, request(.post, "/", headers), open) == "wrong_origin", "\(foreign)")
        }
        var other = AdminAccess()
        let stolen = ours.merging(["x-understudy-write": token]) { $1 }
        #expect(refusal(&other, request(.post, "/", stolen), open) == "wrong_write_token")
    }

    @Test func `a login makes a session that reads, writes with its own write token, and ends`() throws {
        var access = AdminAccess()
        let cookie = ["cookie": "theme=dark; \(try session(&access, locked))"]
        #expect(refusal(&access, request(.get, "/", cookie), locked) == nil)
        #expect(refusal(&access, request(.post, "/", cookie), locked) == "wrong_write_token")
        let token = try writeToken(&access, cookie, locked)
        let write = cookie.merging(["x-understudy-write": token]) { $1 }
        #expect(refusal(&access, request(.post, "/", write), locked) == nil)
        // Another session of the same person: its cookie does not go with this one's write token.
        let other = ["cookie": try session(&access, locked), "x-understudy-write": token]
        #expect(refusal(&access, request(.post, "/", other), locked) == "wrong_write_token")
        // Another gateway with the same token takes the session; one with another token does not.
        var sibling = AdminAccess()
        #expect(refusal(&sibling, request(.post, "/", write), locked) == nil)
        var changed = locked
        changed.token = "another"
        #expect(refusal(&sibling, request(.get, "/", cookie), changed) == "invalid_admin_token")
    }

    @Test func `a cookie that was altered, or whose time is over, is none`() {
        let now = 1_000_000
        let cookie = AdminSession.make(token: Self.token, now: now)
        #expect(AdminSession.isValid(cookie, token: Self.token, now: now + AdminSession.seconds - 1))
        #expect(!AdminSession.isValid(cookie, token: Self.token, now: now + AdminSession.seconds))
        #expect(!AdminSession.isValid(cookie, token: Self.token, now: now - 1), "it ends later than one we make")
        var parts = cookie.split(separator: ".").map(String.init)
        parts[1] = "\(now + 10)"
        for altered in [parts.joined(separator: "."), cookie + "0", "1..", "", String(cookie.dropLast())] {
            #expect(!AdminSession.isValid(altered, token: Self.token, now: now), "\(altered)")
        }
    }

    @Test func `a login takes the token only, from our own page only`() {
        var access = AdminAccess()
        func login(_ body: String, _ door: AdminDoor, _ headers: [String: String] = [:]) -> String? {
            refusal { () throws(APIError) in
                _ = try access.login(
                    request(.post, "/admin/v1/login", headers, body: body),
                    path: "/admin/v1/login",
                    door
                )
            }
        }
        let right = #"{"token":"\#(Self.token)"}"#
        #expect(login(right, locked, ["origin": "https://127.0.0.1:8081"]) == nil)
        #expect(login(right, locked, ["origin": "https://evil.example"]) == "wrong_origin")
        #expect(login(#"{"token":"guess"}"#, locked) == "invalid_admin_token")
        #expect(login(right, open) == "no_login_needed")
    }

    @Test func `after ten wrong tokens from one address nothing more from there is looked at for a minute`() throws {
        var access = AdminAccess()
        let start = MonotonicTime.now()
        func attempt(_ token: String, from host: SocketAddress.Host, after seconds: Int) -> String? {
            var door = locked
            door.peer = SocketAddress(host: host, port: 9)
            return refusal { () throws(APIError) in
                let bearer = request(.get, "/", ["authorization": "Bearer \(token)"])
                _ = try access.check(bearer, door, now: start.advanced(by: .seconds(seconds)))
            }
        }
        for _ in 1...10 { #expect(attempt("guess", from: .v4(1), after: 0) == "invalid_admin_token") }
        #expect(attempt("guess", from: .v4(1), after: 1) == "too_many_logins")
        #expect(attempt(Self.token, from: .v4(1), after: 59) == "too_many_logins")
        #expect(attempt(Self.token, from: .v4(2), after: 59) == nil, "others are not locked out")
        #expect(attempt(Self.token, from: .v4(1), after: 60) == nil)
    }

    @Test func `wrong tokens from very many addresses are counted together, in bounded memory`() {
        var failures = FailedLogins()
        let now = MonotonicTime.now()
        for address in 1...1020 { failures.note(.v4(UInt32(address)), now: now) }
        #expect(failures.wait(for: .v4(5000), now: now) == 60)
        #expect(failures.wait(for: .v4(5), now: now) == nil)
        #expect(failures.wait(for: .v4(5000), now: now.advanced(by: .seconds(61))) == nil)
    }
}
