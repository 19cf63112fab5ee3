import Glibc
import JSON
import Testing

@testable import Simulation

@Suite struct TrainedModelTests {
    @Test("a trained model is listed, shows its last day when the script sets one, and is gone when it is deleted")
    func listed() async throws {
        var quick = ModelScript()
        quick.shutdownDate = "2027-01-06"
        try await withWorkshop(TrainingScript(model: quick), models: ["m": ModelScript(says: "yes")]) { client in
            let id = try client.begin()
            let model = try #require(try await client.job(id, becomes: "succeeded")["fine_tuned_model"]?.string)
            let path = "/models/" + model.replacing(":", with: "%3A")
            #expect(try client.ask("GET", path)["shutdown_date"]?.string == "2027-01-06")
            #expect(try client.ask("GET", "/models/\(model)")["id"]?.string == model)
            #expect(try client.ask("GET", "/models/m")["shutdown_date"]?.isNull == true)
            let names = try client.ask("GET", "/models")["data"]?.array?.compactMap { $0["id"]?.string } ?? []
            #expect(names.contains(model) && names.contains("m") && names.contains("babbage-002"))
            #expect(try client.ask("DELETE", "/models/m").status == 403)
            #expect(try client.ask("DELETE", path)["deleted"]?.bool == true)
            #expect(try client.ask("GET", path).code == "model_not_found")
            #expect(try client.ask("DELETE", path).status == 404)
            #expect(try client.ask("POST", "/completions", #"{"model":"\#(model)","prompt":"a"}"#).status == 404)
        }
    }

    @Test("trained models answer as before when the simulator is started again with their folder")
    func kept() async throws {
        let folder = try #require(temporaryFolder())
        let asked = #""prompt":"draw a big star number 3\n\n###\n\n","logprobs":1}"#
        var model = ""
        var job = ""
        var answer: JSONTree?
        try await withWorkshop(folder: folder) { client in
            job = try client.begin(WorkshopClient.pairs(60), #","suffix":"kept""#)
            model = try #require(try await client.job(job, becomes: "succeeded")["fine_tuned_model"]?.string)
            answer = try client.ask("POST", "/completions", #"{"model":"\#(model)",\#(asked)"#)["choices"]
        }
        #expect(answer?[0]?["text"]?.string == " shape:star size:big\n")
        try await withWorkshop(folder: folder) { client in
            let again = try client.ask("POST", "/completions", #"{"model":"\#(model)",\#(asked)"#)
            #expect(again["choices"] == answer)
            #expect(try client.job(job)["fine_tuned_model"]?.string == model)
            #expect(try client.ask("DELETE", "/models/\(model)")["deleted"]?.bool == true)
        }
        try await withWorkshop(folder: folder) { client in
            let gone = try client.ask("GET", "/models/\(model)")
            #expect(gone.status == 404)
        }
        rmdir(folder)
    }

    @Test("a script may give one trained model a pace, faults and answers of its own")
    func scripted() async throws {
        try await withWorkshop { client in
            let id = try client.begin()
            let model = try #require(try await client.job(id, becomes: "succeeded")["fine_tuned_model"]?.string)
            let entry = ModelScript(
                answers: [AnswerRule(when: .contains("hello"), reply: .texts(["hi"]))],
                faults: [ScriptedFault(.status(500), FaultTrigger(contains: "crash"))]
            )
            await client.simulator.replace(Script(models: [model: entry]))
            func say(_ prompt: String) throws -> WorkshopClient.Answer {
                try client.ask("POST", "/completions", #"{"model":"\#(model)","prompt":"\#(prompt)","stop":"\n"}"#)
            }
            #expect(try say("hello")["choices"]?[0]?["text"]?.string == "hi")
            #expect(try say("crash").status == 500)
            #expect(
                try say("draw a small square number 2")["choices"]?[0]?["text"]?.string == " shape:square size:small"
            )
        }
    }

    private func temporaryFolder() -> String? {
        var name = Array("/tmp/understudy-sim-XXXXXX".utf8CString)
        return mkdtemp(&name).map { String(cString: $0) }
    }
}
