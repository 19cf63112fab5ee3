import JSON
import Testing

@testable import Simulation

@Suite struct BatchTests {
    private func line(_ id: String, _ model: String, _ text: String) -> String {
        #"{"custom_id":"\#(id)","method":"POST","url":"/v1/chat/completions","#
            + #""body":{"model":"\#(model)","messages":[{"role":"user","content":"\#(text)"}]}}"# + "\n"
    }

    private func create(_ client: WorkshopClient, _ content: String, key: String? = nil) throws
        -> WorkshopClient.Answer
    {
        let file = try client.upload(content, purpose: "batch", name: "batch.jsonl", key: key.map { $0 + "-file" })
        let id = file["id"]?.string ?? ""
        return try client.ask(
            "POST",
            "/batches",
            #"{"input_file_id":"\#(id)","endpoint":"/v1/chat/completions","completion_window":"24h"}"#,
            key: key
        )
    }

    private func ended(_ client: WorkshopClient, _ id: String) async throws -> WorkshopClient.Answer {
        for _ in 0..<500 {
            let batch = try client.ask("GET", "/batches/\(id)")
            if ["completed", "failed", "cancelled"].contains(batch["status"]?.string) { return batch }
            try await Task.sleep(for: .milliseconds(10))
        }
        return try client.ask("GET", "/batches/\(id)")
    }

    @Test("every line is answered by its model, under its name; failures have a file of their own")
    func answers() async throws {
        let models = ["echo": ModelScript(answers: [AnswerRule(reply: .echo)])]
        try await withWorkshop(models: models) { client in
            let content = (0..<70).map { line("q\($0)", $0 == 5 ? "nobody" : "echo", "text \($0)") }.joined()
            let begun = try create(client, content)
            #expect(begun["object"]?.string == "batch" && begun["status"]?.string == "validating")
            let batch = try await ended(client, try #require(begun["id"]?.string))
            #expect(batch["status"]?.string == "completed" && batch["completed_at"]?.int != nil)
            #expect(batch["request_counts"]?["completed"]?.int == 69 && batch["request_counts"]?["failed"]?.int == 1)
            let output = try client.content(of: try #require(batch["output_file_id"]?.string))
            let lines = try output.split(separator: "\n").map { try JSONTree.parse($0.utf8) }
            #expect(lines.count == 69)
            for answer in lines {
                let number = answer["custom_id"]?.string?.dropFirst() ?? ""
                let body = answer["response"]?["body"]
                #expect(body?["choices"]?[0]?["message"]?["content"]?.string == "text \(number)")
                #expect(answer["response"]?["status_code"]?.int == 200)
            }
            let errors = try client.content(of: try #require(batch["error_file_id"]?.string))
            #expect(errors.contains(#""custom_id":"q5""#) && errors.contains("model_not_found"))
            #expect(client.simulator.calls["echo"].calls == 69 && client.simulator.calls["echo"].paid == 69)
            #expect(try client.ask("GET", "/batches")["data"]?.array?.count == 1)
        }
    }

    @Test("a batch with a bad line is not begun, and says which line")
    func invalid() async throws {
        try await withWorkshop(models: ["m": ModelScript(says: "yes")]) { client in
            let content = line("a", "m", "x") + line("a", "m", "y") + #"{"custom_id":"b"}"# + "\n"
            let id = try #require(try create(client, content)["id"]?.string)
            let batch = try await ended(client, id)
            #expect(batch["status"]?.string == "failed")
            let errors = batch["errors"]?["data"]?.array ?? []
            #expect(errors.map { $0["line"]?.int } == [2, 3] && errors[0]["code"]?.string == "duplicate_custom_id")
            #expect(client.simulator.calls.total == 0)
            #expect(try client.ask("POST", "/batches/\(id)/cancel").status == 400)
            let wrong = #"{"input_file_id":"file-0","endpoint":"/v1/embeddings","completion_window":"24h"}"#
            #expect(try client.ask("POST", "/batches", wrong).error.contains("Supported values are"))
            #expect(try client.ask("GET", "/batches/none").status == 404)
        }
    }

    @Test("one key creates one batch")
    func once() async throws {
        try await withWorkshop(models: ["m": ModelScript(says: "yes")]) { client in
            let first = try create(client, line("a", "m", "x"), key: "k")
            let again = try create(client, line("a", "m", "x"), key: "k")
            #expect(first["id"] == again["id"] && first["id"] != nil)
            _ = try await ended(client, try #require(first["id"]?.string))
            #expect(client.simulator.calls.batches == 1 && client.simulator.calls["m"].calls == 1)
        }
    }

    @Test("a long batch is cancelled between its lines, and keeps what was answered")
    func cancelled() async throws {
        try await withWorkshop(models: ["m": ModelScript(says: "yes")]) { client in
            let content = (0..<3000).map { line("q\($0)", "m", "x") }.joined()
            let id = try #require(try create(client, content)["id"]?.string)
            _ = try client.ask("POST", "/batches/\(id)/cancel")
            let batch = try await ended(client, id)
            #expect(batch["status"]?.string == "cancelled")
            #expect(client.simulator.calls["m"].calls < 3000)
        }
    }
}
