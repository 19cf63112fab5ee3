// The admin port: metrics, reload, candidates. On the desk's loop; slow answers hold up no exchange.

import Completions
import Digest
import HTTPServer
import Harvest
import JSON
import Loop
import Routing
import Settings

/// Serves the admin port. Confined to the desk's loop.
final class AdminPort: HTTPHandler {
    private unowned let desk: Desk
    private var server: HTTPServer!

    init(desk: isolated Desk, address: SocketAddress) throws {
        self.desk = desk
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
        let settings = desk.enter(0) { desk, _ in desk.snapshot }
        guard settings.hosts.accepts(request.headers["host"]) else {
            return responder.respond(error: .wrongHost(String(decoding: request.headers["host"] ?? [], as: UTF8.self)))
        }
        let path = String(decoding: request.path, as: UTF8.self)
        guard path.hasPrefix("/health/") || isAllowed(request, token: settings.settings.server.adminToken) else {
            return responder.respond(error: .adminUnauthorized())
        }
        _ = desk.enter((self, request, responder)) { desk, parts in
            Task.immediate(executorPreference: desk.loop) {
                _ = desk
                await AdminAnswer(desk: desk, request: parts.1, path: path).give(to: parts.2)
            }
        }
    }

    private func isAllowed(_ request: HTTPRequest, token: String?) -> Bool {
        guard let token else { return true }
        guard let header = request.headers["authorization"], let bearer = KeyRing.bearer(header) else { return false }
        return constantTimeEquals(Array(bearer), Array(token.utf8))
    }
}
