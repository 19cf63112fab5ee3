import JSON
import Testing

@testable import Simulation

@Suite struct FilesTests {
    @Test("a file that was uploaded is described, listed, read back byte for byte, and deleted")
    func lifecycle() async throws {
        try await withWorkshop { client in
            let content = WorkshopClient.pairs(3)
            let file = try client.upload(content)
            #expect(file.status == 200 && file["object"]?.string == "file" && file["purpose"]?.string == "fine-tune")
            #expect(file["bytes"]?.int == content.utf8.count && file["filename"]?.string == "train.jsonl")
            let id = try #require(file["id"]?.string)
            #expect(try client.ask("GET", "/files/\(id)")["status"]?.string == "processed")
            #expect(try client.content(of: id) == content)
            let second = try client.upload("{}\n", purpose: "batch", name: "b.jsonl")
            let all = try client.ask("GET", "/files")
            #expect(all["data"]?.array?.map { $0["id"] } == [second["id"], file["id"]])
            #expect(all["has_more"]?.bool == false)
            let page = try client.ask("GET", "/files?limit=1&order=asc")
            #expect(page["data"]?.array?.count == 1 && page["has_more"]?.bool == true)
            #expect(try client.ask("GET", "/files?after=\(id)&order=asc")["data"]?[0]?["id"] == second["id"])
            #expect(try client.ask("GET", "/files?purpose=batch")["data"]?.array?.count == 1)
            #expect(try client.ask("DELETE", "/files/\(id)")["deleted"]?.bool == true)
            #expect(try client.ask("GET", "/files/\(id)").status == 404)
            #expect(try client.ask("DELETE", "/files/\(id)").error == "No such File object: \(id)")
            #expect(client.simulator.calls.uploads == 2)
        }
    }

    @Test("what the provider refuses is refused in its words")
    func refuses() async throws {
        try await withWorkshop { client in
            let pretty = try client.upload("{\n  \"prompt\": 1 }\n")
            #expect(pretty.status == 400)
            #expect(
                pretty.error
                    == "Expected file to have JSONL format, where every line is a JSON dictionary. Line 1 is not a "
                    + "dictionary (HINT: line starts with: \"{...\")."
            )
            #expect(try client.upload("[1]\n").error.contains("Line 1 is not a dictionary"))
            #expect(
                try client.upload("{}\n{}\n12345\n").error.contains(
                    "Line 3 is not a dictionary (HINT: line starts with: \"123...\")"
                )
            )
            #expect(try client.upload("{}\n", name: "train.csv").error.contains("Must be .jsonl"))
            #expect(try client.upload("").error == "File is empty.")
            #expect(try client.upload("{}\n", purpose: "other").error.contains("'other' is not one of"))
            #expect(try client.ask("POST", "/files", "{}").error.contains("multipart/form-data"))
            #expect(try client.ask("GET", "/files?limit=0").status == 400)
            #expect(client.simulator.calls.uploads == 0)
        }
    }

    @Test("the same key uploads once, whatever boundary is used; the same key for another file is an error")
    func once() async throws {
        try await withWorkshop { client in
            let first = try client.upload("{}\n", key: "k1", boundary: "one")
            let again = try client.upload("{}\n", key: "k1", boundary: "two")
            #expect(first["id"] == again["id"] && first["id"] != nil)
            #expect(client.simulator.calls.uploads == 1 && client.simulator.calls.replayed == 1)
            #expect(try client.upload("{\"a\":1}\n", key: "k1").tree["error"]?["type"]?.string == "idempotency_error")
            #expect(try client.upload("{}\n", key: "k2")["id"] != first["id"])
        }
    }

    @Test("an answer that is lost can be asked for again by its key")
    func lost() async throws {
        let lost = TrainingFault(.lost(.upload), FaultTrigger(first: 1))
        try await withWorkshop(TrainingScript(faults: [lost])) { client in
            #expect(try client.upload("{}\n", key: "k").status == 0)
            #expect(client.simulator.calls.uploads == 1)
            let again = try client.upload("{}\n", key: "k")
            #expect(again["id"]?.string == (try client.ask("GET", "/files"))["data"]?[0]?["id"]?.string)
            #expect(client.simulator.calls.uploads == 1)
        }
    }

    @Test("forms are cut at their boundaries, whatever stands in a file, and broken ones are none")
    func forms() {
        let type = "multipart/form-data; boundary=\"x y\""
        let body =
            "--x y\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jsonl\"\r\n\r\n--x\r\n\r\n--x y--"
        let form = MultipartForm(Array(body.utf8), contentType: type)
        #expect(form?.file("file").map { String(decoding: $0.content, as: UTF8.self) } == "--x\r\n")
        #expect(MultipartForm(Array(body.utf8.dropLast(2)), contentType: type) == nil)
        #expect(MultipartForm(Array(body.utf8), contentType: "multipart/form-data") == nil)
        #expect(MultipartForm(Array(body.utf8), contentType: "application/json") == nil)
        for end in 0..<(body.utf8.count - 1) {
            #expect(MultipartForm(Array(body.utf8.prefix(end)), contentType: type) == nil)
        }
    }
}
