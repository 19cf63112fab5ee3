import Completions
import JSON
import Judgment
import Testing

@testable import Harvest

@Suite struct ImportTests {
    private func target(
        checks: [any FormatCheck] = [],
        template: String? = "Q: {{input}}\nA:",
        redactor: Redactor? = nil
    ) throws -> ImportTarget {
        ImportTarget(
            route: "code-search",
            environment: "production",
            contract: "5f2b",
            prompt: SmallPrompt(
                UpstreamTarget(
                    dialect: .completions,
                    modelName: "small",
                    prompt: try template.map { try PromptTemplate($0, name: "small") },
                    parameters: [RouteParameter(name: "stop", value: Array(#"["END"]"#.utf8))]
                )
            ),
            checks: checks,
            redactor: redactor
        )
    }

    private func read(_ text: String, _ format: ImportFormat = .jsonl) throws -> Import {
        Import(Array(text.utf8), format, to: try target())
    }

    private func pairs(_ read: Import) -> [String] {
        read.candidates.map { "\($0.input ?? "-") > \($0.large.flatMap { ChosenAnswer($0)?.text } ?? "-")" }
    }

    // MARK: What is read

    @Test func `both dialects and tables become candidates`() throws {
        let lines = #"""
            {"messages":[{"role":"system","content":"s"},{"role":"user","content":"a"},{"role":"assistant","content":"x","weight":1}]}

            {"prompt":"Q: b\nA:","completion":" yEND"}
            {"input":"c","output":"z"}
            """#
        let read = try read(lines)
        #expect(read.problems.isEmpty)
        #expect(pairs(read) == ["a > x", "b > y", "c > z"])
        #expect(pairs(try self.read("Output,Input,note\nx,a,1\n\"y\nz\",b,2\n", .csv)) == ["a > x", "b > y\nz"])
        #expect(pairs(try self.read("prompt;completion\n\"Q: a\nA:\"; xEND\n", .csv)) == ["a > x"])
        let candidate = try #require(read.candidates.first)
        #expect(candidate.source == .imported)
        #expect(candidate.status == .new)
        #expect(candidate.reason == "imported")
        #expect(candidate.contract == "5f2b")
        #expect(candidate.environment == "production")
        #expect(candidate.small == nil)
        #expect(
            candidate.request
                == Array(
                    #"{"model":"code-search","messages":[{"role":"system","content":"s"},{"role":"user","content":"a"}]}"#
                        .utf8
                )
        )
        #expect(read.candidates[1].prompt.small == Array(#""Q: b\nA:""#.utf8))
        #expect(read.candidates[2].prompt.small == Array(#""Q: c\nA:""#.utf8))
        // What is read can be read from the store, and exported again.
        for candidate in read.candidates {
            #expect(try Candidate(json: candidate.encode()).encode() == candidate.encode())
        }
    }

    @Test func `a byte order mark, CRLF and other scripts are no trouble`() throws {
        let read = try read("\u{feff}{\"input\":\"遅い関数\",\"output\":\"ж\"}\r\n{\"input\":\"b\",\"output\":\"y\"}\r\n")
        #expect(read.problems.isEmpty)
        #expect(pairs(read) == ["遅い関数 > ж", "b > y"])
        #expect(pairs(try self.read("\u{feff}input,output\r\na,x\r\n", .csv)) == ["a > x"])
    }

    @Test func `a tool call is an answer`() throws {
        let call = #"{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}"#
        let read = try read(
            #"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":null,"tool_calls":[\#(call)]}],"tools":[{"type":"function","function":{"name":"f"}}]}"#
        )
        #expect(read.problems.isEmpty)
        let large = try #require(read.candidates.first?.large)
        #expect(ChosenAnswer(large)?.toolCalls?.array?.count == 1)
        #expect(ChosenAnswer(large)?.finishReason == "tool_calls")
    }

    @Test func `what is there already is known again, in either dialect, and each import is an event`() async throws {
        let directory = TemporaryDirectory()
        let store = try SQLStore.sqlite(path: directory.path + "/a.db")
        var first = try read("input,output\na,x\nb,y\na,x\n", .csv)
        #expect(try await first.keep(in: store, by: "somebody") == 2)
        #expect(first.known == 1)
        var again = try read(
            #"""
            {"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"x"}]}
            {"prompt":"Q: b\nA:","completion":" yEND"}
            {"input":"b","output":"another answer"}
            """#
        )
        #expect(try await again.keep(in: store, by: "somebody") == 1)
        #expect(again.known == 2)
        #expect(try await store.list(CandidateQuery()).data.count == 3)
        #expect(try await store.events(limit: 10).map(\.what) == ["import", "import"])
        await store.close()
    }

    // MARK: What is wrong

    @Test(arguments: [
        ("", "the file holds no examples"), ("[1]", "not a JSON object"), ("{", "does not end on its line"),
        (#"{"input":"a","output":"x"} x"#, "not JSON"), (#"{"input":"a","input":"b","output":"x"}"#, "not JSON"),
        (#"{"input":"a"}"#, "'output' is missing"), (#"{"prompt":"a","completion":7}"#, "'completion' is not a text"),
        (#"{"prompt":7,"completion":"a"}"#, "'prompt' is not a text"),
        (#"{"prompt":" ","completion":"a"}"#, "'prompt' is empty"),
        (#"{"prompt":"a","completion":" "}"#, "'completion' is empty"),
        (#"{"question":"a"}"#, "neither 'messages' nor"),
        (#"{"prompt":"a","completion":"b","id":1}"#, "'id' is not a member"),
        (#"{"messages":[]}"#, "no list, or empty"),
        (#"{"messages":[{"role":"user","content":"a"}]}"#, "not the assistant's"),
        (#"{"messages":[{"role":"assistant","content":"a"}]}"#, "no message of a user"),
        (#"{"messages":[{"content":"a"},{"role":"assistant","content":"a"}]}"#, "messages[0] has no role"),
        (#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"a","weight":0}]}"#, "weight 0"),
        (#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":""}]}"#, "empty"),
        (
            #"{"messages":[{"role":"robot","content":"a"},{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}"#,
            "robot"
        ),
        (
            #"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"temperature":1}"#,
            "'temperature' is not a member"
        ),
    ])
    func `a line that is no example is told with what is wrong`(text: String, words: String) throws {
        let read = try read(text)
        #expect(read.problems.count == 1, "\(read.problems)")
        #expect(read.problems.first?.message.contains(words) == true, "\(read.problems)")
        #expect(read.problems.first?.line == 1)
    }

    @Test(arguments: [
        ("question,answer\na,b\n", 1, "the first line names the columns"),
        ("input,output\na,b\nc\n", 3, "1 columns, the first line has 2"),
        ("input,output\na,b,c\n", 2, "3 columns"), ("input,output\n,b\n", 2, "'input' is empty"),
        ("input,output\n\"a,b\n", 2, "never closed"), ("input,output\n", 1, "the file holds no examples"),
    ])
    func `a row that is no example is told with what is wrong`(text: String, line: Int, words: String) throws {
        let read = try read(text, .csv)
        #expect(read.problems.map(\.line) == [line])
        #expect(read.problems.first?.message.contains(words) == true, "\(read.problems)")
    }

    @Test func `every bad line is told, each once, in their order`() throws {
        let read = try read("{\n{\"input\":\"a\",\"output\":\"x\"}\n[]\n{\"input\":\"b\"}")
        #expect(read.problems.map(\.line) == [1, 3, 4])
    }

    @Test func `text that is not UTF-8 is told at its line`() throws {
        let latin =
            Array("{\"input\":\"a\",\"output\":\"x\"}\n{\"input\":\"b".utf8) + [0xe4]
            + Array("\",\"output\":\"y\"}\n".utf8)
        let read = Import(latin, .jsonl, to: try target())
        #expect(read.problems.map(\.line) == [2])
        #expect(read.problems[0].message.contains("not UTF-8"))
        let wide = Import([0xff, 0xfe, 0x7b, 0x00], .jsonl, to: try target())
        #expect(wide.problems.map(\.message) == ["the file is UTF-16: save it as UTF-8"])
    }

    @Test func `the route's checks hold, unless a reviewer is to mend what fails`() throws {
        let checks = [try KnownChecks.make("json", options: .absent) { _ in [] }]
        let text = Array(#"{"input":"a","output":"{}"}"#.utf8) + Array("\n{\"input\":\"b\",\"output\":\"{\"}".utf8)
        let strict = Import(text, .jsonl, to: try target(checks: checks))
        #expect(strict.problems.map(\.line) == [2])
        #expect(strict.problems[0].message.contains("format.json"))
        #expect(strict.problems[0].message.contains("--keep-failing"))
        let kept = Import(text, .jsonl, to: try target(checks: checks), keepsFailing: true)
        #expect(kept.problems.isEmpty)
        #expect(kept.failing == 1)
        #expect(kept.candidates.map(\.untrainable) == [nil, "format.json"])
    }

    @Test func `what the route redacts is redacted before it is stored`() throws {
        let redactor = try Redactor([.regex("s3cr3t")])
        let read = Import(
            Array(#"{"input":"a s3cr3t","output":"x s3cr3t"}"#.utf8),
            .jsonl,
            to: try target(redactor: redactor)
        )
        #expect(pairs(read) == ["a [redacted] > x [redacted]"])
        #expect(!String(decoding: read.candidates[0].encode(), as: UTF8.self).contains("s3cr3t"))
    }

    @Test func `the format is told by the file's name`() {
        for (path, format) in [
            ("a/b.jsonl", ImportFormat.jsonl), ("b.NDJSON", .jsonl), ("x.csv", .csv), ("x.tsv", .csv),
        ] {
            #expect(ImportFormat(path: path) == format)
        }
        #expect(ImportFormat(path: "-") == nil)
        #expect(ImportFormat(path: "data.xlsx") == nil)
    }
}
