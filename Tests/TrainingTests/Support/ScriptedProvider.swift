import HTTPServer
import JSON
import Loop

/// A provider of files and fine-tuning jobs on a loopback port, which fails as it is told. In the test room, since
/// these are failures that a simulator should not have.
actor ScriptedProvider {
    /// What is done to a request.
    enum Fault: Sendable {
        /// Answered so, and nothing done.
        case refuse(Int, String, fields: String = "")
        /// Done, and then the connection is closed without an answer.
        case loseAnswer
    }

    struct File: Sendable {
        var id: String
        var name: String
        var content: String
        var looks = 0
    }

    struct Job: Sendable {
        var id: String
        var body: JSONTree
        var key: String
        var looks = 0
        var cancelled = false
    }

    struct State: Sendable {
        var files: [File] = []
        var jobs: [Job] = []
        var deleted: [String] = []
        /// By `METHOD /path` with `*` for ids; each is used once.
        var faults: [String: [Fault]] = [:]
        var requests: [String] = []
        /// Of a file, one after the other; the last stays. As JSON: what stands beside it.
        var fileStatuses = ["uploaded", "processed"]
        var fileDetails = "null"
        var jobStatuses = ["validating_files", "running", "succeeded"]
        var jobError = "null"
        var model = #""ft:base:acme:1""#
        var shutdownDate = "null"
        var listsOldestFirst = false
        var keepsMetadata = true

        func count(_ request: String) -> Int { requests.count { $0 == request } }
    }

    nonisolated let loop = Loop.start(name: "provider")
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private nonisolated let box: Box
    private var server: HTTPServer?
    private var port: UInt16 = 0

    /// What the handler and the tests share.
    fileprivate final class Box: Sendable {
        let state: Lock<State>
        init(_ state: State) { self.state = Lock(state) }
    }

    private init(_ state: State) { box = Box(state) }

    static func start(_ change: (inout State) -> Void = { _ in }) async throws -> ScriptedProvider {
        var state = State()
        change(&state)
        let provider = ScriptedProvider(state)
        try await provider.open()
        return provider
    }

    private func open() throws {
        let server = try HTTPServer(
            on: loop,
            address: .loopback(port: 0),
            limits: HTTPServer.Limits(body: 64 << 20),
            reusePort: false,
            handler: Handler(box)
        )
        port = server.boundAddress.port
        self.server = server
    }

    var baseURL: String { "http://127.0.0.1:\(port)/v1" }

    nonisolated var state: State { box.state.withLock { $0 } }

    nonisolated func change(_ change: (inout State) -> Void) { box.state.withLock { change(&$0) } }

    private func close() {
        server?.close()
        server = nil
    }

    nonisolated func stop() async {
        await close()
        loop.stop()
        loop.join()
    }
}

/// The provider's side of the wire. On its loop.
private final class Handler: HTTPHandler {
    private let box: ScriptedProvider.Box

    init(_ box: ScriptedProvider.Box) { self.box = box }

    func refusal(of refused: RefusedRequest) -> (fields: [UInt8], body: [UInt8]) { ([], Array("{}".utf8)) }

    func handle(_ request: HTTPRequest, _ responder: Responder) {
        let path = String(decoding: request.path, as: UTF8.self).dropFirst("/v1".count)
        let parts = path.split(separator: "/").map(String.init)
        // Ids are what follows a list's name.
        let places = parts.indices.map { index in
            index > 0 && ["files", "jobs", "models"].contains(parts[index - 1]) ? "*" : parts[index]
        }
        let name = "\(request.method.rawValue) /\(places.joined(separator: "/"))"
        let (reply, loses) = box.state.withLock { state -> (HTTPReply, Bool) in
            state.requests.append(name)
            let fault = state.faults[name].flatMap { $0.first }
            if fault != nil { state.faults[name]?.removeFirst() }
            if case .refuse(let status, let body, let fields)? = fault {
                return (HTTPReply(status: status, fields: Array(fields.utf8), body: Array(body.utf8)), false)
            }
            let query = request.query.map { String(decoding: $0, as: UTF8.self) } ?? ""
            let answer = state.answer(name, parts, query, request)
            let reply = HTTPReply(
                status: answer == nil ? 404 : 200,
                body: Array((answer ?? #"{"error":{"message":"none"}}"#).utf8)
            )
            if case .loseAnswer? = fault { return (reply, true) }
            return (reply, false)
        }
        if loses { responder.abort(reset: true) } else { responder.respond(reply) }
    }
}

extension ScriptedProvider.State {
    fileprivate mutating func answer(
        _ name: String,
        _ parts: [String],
        _ query: String,
        _ request: HTTPRequest
    ) -> String? {
        switch name {
        case "POST /files":
            let form = String(decoding: request.body, as: UTF8.self)
            let name = form.split(separator: "filename=\"").dropFirst().first?.prefix { $0 != "\"" } ?? ""
            let content = form.components(after: "application/jsonl\r\n\r\n").prefix(upTo: "\r\n--")
            files.append(ScriptedProvider.File(id: "file-\(files.count + 1)", name: String(name), content: content))
            return file(files.count - 1)
        case "GET /files":
            return list(files.indices.map { file($0) })
        case "GET /files/*":
            guard let index = files.firstIndex(where: { $0.id == parts[1] }) else { return nil }
            files[index].looks += 1
            return file(index)
        case "DELETE /files/*":
            guard let index = files.firstIndex(where: { $0.id == parts[1] }) else { return nil }
            deleted.append(files.remove(at: index).id)
            return #"{"id":"\#(parts[1])","object":"file","deleted":true}"#
        case "POST /fine_tuning/jobs":
            guard let body = try? JSONTree.parse(request.body) else { return nil }
            let key = request.headers["idempotency-key"].map { String(decoding: $0, as: UTF8.self) } ?? ""
            jobs.append(ScriptedProvider.Job(id: "ftjob-\(jobs.count + 1)", body: body, key: key))
            return job(jobs.count - 1)
        case "GET /fine_tuning/jobs":
            return list(jobs.indices.reversed().map { job($0) })
        case "GET /fine_tuning/jobs/*":
            guard let index = jobs.firstIndex(where: { $0.id == parts[2] }) else { return nil }
            jobs[index].looks += 1
            return job(index)
        case "POST /fine_tuning/jobs/*/cancel":
            guard let index = jobs.firstIndex(where: { $0.id == parts[2] }) else { return nil }
            jobs[index].cancelled = true
            return job(index)
        case "GET /fine_tuning/jobs/*/events":
            guard let job = jobs.first(where: { $0.id == parts[2] }) else { return nil }
            let events = (0...job.looks).map { number in
                #"{"object":"fine_tuning.job.event","id":"ev-\#(number)","created_at":\#(100 + number),"level":"info","message":"event \#(number)"}"#
            }
            return page(listsOldestFirst ? events : events.reversed(), query)
        case "GET /fine_tuning/jobs/*/checkpoints":
            return
                #"{"object":"list","data":[{"id":"ckpt-1","step_number":9,"metrics":{"train_loss":0.5}}],"has_more":false}"#
        case "GET /models/*":
            return #"{"id":"x","object":"model","shutdown_date":\#(shutdownDate)}"#
        default: return nil
        }
    }

    private func list(_ items: [String]) -> String {
        #"{"object":"list","data":[\#(items.joined(separator: ","))],"has_more":false}"#
    }

    /// Two of a list, and whether there are more.
    private func page(_ items: [String], _ query: String) -> String {
        let after = query.components(after: "after=")
        let start = after.isEmpty ? 0 : (items.firstIndex { $0.contains("\"\(after)\"") } ?? 0) + 1
        let some = items[min(start, items.count)...].prefix(2)
        return
            #"{"object":"list","data":[\#(some.joined(separator: ","))],"has_more":\#(start + some.count < items.count)}"#
    }

    private func file(_ index: Int) -> String {
        let file = files[index]
        let status = fileStatuses[min(file.looks, fileStatuses.count - 1)]
        return
            #"{"id":"\#(file.id)","object":"file","bytes":\#(file.content.utf8.count),"filename":"\#(file.name)","purpose":"fine-tune","status":"\#(status)","status_details":\#(fileDetails)}"#
    }

    private func job(_ index: Int) -> String {
        let job = jobs[index]
        let status = job.cancelled ? "cancelled" : jobStatuses[min(job.looks, jobStatuses.count - 1)]
        let metadata = keepsMetadata ? String(decoding: job.body["metadata"]?.encode() ?? [], as: UTF8.self) : "null"
        let isDone = status == "succeeded"
        return
            #"{"object":"fine_tuning.job","id":"\#(job.id)","status":"\#(status)","model":"b","training_file":"\#(job.body["training_file"]?.string ?? "")","fine_tuned_model":\#(isDone ? model : "null"),"trained_tokens":\#(isDone ? "5000" : "null"),"metadata":\#(metadata.isEmpty ? "null" : metadata),"error":\#(status == "failed" ? jobError : "null")}"#
    }
}

extension String {
    /// What follows the first of these; empty where there is none.
    fileprivate func components(after text: String) -> String {
        firstRange(of: text).map { String(self[$0.upperBound...]) } ?? ""
    }

    fileprivate func prefix(upTo text: String) -> String {
        firstRange(of: text).map { String(self[..<$0.lowerBound]) } ?? self
    }
}
