// The admin port: metrics, reload, candidates, and the pages of whoever hangs them on (`AdminSite`). On the desk's
// loop; slow answers hold up no exchange.

import Completions
import HTTPServer
import Logging
import Loop
import Settings

/// Serves the admin port. Confined to the desk's loop.
final class AdminPort: HTTPHandler {
    private unowned let desk: Desk
    private let site: (any AdminSite)?
    private var access = AdminAccess()
    private var server: HTTPServer!

    init(desk: isolated Desk, address: SocketAddress, site: (any AdminSite)?) throws {
        self.desk = desk
        self.site = site
        server = try HTTPServer(
            on: desk.loop,
            address: address,
            limits: HTTPServer.Limits(desk.snapshot, workers: 1),
            tls: desk.snapshot.tls,
            reusePort: false,
            handler: self
        )
    }

    var boundAddress: SocketAddress { server.boundAddress }

    /// Limits and certificate of new settings, for connections that come from now on.
    func adopt(_ snapshot: Snapshot) {
        server.adopt(limits: HTTPServer.Limits(snapshot, workers: 1), tls: snapshot.tls)
    }

    func close() { server.close() }

    func refusal(of refused: RefusedRequest) -> (fields: [UInt8], body: [UInt8]) {
        ([], APIError.refusal(status: refused.status, message: refused.message).encode())
    }

    func handle(_ request: HTTPRequest, _ responder: Responder) {
        // Asked at each request: a reload may have brought another token.
        let snapshot = desk.enter(0) { desk, _ in desk.snapshot }
        guard snapshot.hosts.accepts(request.headers["host"]) else {
            return responder.respond(error: .wrongHost(String(decoding: request.headers["host"] ?? [], as: UTF8.self)))
        }
        let path = String(decoding: request.path, as: UTF8.self)
        if let reply = site?.publicReply(request, path: path) { return responder.respond(reply) }
        if path.hasPrefix("/health/") { return answer(request, path, responder) }
        let server = snapshot.settings.server
        let door = AdminDoor(token: server.adminToken, peer: responder.peer, isSecure: server.tls != nil)
        do throws(APIError) {
            if let reply = try access.login(request, path: path, door) {
                audit("login", door)
                return responder.respond(reply)
            }
            let caller = try access.check(request, door)
            if let reply = access.sessionReply(request, path: path, caller, door) {
                if request.method == .post { audit("logout", door) }
                return responder.respond(reply)
            }
            answer(request, path, responder)
        } catch {
            if error.code == APIError.wrongAdminToken.code, path == AdminAccess.loginPath {
                // At most ten a minute of an address: then it waits.
                audit("login refused", door)
            }
            guard error.status == 401, let login = site?.loginPath(for: request) else {
                return responder.respond(error: error)
            }
            var fields: [UInt8] = []
            fields.append("location: ")
            fields.append(headerText: login.utf8)
            fields.append("\r\ncache-control: no-store\r\n")
            responder.respond(HTTPReply(status: 303, fields: fields))
        }
    }

    private func audit(_ what: String, _ door: AdminDoor) {
        desk.enter(door.peer?.address ?? "") { desk, address in
            desk.audit(what, by: AdminAnswer.who, [("address", address)])
        }
    }

    private func answer(_ request: HTTPRequest, _ path: String, _ responder: Responder) {
        _ = desk.enter((request, responder, site)) { desk, parts in
            Task.immediate(executorPreference: desk.loop) {
                _ = desk
                await AdminAnswer(desk: desk, site: parts.2, request: parts.0, path: path).give(to: parts.1)
            }
        }
    }
}
