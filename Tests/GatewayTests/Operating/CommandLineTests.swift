import JSON
import Simulation
import Testing

/// The program as people call it: what it says, and its exit codes.
struct CommandLineTests {
    private func understudy(_ arguments: String...) throws -> (code: CInt, output: String) {
        try call(arguments)
    }

    private func call(_ arguments: [String], input: String = "/dev/null") throws -> (code: CInt, output: String) {
        let directory = try TestDirectory()
        let output = directory.path + "/output"
        let process = try ChildProcess(RunningGateway.executable, arguments, output: (output, output))
        guard let code = process.waitForExit() else { throw Unable("understudy \(arguments) did not end") }
        return (code, directory.read("output"))
    }

    private func directory(_ settings: TestSettings, _ request: String = chatBody("hello")) throws -> TestDirectory {
        let directory = try TestDirectory()
        try directory.write(settings.yaml, to: "understudy.yaml")
        try directory.write(request, to: "request.json")
        return directory
    }

    @Test func `help is asked for or it is wrong usage`() throws {
        for arguments in [["--help"], ["explain", "--help"], ["candidates", "--help"]] {
            let said = try call(arguments)
            #expect(said.code == 0)
            #expect(said.output.contains("USAGE: understudy"))
        }
        for arguments in [[], ["candidates"], ["key"]] {
            let said = try call(arguments)
            #expect(said.code == 2, "\(arguments)")
            #expect(said.output.contains("USAGE: understudy"))
        }
    }

    @Test func `wrong usage is exit 2, with the usage of the command that was meant`() throws {
        let directory = try directory(TestSettings(at: "http://127.0.0.1:1/v1"))
        let config = directory.path + "/understudy.yaml"
        let request = directory.path + "/request.json"
        for arguments in [
            ["bogus"], ["check"], ["explain", "--config", config], ["explain", "--config", config, "/nowhere.json"],
            ["explain", "--config", config, request, "--dialect", "latin"],
            ["explain", "--config", config, request, "--header", "no colon"],
            ["explain", "--config", config, request, "--key", "nobody"],
            ["candidates", "list", "--config", config, "--limit", "0"], ["key", "new", "two words"],
        ] {
            let said = try call(arguments)
            #expect(said.code == 2, "\(arguments): \(said.output)")
            let words = arguments.prefix { !$0.hasPrefix("-") && $0 != "bogus" && $0 != "two words" }
            #expect(said.output.contains("Usage: understudy \(words.joined(separator: " "))"), "\(said.output)")
        }
    }

    @Test func `settings that are wrong are exit 2 at every command, each mistake at its place`() throws {
        let directory = try directory(TestSettings(at: "http://127.0.0.1:1/v1"))
        try directory.write("server: { wrokers: 2 }\nmodels: {}\nroutes: {}\n", to: "bad.yaml")
        let bad = directory.path + "/bad.yaml"
        let request = directory.path + "/request.json"
        for command in [["check"], ["serve"], ["explain", request], ["candidates", "list"]] {
            let said = try call(command + ["--config", bad])
            #expect(said.code == 2, "\(command): \(said.output)")
            let lines = said.output.split(separator: "\n")
            #expect(lines.first == "\(bad):1:11: server.wrokers: unknown key (did you mean 'workers'?)")
            #expect(lines.count == 3)
        }
        let absent = try understudy("serve", "--config", "/nowhere.yaml")
        #expect(absent.code == 2)
        #expect(absent.output == "/nowhere.yaml:1:1: cannot be read: No such file or directory\n")
    }

    @Test func `an access log that cannot be opened is one sentence and exit 1`() throws {
        let said = try understudy("serve", "--config", "any.yaml", "--access-log", "/no/such/directory/log")
        #expect(said.code == 1)
        #expect(said.output == "understudy: access log: /no/such/directory/log: No such file or directory\n")
    }

    @Test func `an address or a spool that another gateway has is one sentence and exit 1`() throws {
        var settings = TestSettings(at: "http://127.0.0.1:1/v1", "spend: { large: 1 USD, per: 1h }")
        let gateway = try RunningGateway(settings)
        let locked = try understudy("serve", "--config", gateway.directory.path + "/understudy.yaml")
        #expect(locked.code == 1)
        #expect(locked.output.hasPrefix("understudy: "))
        #expect(locked.output.split(separator: "\n").count == 1, "\(locked.output)")
        for (key, port) in [("listen", gateway.port), ("admin", gateway.adminPort)] {
            settings.workers = 2
            let directory = try TestDirectory()
            let yaml = settings.yaml.replacing("\(key): 127.0.0.1:0", with: "\(key): 127.0.0.1:\(port)")
            try directory.write(yaml, to: "understudy.yaml")
            let taken = try understudy("serve", "--config", directory.path + "/understudy.yaml")
            #expect(taken.code == 1)
            #expect(taken.output == "understudy: cannot listen on 127.0.0.1:\(port): Address already in use\n")
        }
        #expect(try gateway.client().get("/health/live").status == 200)
    }

    @Test func `explain shows the error that a client would get, and exits 1`() throws {
        let directory = try directory(
            TestSettings(at: "http://127.0.0.1:1/v1"),
            chatBody("hello", route: "nowhere")
        )
        let arguments = ["explain", "--config", directory.path + "/understudy.yaml", directory.path + "/request.json"]
        let said = try call(arguments)
        #expect(said.code == 1)
        #expect(said.output.hasPrefix("status: 404\n{\"error\":{"))
        let json = try call(arguments + ["--json"])
        #expect(json.code == 1)
        let tree = try JSONTree.parse(Array(json.output.utf8))
        #expect(tree["status"]?.int == 404)
        #expect(tree["error"]?["code"]?.string == "model_not_found")
    }

    @Test func `the cache key that explain shows is the one on the gateway's candidates`() async throws {
        let simulator = try await Simulator.with(small: ModelScript(says: "well", logprob: -3))
        let settings = TestSettings(at: simulator.baseURL, "confidence: { score: min_logprob, threshold: -1 }")
        let gateway = try RunningGateway(settings)
        #expect(try gateway.chat("hello").answeredBy == "large")
        let candidate = try #require(try gateway.candidates(atLeast: 1).first)
        try gateway.directory.write(chatBody("hello"), to: "request.json")
        let said = try understudy(
            "explain",
            "--config",
            gateway.directory.path + "/understudy.yaml",
            gateway.directory.path + "/request.json",
            "--json",
            "--ask"
        )
        #expect(said.code == 0)
        let tree = try JSONTree.parse(Array(said.output.utf8))
        #expect(tree["recall"]?["cache_key"]?.string == candidate["cache_key"]?.string)
        #expect(tree["choose"]?["contract"]?.string == candidate["contract"]?.string)
        #expect(tree["choose"]?["version"]?.string == candidate["version"]?.string)
        #expect(tree["judge"]?["small"]?["verdict"]?.string == candidate["reason"]?.string)
        #expect(tree["judge"]?["small"]?["score"]?.double == candidate["score"]?.double)
        #expect(tree["ask"]?["small"]?["body"]?["messages"] == candidate["prompt"]?["small"])
        #expect(tree["ask"]?["large"]?["body"]?["messages"] == candidate["prompt"]?["large"])
        // Nothing was harvested by asking.
        #expect(try gateway.candidates().count == 1)
        await simulator.stop()
    }

    @Test func `check --ask says a line for each model and exits 1 if one does not answer`() async throws {
        let simulator = try await Simulator.with(small: ModelScript(says: "ok"))
        let confidence = "confidence: { score: min_logprob, threshold: -1 }"
        let good = try directory(TestSettings(at: simulator.baseURL, confidence))
        let well = try understudy("check", "--ask", "--config", good.path + "/understudy.yaml")
        #expect(well.code == 0, "\(well.output)")
        #expect(well.output.split(separator: "\n").map { $0.prefix(7) }.contains("small: "))
        #expect(well.output.contains("large: 'large' answered in "))
        await simulator.stop()
        let gone = try understudy("check", "--ask", "--config", good.path + "/understudy.yaml")
        #expect(gone.code == 1)
        #expect(gone.output.contains("small: no answer after "))
    }
}
