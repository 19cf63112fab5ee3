// The public port: from a path to what answers it.
//
//   POST /v1/chat/completions   POST /v1/completions   one endpoint in two spellings: an `Exchange`
//   GET /v1/models   GET /v1/models/{name}             routes, as OpenAI lists models
//   GET /health/live   GET /health/ready               for load balancers

import Cache
import Completions
import HTTPServer
import JSON
import Loop
import Routing
import Settings

/// Serves the public port of one worker. Confined to its loop.
final class Endpoint: HTTPHandler {
    private let station: Station

    init(_ station: Station) {
        self.station = station
    }

    func handle(_ request: HTTPRequest, _ responder: Responder) {
        let id = RequestID(client: request.headers["x-request-id"]) ?? station.newRequestID()
        guard station.lines.snapshot.hosts.accepts(request.headers["host"]) else {
            return refuse(
                .wrongHost(String(decoding: request.headers["host"] ?? [], as: UTF8.self)),
                request,
                responder,
                id
            )
        }
        let path = request.path
        if path.equals("/v1/chat/completions") {
            complete(request, responder, id, .chat)
        } else if path.equals("/v1/completions") {
            complete(request, responder, id, .completions)
        } else if path.equals("/v1/models") || path.starts(with: "/v1/models/".utf8) {
            models(request, responder, id)
        } else if path.equals("/health/live") {
            health(request, responder, id, Health(isOK: true, fields: []))
        } else if path.equals("/health/ready") {
            health(
                request,
                responder,
                id,
                station.shared.readiness(isDraining: station.isDraining, redis: station.redis?.counters)
            )
        } else {
            refuse(.unknownPath(request.method.rawValue, String(decoding: path, as: UTF8.self)), request, responder, id)
        }
    }

    func refusal(of refused: RefusedRequest) -> (fields: [UInt8], body: [UInt8]) {
        let id = RequestID(client: refused.request?.headers["x-request-id"]) ?? station.newRequestID()
        let error = APIError.refusal(status: refused.status, message: refused.message)
        count(error, path: refused.request?.path, id)
        var fields: [UInt8] = []
        fields.append(id)
        return (fields, error.encode())
    }

    private func complete(_ request: HTTPRequest, _ responder: Responder, _ id: RequestID, _ dialect: Dialect) {
        guard request.method == .post else {
            return refuse(
                .wrongMethod(request.method.rawValue, String(decoding: request.path, as: UTF8.self)),
                request,
                responder,
                id
            )
        }
        Exchange(station: station, http: request, responder: responder, requestID: id, dialect: dialect).begin()
    }

    /// Routes that this client may use, as OpenAI lists models.
    private func models(_ request: HTTPRequest, _ responder: Responder, _ id: RequestID) {
        guard request.method == .get || request.method == .head else {
            return refuse(
                .wrongMethod(request.method.rawValue, String(decoding: request.path, as: UTF8.self)),
                request,
                responder,
                id
            )
        }
        let snapshot = station.lines.snapshot
        let key: ClientKey?
        switch snapshot.keys.caller(authorization: request.headers["authorization"], using: &station.hash) {
        case .anyone: key = nil
        case .client(let client): key = client
        case .stranger:
            let error: APIError = request.headers["authorization"] == nil ? .missingKey : .wrongKey
            return refuse(error, request, responder, id)
        }
        let names = snapshot.routes.keys.filter { key?.mayUse(route: $0) ?? true }.sorted()
        let rest = request.path.dropFirst("/v1/models".utf8.count)
        if rest.isEmpty || rest.elementsEqual("/".utf8) {
            return reply(200, ModelList.encode(names, created: snapshot.loadedAt), responder, id)
        }
        let name = String(decoding: rest.dropFirst(), as: UTF8.self)
        guard rest.first == UInt8(ascii: "/"), names.contains(name) else {
            return refuse(.unknownRoute(name), request, responder, id)
        }
        reply(200, ModelList.encode(name, created: snapshot.loadedAt), responder, id)
    }

    private func health(_ request: HTTPRequest, _ responder: Responder, _ id: RequestID, _ health: Health) {
        guard request.method == .get || request.method == .head else {
            return refuse(
                .wrongMethod(request.method.rawValue, String(decoding: request.path, as: UTF8.self)),
                request,
                responder,
                id
            )
        }
        reply(health.isOK ? 200 : 503, health.encode(), responder, id)
    }

    private func refuse(_ error: APIError, _ request: HTTPRequest, _ responder: Responder, _ id: RequestID) {
        count(error, path: request.path, id)
        reply(error.status, error.encode(), responder, id, error)
    }

    private func count(_ error: APIError, path: ArraySlice<UInt8>?, _ id: RequestID) {
        station.meters.request(nil, .none, status: error.status)
        station.logRefusal(error, path: path, id)
    }

    private func reply(
        _ status: Int,
        _ body: [UInt8],
        _ responder: Responder,
        _ id: RequestID,
        _ error: APIError? = nil
    ) {
        var fields: [UInt8] = []
        fields.append("content-type: application/json\r\n")
        fields.append(id)
        if let error { fields.append(error: error) }
        responder.respond(status: status, fields: fields, body: body)
    }
}

extension [UInt8] {
    /// The header line of a request's id.
    fileprivate mutating func append(_ id: RequestID) {
        append("x-request-id: ")
        self += id.bytes
        append("\r\n")
    }
}
