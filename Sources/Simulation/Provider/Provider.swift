import HTTPServer
import JSON
import Loop

/// The simulated provider behind a server: reads requests, plans replies by the script, delivers them. Models and
/// batches are in `Provider+Models.swift` and `Provider+Batches.swift`, files and jobs in `Provider+Workshop.swift`.
/// Lives on one loop.
final class Provider: HTTPHandler {
    let loop: Loop
    let book: CallBook
    let workshop: Workshop
    var batches: [String: Batch] = [:]
    /// What was answered to creations, by `Idempotency-Key`.
    var created = AnsweredKeys<[UInt8]>()
    private(set) var script: Script
    private var deliveries: [ObjectIdentifier: Delivery] = [:]
    private var ordinals: [String: Int] = [:]
    private var replies = AnsweredKeys<PlannedReply>()

    /// `folder`: where trained models are kept; nil: they are forgotten with the process.
    init(on loop: Loop, script: Script, book: CallBook, folder: String? = nil) {
        self.loop = loop
        self.script = script
        self.book = book
        workshop = Workshop(on: loop, script: script.training, seed: script.seed, folder: folder)
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
        default: serveMore(request, path, responder)
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

    func replace(_ script: Script) {
        self.script = script
        workshop.script = script.training
        workshop.seed = script.seed
    }

    /// Drops what is under way: its connections are closed. Timers are released on their loop, so before it ends.
    func forget() {
        deliveries.removeAll()
        batches.removeAll()
        workshop.close()
    }

    func ended(_ delivery: Delivery, _ outcome: Delivery.Outcome) {
        loop.retire(delivery)
        deliveries[ObjectIdentifier(delivery)] = nil
        book.change { calls in
            calls.models[delivery.model, default: .init()].inFlight -= 1
            if delivery.isReplay { return }
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
            let key = idempotencyKey(of: http)
            let print = fingerprint(http.body, seed: fingerprint(path.utf8))
            if let key, var plan = try replies.recall(key, request: print) {
                book.change { calls in
                    calls.models[request.model, default: .init()].replayed += 1
                    calls.models[request.model, default: .init()].inFlight += 1
                }
                plan.delay = .zero
                return deliver(plan, of: request.model, isReplay: true, to: responder)
            }
            let (plan, answer) = try ask(request)
            if let key, let answer { replies.remember(key, request: print, answer) }
            book.note(ReceivedCall(model: request.model, path: path, headers: headers(http), body: http.body))
            book.change { calls in
                calls.models[request.model, default: .init()].calls += 1
                calls.models[request.model, default: .init()].inFlight += 1
                if plan.stream != nil { calls.models[request.model, default: .init()].streamed += 1 }
                if plan.faults > 0 { calls.models[request.model, default: .init()].faulty += 1 }
                if plan.status >= 400 { calls.models[request.model, default: .init()].unpaid += 1 }
            }
            deliver(plan, of: request.model, to: responder)
        } catch {
            book.change { $0.refused += 1 }
            refuse(responder, error)
        }
    }

    /// The reply to a call of a model; and the answer that its key is remembered for: without what a fault does to it
    /// on the way, and none where the model was not even asked.
    func ask(_ request: ProviderRequest) throws(ProviderError) -> (plan: PlannedReply, answer: PlannedReply?) {
        let model = try model(request.model)
        let ordinal = (ordinals[request.model] ?? 0) + 1
        ordinals[request.model] = ordinal
        let seed = fingerprint(request.model.utf8, seed: script.seed)
        let plan = model.plan(request, call: ordinal, seed: seed)
        if plan.status >= 400 { return (plan, nil) }
        return (plan, plan.faults == 0 ? plan : model.plan(request, call: ordinal, seed: seed, isFaulty: false))
    }

    private func deliver(_ plan: PlannedReply, of model: String, isReplay: Bool = false, to responder: Responder) {
        let delivery = Delivery(plan, of: model, isReplay: isReplay, to: responder, from: self, on: loop)
        deliveries[ObjectIdentifier(delivery)] = delivery
        delivery.begin()
    }

    func idempotencyKey(of http: HTTPRequest) -> String? {
        http.headers["idempotency-key"].map { String(decoding: $0, as: UTF8.self) }
    }

    func checkKey(_ http: HTTPRequest) throws(ProviderError) {
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
            replace(try Script.read(body, over: script))
            respond(responder, object([("models", .array(script.models.keys.sorted().map(JSONTree.string)))]))
        } catch {
            refuse(responder, .invalid(error.description))
        }
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

    func respond(_ responder: Responder, _ tree: JSONTree) {
        responder.respond(status: 200, fields: PlannedReply().fields, body: tree.encode())
    }

    func refuse(_ responder: Responder, _ error: ProviderError) {
        responder.respond(
            status: error.status,
            fields: PlannedReply(retryAfter: error.retryAfter).fields,
            body: error.body
        )
    }
}

extension Calls {
    fileprivate var tree: JSONTree {
        object([
            ("total", .int(total)), ("cancelled", .int(cancelled)), ("in_flight", .int(inFlight)),
            ("refused", .int(refused)), ("paid", .int(paid)), ("uploads", .int(uploads)), ("jobs", .int(jobs)),
            ("batches", .int(batches)), ("replayed", .int(replayed)),
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
                                ("paid", .int(model.paid)), ("replayed", .int(model.replayed)),
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
