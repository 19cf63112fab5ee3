import JSON
import Testing

@testable import Simulation

/// Asks a simulator for files, jobs and models, as an SDK does.
final class WorkshopClient {
    let simulator: Simulator
    private let client: RawClient

    init(_ simulator: Simulator) throws {
        self.simulator = simulator
        client = try RawClient(port: simulator.port)
    }

    struct Answer {
        var status: Int
        var tree: JSONTree
        var head: String

        subscript(_ name: String) -> JSONTree? { tree[name] }
        var error: String { tree["error"]?["message"]?.string ?? "" }
        var code: String { tree["error"]?["code"]?.string ?? "" }
    }

    func ask(_ method: String, _ path: String, _ body: String = "", key: String? = nil) throws -> Answer {
        let headers = key.map { "idempotency-key: \($0)\r\n" } ?? ""
        let reply = try client.exchange(method, "/v1" + path, body, headers: headers)
        return Answer(
            status: reply.status,
            tree: (try? JSONTree.parse(reply.body.utf8)) ?? .null,
            head: String(reply.head)
        )
    }

    func content(of file: String) throws -> String {
        String(try client.exchange("GET", "/v1/files/\(file)/content").body)
    }

    func upload(
        _ content: String,
        purpose: String = "fine-tune",
        name: String = "train.jsonl",
        key: String? = nil,
        boundary: String = "b0undary"
    ) throws -> Answer {
        let body =
            "--\(boundary)\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\n\(purpose)\r\n--\(boundary)\r\n"
            + "Content-Disposition: form-data; name=\"file\"; filename=\"\(name)\"\r\n"
            + "Content-Type: application/octet-stream\r\n\r\n\(content)\r\n--\(boundary)--\r\n"
        // A new connection: the client's own says that its bodies are JSON.
        let form = try RawClient(port: simulator.port)
        form.send(
            "POST",
            "/v1/files",
            body,
            headers: (key.map { "idempotency-key: \($0)\r\n" } ?? ""),
            type: "multipart/form-data; boundary=\(boundary)"
        )
        let reply = try form.receive()
        return Answer(
            status: reply.status,
            tree: (try? JSONTree.parse(reply.body.utf8)) ?? .null,
            head: String(reply.head)
        )
    }

    /// Uploads pairs, and begins a job of them; its id.
    func begin(_ pairs: String = WorkshopClient.pairs(40), _ more: String = "", base: String = "babbage-002") throws
        -> String
    {
        let file = try #require(try upload(pairs)["id"]?.string)
        let job = try ask(
            "POST",
            "/fine_tuning/jobs",
            #"{"model":"\#(base)","training_file":"\#(file)"\#(more)}"#
        )
        return try #require(job["id"]?.string, "\(job)")
    }

    func job(_ id: String) throws -> Answer { try ask("GET", "/fine_tuning/jobs/\(id)") }

    /// Looks until the job is in that state, at most ten seconds long.
    func job(_ id: String, becomes status: String) async throws -> Answer {
        for _ in 0..<500 {
            let job = try job(id)
            if job["status"]?.string == status { return job }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("the job did not become \(status): \(try job(id))")
        return try job(id)
    }

    /// So many pairs: what a shape is called.
    static func pairs(_ count: Int) -> String {
        (0..<count).map { index in
            let (size, shape) = (["small", "big"][index % 2], ["circle", "square", "star"][index / 2 % 3])
            return #"{"prompt":"draw a \#(size) \#(shape) number \#(index)\n\n###\n\n","#
                + #""completion":" shape:\#(shape) size:\#(size)\n"}"# + "\n"
        }.joined()
    }
}

/// Runs `body` against a simulator with this script, and stops it whatever happens.
func withWorkshop(
    _ training: TrainingScript = TrainingScript(),
    models: [String: ModelScript] = [:],
    folder: String? = nil,
    _ body: (WorkshopClient) async throws -> Void
) async throws {
    let script = Script(models: models, training: training)
    let simulator = try await Simulator.start(script: script, models: folder)
    do {
        try await body(try WorkshopClient(simulator))
    } catch {
        await simulator.stop()
        throw error
    }
    await simulator.stop()
}
