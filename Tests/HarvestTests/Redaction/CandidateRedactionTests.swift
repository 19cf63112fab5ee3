import JSON
import Judgment
import Testing

@testable import Harvest

@Suite struct CandidateRedactionTests {
    private static let rules: [Redactor.Rule] = [.regex("s3cr3t-[a-z]+"), .jsonPath("$.metadata.tenant")]

    private func redacted(_ candidate: Candidate, _ rules: [Redactor.Rule] = Self.rules) throws -> Candidate {
        var candidate = candidate
        try candidate.redact(by: Redactor(rules))
        return candidate
    }

    /// With the secret in every text it has.
    private var everywhere: Candidate {
        var candidate = Candidate.sample(input: "find s3cr3t-alpha for Initech", large: "name:s3cr3t-beta")
        candidate.detail = "'functions s3cr3t-gam' does not match"
        candidate.metadata = Array(#"{"tenant":"Initech","s3cr3t-delta":"s3cr3t-epsilon"}"#.utf8)
        candidate.completion = "name:s3cr3t-zeta"
        candidate.small?.choices = Array(
            #"[{"text":" s3cr\u0033t-eta","index":0,"logprobs":{"tokens":[" s3cr","3t-eta"],"token_logprobs":[-3.50,-0.1]},"finish_reason":"stop"}]"#
                .utf8
        )
        return candidate
    }

    @Test func `no text of a candidate keeps what the rules name`() throws {
        let kept = String(decoding: try redacted(everywhere).encode(), as: UTF8.self)
        for secret in ["s3cr", "Initech", "3t-eta"] { #expect(!kept.contains(secret), "\(secret) in \(kept)") }
        // What is not secret is there, and everything is where it was.
        let read = try Candidate(json: kept.utf8)
        #expect(read.input == "find [redacted] for [redacted]")
        #expect(read.metadata == Array(#"{"tenant":"[redacted]","[redacted]":"[redacted]"}"#.utf8))
        #expect(read.completion == "name:[redacted]")
        #expect(ChosenAnswer(try #require(read.large))?.text == "name:[redacted]")
        #expect(ChosenAnswer(try #require(read.small))?.text == " [redacted]")
        #expect(read.small?.usage == everywhere.small?.usage)
        #expect(read.untrainable == nil)
    }

    @Test func `a quote cut short in the detail goes with the answer it quotes`() throws {
        #expect(try redacted(everywhere).detail == "[redacted]")
        var other = everywhere
        other.small = nil
        #expect(try redacted(other).detail == "'functions [redacted]' does not match")
    }

    @Test func `log-probabilities go with the answer that they spell`() throws {
        var candidate = Candidate.sample()
        #expect(try redacted(candidate, [.regex("s3cr3t")]).small == candidate.small)
        // One alternative of one token is enough.
        candidate.small?.choices = Array(
            #"[{"text":"a","index":0,"logprobs":{"tokens":["a"],"top_logprobs":[{"s3cr3t-x":-1}]}}]"#.utf8
        )
        let small = try #require(try redacted(candidate).small)
        #expect(String(decoding: small.choices, as: UTF8.self) == #"[{"text":"a","index":0,"logprobs":null}]"#)
    }

    @Test func `without anything to take out not a byte changes`() throws {
        var candidate = Candidate.sample()
        candidate.metadata = Array(#"{ "a" : "b" }"#.utf8)
        #expect(try redacted(candidate).encode() == candidate.encode())
    }

    @Test func `paths of the request lead into the prompts too`() throws {
        let kept = try redacted(
            Candidate.sample(input: "x"),
            [.jsonPath("$.messages[*].content"), .jsonPath("$.prompt")]
        )
        #expect(kept.prompt.small == Array(#""[redacted]""#.utf8))
        #expect(
            kept.prompt.large
                == Array(#"[{"role":"system","content":"[redacted]"},{"role":"user","content":"[redacted]"}]"#.utf8)
        )
        #expect(kept.input == "[redacted]")
    }

    @Test func `an answer that is JSON loses the member, and stays JSON`() throws {
        let large = #"{\"email\":\"a@b.example\",\"kind\":\"function\"}"#
        let kept = try redacted(Candidate.sample(large: large), [.jsonPath("$.email")])
        #expect(ChosenAnswer(try #require(kept.large))?.text == #"{"email":"[redacted]","kind":"function"}"#)
        #expect(kept.untrainable == nil)
    }

    @Test func `an answer whose JSON does not survive is not trained on`() throws {
        let kept = try redacted(Candidate.sample(large: #"{\"ssn\":1,\"a\":2}"#), [.regex(#""ssn":\d"#)])
        #expect(ChosenAnswer(try #require(kept.large))?.text == #"{[redacted],"a":2}"#)
        #expect(kept.untrainable == "redaction")
    }

    @Test func `metadata that a path takes away as a whole is none`() throws {
        #expect(try redacted(Candidate.sample(), [.jsonPath("$.metadata")]).metadata == nil)
    }

    @Test func `the spool has only what is left, and drops what cannot be redacted`() async throws {
        let folder = TemporaryDirectory()
        let spool = try Spool(directory: folder.path, segmentAge: .seconds(60))
        let redactor = try Redactor(Self.rules + [.regex("(a+)+$")])
        #expect(await spool.keep(everywhere, redactor: redactor) == .kept)
        let hostile = Candidate.sample(input: String(repeating: "a", count: 60) + "b")
        #expect(await spool.keep(hostile, redactor: redactor) == .failed(.redaction))
        #expect(spool.counters.errors == [.redaction: 1])
        #expect(spool.trouble == nil)
        spool.close()
        let segments = folder.names().map { folder.path + "/" + $0 }
        let bytes = try segments.reduce(into: "") {
            $0 += String(decoding: try HarvestFile.open($1).readAll(), as: UTF8.self)
        }
        #expect(bytes.contains("find [redacted] for [redacted]"))
        for secret in ["s3cr", "Initech", "3t-eta", "aaaaaaaa"] { #expect(!bytes.contains(secret)) }
    }
}
