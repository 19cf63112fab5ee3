import HTTPServer
import JSON
import Loop

/// The simulated provider behind a server: reads requests, plans replies by the script, delivers them.
/// Lives on one loop.
final class Provider: HTTPHandler {
    private let loop: Loop
    private let book: CallBook
    private var script: Script
    private var deliveries: [ObjectIdentifier: Delivery] = [:]
    private var ordinals: [String: Int] = [:]

    init(on loop: Loop, script: Script, book: CallBook) {
        self.loop = loop
        self.script = script
        self.book = book
    }

    func handle(_ request: HTTPRequest, _ responder: Responder) {
        let path = String(decoding: request.path, as: UTF8.self)
        switch (request.method, path) {
        case (.post, "/v1/chat/completions"): complete(request, path, .chat, responder)
        case (.post, "/v1/completions"): complete(request, path, .completions, responder)
        case (.get, "/v1/models"): respond(responder, models())
        case (.get, "/health"): respond(responder, object([("status", .string("ok"))]))
        case (.get, "/sim/calls"): respond(responder, book.calls.tree)
        case (.delete, "/sim/calls"):
            book.clear()
            respond(responder, book.calls.tree)
        case (.get, "/sim/requests"): respond(responder, received())
        case (.post, "/sim/script"): replaceScript(request.body, responder)
        case (.post, "/sim/release"): respond(responder, object([("released", .int(release()))]))
        case (_, "/v1/chat/completions"), (_, "/v1/completions"), (_, "/v1/models"):
            refuse(responder, ProviderError(status: 405, message: "Not allowed to \(request.method) on \(path)."))
        default: refuse(responder, ProviderError(status: 404, message: "Unknown request URL: \(path)."))
        }
    }

    func refusal(of refused: RefusedRequest) -> (fields: [UInt8], body: [UInt8]) {
        ([], ProviderError(status: refused.status, message: refused.message).body)
    }

    /// Lets all held answers go; how many there were.
    func release() -> Int {
        let held = deliveries.values.filter(\.waitsForRelease)
        for delivery in held { delivery.release() }
        return held.count
    }

    func replace(_ script: Script) { self.script = script }

    /// Drops what is under way: its connections are closed. Timers are released on their loop, so before it ends.
    func forget() { deliveries.removeAll() }

    func ended(_ delivery: Delivery, _ outcome: Delivery.Outcome) {
        loop.retire(delivery)
        deliveries[ObjectIdentifier(delivery)] = nil
        book.change { calls in
            calls.models[delivery.model, default: .init()].inFlight -= 1
            switch outcome {
            case .answered: calls.models[delivery.model, default: .init()].answered += 1
            case .cancelled:
                calls.models[delivery.model, default: .init()].cancelled += 1
                calls.models[delivery.model, default: .init()].cancelledTokens += delivery.tokens
            }
        }
    }

    /// So many tokens more are about to leave in a stream.
    func sent(_ tokens: Int, of model: String) {
        book.change { $0.models[model, default: .init()].tokens += tokens }
    }

    private func complete(_ http: HTTPRequest, _ path: String, _ dialect: Dialect, _ responder: Responder) {
        do throws(ProviderError) {
            try checkKey(http)
            let request = try ProviderRequest.read(http.body, dialect: dialect)
            guard let model = script.models[request.model] else {
                throw ProviderError(
                    status: 404,
                    message: "The model `\(request.model)` does not exist or you do not have access to it.",
                    code: "model_not_found"
                )
            }
            let ordinal = (ordinals[request.model] ?? 0) + 1
            ordinals[request.model] = ordinal
            let plan = model.plan(request, call: ordinal, seed: fingerprint(request.model.utf8, seed: script.seed))
            book.note(ReceivedCall(model: request.model, path: path, headers: headers(http), body: http.body))
            book.change { calls in
                calls.models[request.model, default: .init()].calls += 1
                calls.models[request.model, default: .init()].inFlight += 1
                if plan.stream != nil { calls.models[request.model, default: .init()].streamed += 1 }
                if plan.faults > 0 { calls.models[request.model, default: .init()].faulty += 1 }
            }
            let delivery = Delivery(plan, of: request.model, to: responder, from: self, on: loop)
            deliveries[ObjectIdentifier(delivery)] = delivery
            delivery.begin()
        } catch {
            book.change { $0.refused += 1 }
            refuse(responder, error)
        }
    }

    private func checkKey(_ http: HTTPRequest) throws(ProviderError) {
        if script.apiKeys.isEmpty { return }
        let sent = http.headers["authorization"].map { String(decoding: $0, as: UTF8.self) } ?? ""
        guard sent.hasPrefix("Bearer ") else {
            throw ProviderError(status: 401, message: "You didn't provide an API key.", code: "invalid_api_key")
        }
        guard script.apiKeys.contains(String(sent.dropFirst(7))) else { throw .typical(401, message: nil) }
    }

    private func headers(_ http: HTTPRequest) -> [(name: String, value: String)] {
        http.headers.map { name, value in
            (String(decoding: name, as: UTF8.self).lowercased(), String(decoding: value, as: UTF8.self))
        }
    }

    private func replaceScript(_ body: [UInt8], _ responder: Responder) {
        do throws(ScriptError) {
            script = try Script.read(body, over: script)
            respond(responder, object([("models", .array(script.models.keys.sorted().map(JSONTree.string)))]))
        } catch {
            refuse(responder, .invalid(error.description))
        }
    }

    private func models() -> JSONTree {
        let list = script.models.keys.sorted().map { name in
            object([
                ("id", .string(name)), ("object", .string("model")), ("created", .int(1_700_000_000)),
                ("owned_by", .string("simulation")),
            ])
        }
        return object([("object", .string("list")), ("data", .array(list))])
    }

    private func received() -> JSONTree {
        let list = book.received(by: nil).map { call in
            object([
                ("model", .string(call.model)), ("path", .string(call.path)),
                ("headers", object(call.headers.map { ($0.name, .string($0.value)) })),
                ("body", .string(String(decoding: call.body, as: UTF8.self))),
            ])
        }
        return object([("data", .array(list))])
    }

    private func respond(_ responder: Responder, _ tree: JSONTree) {
        responder.respond(status: 200, fields: PlannedReply().fields, body: tree.encode())
    }

    private func refuse(_ responder: Responder, _ error: ProviderError) {
        responder.respond(status: error.status, fields: PlannedReply().fields, body: error.body)
    }
}

extension Calls {
    fileprivate var tree: JSONTree {
        object([
            ("total", .int(total)), ("cancelled", .int(cancelled)), ("in_flight", .int(inFlight)),
            ("refused", .int(refused)),
            (
                "models",
                object(
                    models.sorted { $0.key < $1.key }.map { name, model in
                        (
                            name,
                            object([
                                ("calls", .int(model.calls)), ("answered", .int(model.answered)),
                                ("cancelled", .int(model.cancelled)), ("in_flight", .int(model.inFlight)),
                                ("faulty", .int(model.faulty)), ("streamed", .int(model.streamed)),
                                ("tokens", .int(model.tokens)),
                                ("cancelled_tokens", .int(model.cancelledTokens)),
                            ])
                        )
                    }
                )
            ),
        ])
    }
}

@available(*, unavailable, message: "confined to the thread of its loop")
extension Provider: Sendable {}
