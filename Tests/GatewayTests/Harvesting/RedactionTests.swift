import Foundation
import JSON
import Simulation
import Testing

extension SystemTests {
    /// What a route redacts is nowhere on disk, and in every answer.
    struct RedactionTests {
        private static let secrets = ["s3cr3t-ask", "s3cr3t-small", "s3cr3t-large", "s3cr3t-meta", "Initech"]

        private static let redact = "redact: [{ regex: 's3cr3t-[a-z]+' }, { json_path: $.metadata.tenant }]"

        /// The files below the gateway's directory, other than its settings, that hold one of the secrets, named.
        private func leaks(_ gateway: RunningGateway) throws -> [String] {
            let files =
                FileManager.default.enumerator(atPath: gateway.directory.path)?.compactMap { $0 as? String } ?? []
            return files.flatMap { name -> [String] in
                // A file that went meanwhile, or a directory, holds nothing.
                guard let data = FileManager.default.contents(atPath: "\(gateway.directory.path)/\(name)") else {
                    return []
                }
                return Self.secrets.filter { data.range(of: Data($0.utf8)) != nil }.map { "\($0) in \(name)" }
            }
        }

        @Test func `no secret of requests, answers and metadata is in the spool, the store, an export or a log`()
            async throws
        {
            let simulator = try await Simulator.with(
                small: ModelScript(says: "well s3cr3t-small", logprob: -3),
                large: ModelScript(says: "done s3cr3t-large for Initech")
            )
            let settings = TestSettings(
                at: simulator.baseURL,
                "confidence: { score: min_logprob, threshold: -1.5 }",
                "prompt: { small: small.mustache }",
                "cache: { scope: none }",
                Self.redact,
                smallAPI: "completions"
            )
            let gateway = try RunningGateway(
                settings,
                files: ["small.mustache": "Q: {{metadata.tenant}}: {{input}}\nA:"],
                options: ["--access-log", "DIRECTORY/access.log"]
            )
            let extra = #""logprobs":true,"metadata":{"tenant":"Initech","note":"s3cr3t-meta"}"#
            for number in 1...3 {
                let escaped = chatBody("\(number) mail s3cr3t-ask to Initech", extra)
                    .replacing("s3cr3t-ask", with: #"\u00733cr3t-as\u006b"#)
                let answer = try gateway.client().post("/v1/chat/completions", escaped)
                #expect(answer.says() == "done s3cr3t-large for Initech")
                let stream = EventClient(try gateway.client())
                try stream.client.send(
                    "POST",
                    "/v1/chat/completions",
                    Array(chatBody("\(number) stream s3cr3t-ask", extra + #","stream":true"#).utf8)
                )
                #expect(try stream.readHead().answeredBy == "large")
                let streamed = try stream.readAll()
                #expect(streamed.says() == "done s3cr3t-large for Initech", "\(streamed.events.suffix(3))")
                #expect(try leaks(gateway).isEmpty)
            }
            let kept = try gateway.candidates(atLeast: 6)
            #expect(kept.count == 6)
            #expect(try leaks(gateway).isEmpty)
            for candidate in kept {
                #expect(
                    candidate["metadata"]
                        == JSONTree.object([
                            .init(name: "tenant", value: .string("[redacted]")),
                            .init(name: "note", value: .string("[redacted]")),
                        ])
                )
                #expect(
                    candidate["large"]?["choices"]?[0]?["message"]?["content"]?.string
                        == "done [redacted] for [redacted]"
                )
                #expect(candidate["small"]?["choices"]?[0]?["text"]?.string == "well [redacted]")
                #expect(candidate["small"]?["choices"]?[0]?["logprobs"]?.isNull == true)
                #expect(candidate["prompt"]?["small"]?.string?.hasPrefix("Q: [redacted]: ") == true)
            }
            let config = gateway.directory.path + "/understudy.yaml"
            let export = try run(
                RunningGateway.executable,
                arguments: [
                    "candidates", "export", "--config", config, "--format", "openai-completions", "-o",
                    gateway.directory.path + "/train.jsonl",
                ]
            )
            #expect(export.code == 0, "\(export.output)")
            #expect(export.output.contains("all completions are the same"), "\(export.output)")
            #expect(gateway.directory.read("train.jsonl").contains("done [redacted] for [redacted]"))
            #expect(try leaks(gateway).isEmpty)
            await simulator.stop()
        }

        @Test func `a candidate that cannot be redacted is dropped and counted, and its answer goes`() async throws {
            let simulator = try await Simulator.with(small: ModelScript(says: "{"))
            let settings = TestSettings(
                at: simulator.baseURL,
                "checks: [json]",
                "redact: [{ regex: '(a+)+$' }]"
            )
            let gateway = try RunningGateway(settings)
            #expect(try gateway.chat(String(repeating: "a", count: 60) + "b").says() == "from large")
            #expect(try gateway.chat("plain").says() == "from large")
            #expect(try gateway.candidates(atLeast: 1).count == 1)
            #expect(try gateway.metric(#"understudy_harvest_errors_total{reason="redaction"}"#) == 1)
            #expect(try gateway.client().get("/health/ready").status == 200)
            await simulator.stop()
        }

        @Test func `what is harvested is for its owner's eyes only`() async throws {
            let simulator = try await Simulator.with(small: ModelScript(says: "{"))
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL, "checks: [json]"))
            #expect(try gateway.chat("hello").says() == "from large")
            #expect(try gateway.candidates(atLeast: 1).count == 1)
            let manager = FileManager.default
            func mode(_ name: String) throws -> Int? {
                try manager.attributesOfItem(atPath: "\(gateway.directory.path)/\(name)")[.posixPermissions] as? Int
            }
            let files = try manager.contentsOfDirectory(atPath: gateway.directory.path)
                .filter { $0.hasPrefix("understudy.db") }
            #expect(Set(files).isSuperset(of: ["understudy.db", "understudy.db-wal", "understudy.db-shm"]))
            for file in files { #expect(try mode(file) == 0o600, "\(file)") }
            for directory in ["spool", "records"] {
                #expect(try mode(directory) == 0o700)
                for file in try manager.contentsOfDirectory(atPath: "\(gateway.directory.path)/\(directory)") {
                    #expect(try mode("\(directory)/\(file)") == 0o600, "\(directory)/\(file)")
                }
            }
            await simulator.stop()
        }
    }
}
