// The admin port: metrics, reload, candidates. On the desk's loop; slow answers hold up no exchange.

import Completions
import Digest
import HTTPServer
import Harvest
import JSON
import Loop
import Settings

/// Serves the admin port. Confined to the desk's loop.
final class AdminPort: HTTPHandler {
    private unowned let desk: Desk
    private var server: HTTPServer!
    private let hosts: HostCheck
    private let token: [UInt8]?

    init(desk: isolated Desk, address: SocketAddress) throws {
        self.desk = desk
        let settings = desk.snapshot.settings.server
        hosts = desk.snapshot.hosts
        token = settings.adminToken.map { Array($0.utf8) }
        server = try HTTPServer(
            on: desk.loop,
            address: address,
            limits: HTTPServer.Limits(settings, workers: 1),
            tls: desk.snapshot.tls,
            reusePort: false,
            handler: self
        )
    }

    var boundAddress: SocketAddress { server.boundAddress }

    func close() { server.close() }

    func refusal(status: Int, message: String) -> [UInt8] {
        APIError(status: status, message: message, type: "invalid_request_error").encode()
    }

    func handle(_ request: HTTPRequest, _ responder: Responder) {
        guard hosts.accepts(request.headers["host"]) else {
            return responder.respond(error: .wrongHost(String(decoding: request.headers["host"] ?? [], as: UTF8.self)))
        }
        let path = String(decoding: request.path, as: UTF8.self)
        guard path.hasPrefix("/health/") || isAllowed(request) else {
            return responder.respond(error: .adminUnauthorized())
        }
        _ = desk.enter((self, request, responder)) { desk, parts in
            Task.immediate(executorPreference: desk.loop) {
                _ = desk
                await AdminAnswer(desk: desk, request: parts.1, path: path).give(to: parts.2)
            }
        }
    }

    private func isAllowed(_ request: HTTPRequest) -> Bool {
        guard let token else { return true }
        guard let header = request.headers["authorization"], header.count > 7 else { return false }
        return constantTimeEquals(Array(header.dropFirst(7)), token)
    }
}
