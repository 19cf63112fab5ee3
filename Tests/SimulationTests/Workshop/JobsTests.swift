import JSON
import Testing

@testable import Simulation

@Suite struct JobsTests {
    @Test("a job goes through its states, says what it does, and its model answers with log-probabilities of its own")
    func trains() async throws {
        try await withWorkshop(TrainingScript(model: ModelScript())) { client in
            let validation = try #require(try client.upload(WorkshopClient.pairs(12))["id"]?.string)
            let id = try client.begin(
                WorkshopClient.pairs(60),
                #","suffix":"shapes","seed":7,"validation_file":"\#(validation)","metadata":{"data_set":"d1"}"#
            )
            #expect(id.hasPrefix("ftjob-"))
            let job = try await client.job(id, becomes: "succeeded")
            let model = try #require(job["fine_tuned_model"]?.string)
            #expect(model.hasPrefix("ft:babbage-002:sim:shapes:"))
            #expect(job["object"]?.string == "fine_tuning.job" && job["seed"]?.int == 7)
            #expect(job["hyperparameters"]?["n_epochs"]?.int == 3 && job["error"]?.isNull == true)
            #expect((job["trained_tokens"]?.int ?? 0) > 60 * 3)
            #expect((job["finished_at"]?.int ?? 0) >= (job["created_at"]?.int ?? 1))

            let events = try client.ask("GET", "/fine_tuning/jobs/\(id)/events?limit=100")["data"]?.array ?? []
            let messages = events.compactMap { $0["message"]?.string }
            #expect(messages.first == "The job has successfully completed")
            #expect(messages[1] == "New fine-tuned model created: \(model)")
            #expect(messages.last == "Created fine-tuning job: \(id)")
            let losses = events.reversed().compactMap { $0["data"]?["train_loss"]?.double }
            #expect(losses.count == 3 && losses[2] < losses[0])
            #expect(events.filter { $0["type"]?.string == "metrics" }.allSatisfy { $0["data"]?["valid_loss"] != nil })

            let checkpoints = try client.ask("GET", "/fine_tuning/jobs/\(id)/checkpoints")["data"]?.array ?? []
            #expect(checkpoints.count == 3 && checkpoints[0]["fine_tuned_model_checkpoint"]?.string == model)
            let results = try #require(job["result_files"]?[0]?.string)
            #expect(try client.content(of: results).hasPrefix("step,train_loss,train_accuracy,valid_loss,"))

            let prompt = #""prompt":"draw a big star number 3\n\n###\n\n","stop":["\n"]"#
            let answer = try client.ask("POST", "/completions", #"{"model":"\#(model)",\#(prompt),"logprobs":2}"#)
            let choice = try #require(answer["choices"]?[0])
            #expect(choice["text"]?.string == " shape:star size:big" && choice["finish_reason"]?.string == "stop")
            let logprobs = choice["logprobs"]?["token_logprobs"]?.array?.compactMap(\.double) ?? []
            let tokens = choice["logprobs"]?["tokens"]?.array?.compactMap(\.string) ?? []
            #expect(tokens.joined() == " shape:star size:big" && logprobs.count == tokens.count)
            #expect(logprobs.allSatisfy { $0 <= 0 } && Set(logprobs).count > 1)
            #expect(choice["logprobs"]?["top_logprobs"]?.array?.count == tokens.count)

            let messagesAsked = #"[{"role":"user","content":"draw a small circle number 9"}]"#
            let body = #"{"model":"\#(model)","messages":\#(messagesAsked),"logprobs":true,"top_logprobs":3}"#
            let chat = try client.ask("POST", "/chat/completions", body)["choices"]?[0]
            #expect(chat?["message"]?["content"]?.string == "shape:circle size:small\n")
            #expect(chat?["logprobs"]?["content"]?[0]?["top_logprobs"]?.array?.isEmpty == false)

            let unsure = try client.ask(
                "POST",
                "/completions",
                #"{"model":"\#(model)","prompt":"paint some purple hexagons\n\n###\n\n","logprobs":0}"#
            )
            let doubted = unsure["choices"]?[0]?["logprobs"]?["token_logprobs"]?.array?.compactMap(\.double) ?? []
            #expect((doubted.min() ?? 0) < -1.2)
        }
    }

    @Test("chats are learnt as pairs are, by a base model of chats")
    func chats() async throws {
        try await withWorkshop(TrainingScript(model: ModelScript())) { client in
            let lines = (0..<60).map { index in
                let shape = ["circle", "square", "star"][index % 3]
                return
                    #"{"messages":[{"role":"system","content":"Draw."},{"role":"user","content":"a \#(shape) \#(index)"},"#
                    + #"{"role":"assistant","content":"{\"shape\": \"\#(shape)\"}"}]}"# + "\n"
            }
            let id = try client.begin(lines.joined(), base: "gpt-4.1-nano-2025-04-14")
            let model = try #require(try await client.job(id, becomes: "succeeded")["fine_tuned_model"]?.string)
            let body = #"{"model":"\#(model)","messages":[{"role":"user","content":"a square 400"}]}"#
            let answer = try client.ask("POST", "/chat/completions", body)
            #expect(answer["choices"]?[0]?["message"]?["content"]?.string == #"{"shape": "square"}"#)
        }
    }

    @Test("bad lines fail the job in the provider's words")
    func invalid() async throws {
        let chat = #"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}"# + "\n"
        let nano = "gpt-4.1-nano-2025-04-14"
        let chats = String(repeating: chat, count: 9)
        let cases: [(String, String, String, String)] = [
            (
                WorkshopClient.pairs(7), "babbage-002", "invalid_n_examples",
                "Training file has 7 example(s), but must have at least 10 examples"
            ),
            (
                chats + #"{"messages":[{"role":"user","content":"a"},{"content":"b"}]}"# + "\n" + chats, nano,
                "invalid_training_file",
                "The job failed due to an invalid training file. Invalid file format. "
                    + "Example 10, message 2 Discriminator 'role' is missing in value"
            ),
            (
                chats + #"{"messages":[{"role":"assistant","content":"b"}],"extra":1}"# + "\n", nano,
                "invalid_training_file", "Example 10 contains an extra \"extra\"."
            ),
            (
                chats + #"{"text":"a"}"# + "\n", nano, "invalid_training_file",
                "Unexpected file format, expected either prompt/completion pairs or chat messages."
            ),
            (
                WorkshopClient.pairs(10) + chat, "babbage-002", "invalid_training_file",
                "Unexpected file format, expected either prompt/completion pairs or chat messages."
            ),
            (
                chats + chat, "babbage-002", "invalid_training_file",
                "is in the fine-tune-chat format, but the specified model babbage-002"
            ),
            (WorkshopClient.pairs(10), nano, "invalid_training_file", "requires chat-formatted data"),
            (
                chats
                    + #"{"messages":[{"role":"user","content":"<|fim_suffix|>"},{"role":"assistant","content":"b"}]}"#,
                nano, "invalid_training_file",
                "The job failed due to a file format error in the training file. Invalid file format. "
                    + "Example 10 message contains an invalid token: <|fim_suffix|>."
            ),
            (
                chats + #"{"messages":[{"role":"user","content":"a"}]}"#, nano, "invalid_training_file",
                "Example 10 has no message of the assistant."
            ),
        ]
        try await withWorkshop { client in
            for (content, base, code, message) in cases {
                let id = try client.begin(content, base: base)
                let job = try await client.job(id, becomes: "failed")
                #expect(job["error"]?["code"]?.string == code)
                #expect(job["error"]?["message"]?.string?.contains(message) == true, "\(job)")
                #expect(job["error"]?["param"]?.string == "training_file" && job["fine_tuned_model"]?.isNull == true)
                let events = try client.ask("GET", "/fine_tuning/jobs/\(id)/events")
                #expect(events["data"]?[0]?["level"]?.string == "error")
            }
        }
    }

    @Test("what a creation lacks is said at once, with its member")
    func refused() async throws {
        try await withWorkshop { client in
            let file = try #require(try client.upload(WorkshopClient.pairs(20))["id"]?.string)
            func refused(_ body: String) throws -> (String, String) {
                let answer = try client.ask("POST", "/fine_tuning/jobs", body)
                #expect(answer.status == 400)
                return (answer.error, answer["error"]?["param"]?.string ?? "")
            }
            #expect(try refused("{}").1 == "model")
            #expect(try refused(#"{"model":"babbage-002"}"#).1 == "training_file")
            #expect(
                try refused(#"{"model":"nobody","training_file":"\#(file)"}"#).0.contains(
                    "not available for fine-tuning"
                )
            )
            #expect(
                try refused(#"{"model":"babbage-002","training_file":"file-0"}"#).0 == "invalid training_file: file-0"
            )
            for more in [
                #""suffix":"""#, #""seed":-1"#, #""hyperparameters":{"n_epochs":51}"#,
                #""method":{"type":"dpo"}"#,
                #""method":{"type":"supervised","supervised":{"hyperparameters":{"batch_size":0}}}"#,
                #""metadata":{"a":1}"#, #""validation_file":"file-0""#,
            ] {
                _ = try refused(#"{"model":"babbage-002","training_file":"\#(file)",\#(more)}"#)
            }
            #expect(try client.job("ftjob-0").status == 404)
            #expect(client.simulator.calls.jobs == 0)
        }
    }

    @Test("one key creates one job, also where the first answer was lost")
    func once() async throws {
        let lost = TrainingFault(.lost(.create), FaultTrigger(first: 1))
        try await withWorkshop(TrainingScript(faults: [lost])) { client in
            let file = try #require(try client.upload(WorkshopClient.pairs(20))["id"]?.string)
            let body = #"{"model":"babbage-002","training_file":"\#(file)","metadata":{"data_set":"d7"}}"#
            #expect(throws: (any Error).self) {
                let reply = try WorkshopClient(client.simulator).ask("POST", "/fine_tuning/jobs", body, key: "j")
                if reply.status == 0 { throw CancellationError() }
            }
            let again = try client.ask("POST", "/fine_tuning/jobs", body, key: "j")
            #expect(client.simulator.calls.jobs == 1 && client.simulator.calls.replayed == 1)
            let found = try client.ask("GET", "/fine_tuning/jobs?metadata%5Bdata_set%5D=d7")
            #expect(found["data"]?.array?.map { $0["id"] } == [again["id"]])
            #expect(try client.ask("GET", "/fine_tuning/jobs?metadata[data_set]=d8")["data"]?.array?.isEmpty == true)
        }
    }

    @Test("a job is cancelled while it is queued and while it runs, and not when it has ended")
    func cancelled() async throws {
        let faults = [
            TrainingFault(.staysQueued, FaultTrigger(contains: "waits")),
            TrainingFault(.neverEnds, FaultTrigger(contains: "forever")),
            TrainingFault(.slow(.seconds(60)), FaultTrigger(contains: "slow")),
        ]
        try await withWorkshop(TrainingScript(faults: faults)) { client in
            for (suffix, status) in [("waits", "queued"), ("forever", "running"), ("slow", "running")] {
                let id = try client.begin(WorkshopClient.pairs(20), #","suffix":"\#(suffix)""#)
                _ = try await client.job(id, becomes: status)
                let job = try client.ask("POST", "/fine_tuning/jobs/\(id)/cancel")
                #expect(job["status"]?.string == "cancelled" && job["finished_at"]?.int != nil)
                #expect(try client.ask("POST", "/fine_tuning/jobs/\(id)/cancel").status == 400)
            }
            // The thread is free again.
            let id = try client.begin(WorkshopClient.pairs(20))
            _ = try await client.job(id, becomes: "succeeded")
            #expect(try client.ask("POST", "/fine_tuning/jobs/\(id)/cancel").status == 400)
        }
    }

    @Test(
        "scripted faults: a refused creation, a file that is not ready, a job that is invalid or breaks, a look that fails"
    )
    func faults() async throws {
        let script = try Script.read(
            Array(
                #"""
                {"training":{"bases":["in-house"],"faults":[
                  {"at":"create","status":429,"retry_after":"3","first":1},
                  {"at":"upload","unprocessed":2,"contains":"late"},
                  {"job":"invalid","contains":"wrong","message":"The job failed, as scripted"},
                  {"job":"breaks","after":1,"contains":"breaks"},
                  {"at":"retrieve","status":503,"first":1}]}}
                """#.utf8
            )
        )
        try await withWorkshop(script.training) { client in
            let late = try #require(try client.upload(WorkshopClient.pairs(20), name: "late.jsonl")["id"]?.string)
            let body = #"{"model":"in-house","training_file":"\#(late)"}"#
            let limited = try client.ask("POST", "/fine_tuning/jobs", body)
            #expect(limited.status == 429 && limited.head.contains("retry-after: 3"))
            let early = try client.ask("POST", "/fine_tuning/jobs", body)
            #expect(early.error.contains("is still being processed and is not ready to be used for fine-tuning"))
            #expect(try client.ask("GET", "/files/\(late)")["status"]?.string == "uploaded")
            #expect(try client.ask("GET", "/files/\(late)")["status"]?.string == "uploaded")
            #expect(try client.ask("GET", "/files/\(late)")["status"]?.string == "processed")
            let job = try client.ask("POST", "/fine_tuning/jobs", body)
            let id = try #require(job["id"]?.string)
            #expect(try client.job(id).status == 503)
            _ = try await client.job(id, becomes: "succeeded")
            let bad = try client.begin(WorkshopClient.pairs(20), #","suffix":"wrong""#, base: "in-house")
            let invalid = try await client.job(bad, becomes: "failed")
            #expect(invalid["error"]?["message"]?.string == "The job failed, as scripted")
            let broken = try client.begin(WorkshopClient.pairs(20), #","suffix":"breaks""#, base: "in-house")
            let failed = try await client.job(broken, becomes: "failed")
            #expect(failed["error"]?["code"]?.string == "server_error")
            let losses = try client.ask("GET", "/fine_tuning/jobs/\(broken)/checkpoints")
            #expect(losses["data"]?.array?.count == 1)
        }
        #expect(throws: ScriptError.self) { try Script.read(Array(#"{"training":{"faults":[{"job":"lazy"}]}}"#.utf8)) }
        #expect(throws: ScriptError.self) { try Script.read(Array(#"{"training":{"faults":[{"status":500}]}}"#.utf8)) }
    }
}
