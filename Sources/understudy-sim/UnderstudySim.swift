import ArgumentParser
import FoundationEssentials
import Glibc
import Loop
import Simulation

/// The simulated provider as a program: OpenAI's wire on a loopback port, doing what a script says.
@main
struct UnderstudySim: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "understudy-sim",
        abstract: "A simulated provider of completions (OpenAI's wire) for tests, demos and benchmarks.",
        discussion: """
            Listens on 127.0.0.1 and prints one line with the port when it is ready.
            Without a script it offers search-large, search-small, traits-small, echo and steady.
            GET /sim/calls counts calls by model (with those under way, streams, tokens sent, clients that left, and \
            the tokens sent before they did); POST /sim/script changes models while it runs.

            It takes files, trains models for real on their lines (prompts and completions, or messages) with \
            /v1/fine_tuning/jobs, and answers with what they learnt; it runs batches. An Idempotency-Key that was \
            answered is answered again, and counted apart. --models keeps trained models for the next start.

            `understudy-sim questions --count 200 --seed 7` prints questions that search-large knows, --json with the \
            line that each means.

            A script is { "models": { NAME: { ... } } }. A model has:
              latency_ms, jitter_ms: to the first byte
              per_token_ms, token_jitter_ms: for each token, streamed or not
              answers: [{ contains | equals, text | texts | echo |
                search: large | small | traits: large | small |
                tool_calls | refusal, logprobs, finish_reason,
                defect: { token, text },
                wrong: of a small model, a share of its answers, or
                  { unsure, unreadable, confident, hesitant } }]
              logprobs: { fixed | table | drawn, rules: [{ text, logprob }],
                at: [{ token, logprob | missing }] }
              stream: { tokens_per_event, line_end: lf | crlf | cr, space,
                comment_every, split_data, chunk_bytes }
              shutdown_date: as GET /v1/models shows it
              faults: [{ share, every, first, contains, and one of
                status (retry_after, message), slow_ms, hold, malformed, body,
                stall_ms (after, in bytes), reset: before | inside (after),
                logprobs, content_type, oversized, close,
                stream: reset | close | end | error (message) | malformed |
                stall (for_ms) | comments, each after so many events (after), or
                endless | no_done }]

            Beside "models", "training" has: bases, model (how trained models behave, as above) and
              faults: [{ share, every, first, contains, and one of
                at: upload | create | retrieve with status (retry_after, message),
                  or lost, or (upload) unprocessed: looks,
                job: invalid (message) | breaks (after epochs) | queued |
                  endless | slow (epoch_ms) }]
            """,
        // Its options are those of `serve`: an option of the same name here would take the subcommands' values.
        subcommands: [Serve.self, Questions.self],
        defaultSubcommand: Serve.self
    )
}

/// What it does when nothing else is said.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Serves the models of a script; the default.")

    @Option(help: "The port; 0 takes a free one.")
    var port = 9000

    @Option(help: ArgumentHelp("A script of models, in JSON.", valueName: "file"))
    var script: String?

    @Option(help: "Seed of everything that looks random; a script may set its own.")
    var seed: UInt64 = 1

    @Option(name: .customLong("api-key"), help: "Accept this bearer key only; may be repeated.")
    var apiKeys: [String] = []

    @Option(
        help: ArgumentHelp("Keep trained models in this folder, and load those that are there.", valueName: "folder")
    )
    var models: String?

    func validate() throws {
        guard (0...65535).contains(port) else { throw ValidationError("--port must be between 0 and 65535") }
    }

    func run() async throws {
        let simulator: Simulator
        do {
            simulator = try await Simulator.start(port: port, script: try scripted(), models: models)
        } catch {
            say("understudy-sim: \(error)", on: STDERR_FILENO)
            throw ExitCode(2)
        }
        say("understudy-sim listens on http://127.0.0.1:\(simulator.port)/v1", on: STDOUT_FILENO)
        await untilSignalled()
        await simulator.stop()
    }

    private func scripted() throws -> Script {
        let builtIn = Script.builtIn(seed: seed, apiKeys: apiKeys)
        guard let script else { return builtIn }
        return try Script.read(Array(try Data(contentsOf: URL(filePath: script))), over: builtIn)
    }
}

/// Questions for the code-search example, to be asked, generated from, or compared with.
struct Questions: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints questions about code, one a line, no two alike; the same for the same seed."
    )

    @Option(help: "How many.")
    var count = 200

    @Option(help: "Which ones.")
    var seed: UInt64 = 1

    @Flag(help: #"One object a line: {"input": the question, "expected": the line that it means}."#)
    var json = false

    func validate() throws {
        guard (1...100_000).contains(count) else { throw ValidationError("--count must be between 1 and 100000") }
    }

    func run() {
        for question in QuestionGenerator.questions(count, seed: seed) { print(json ? question.json : question.text) }
    }
}

/// One line, at once: who waits for it may read through a pipe.
private func say(_ line: String, on descriptor: CInt) {
    let bytes = Array((line + "\n").utf8)
    _ = write(descriptor, bytes, bytes.count)
}
