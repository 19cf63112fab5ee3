public import ArgumentParser
public import Completions
import Gateway
import JSON
import Settings

/// `understudy explain`
struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say step by step what would become of a request; exit 1 if it would be refused.",
        discussion: """
            Reads settings and a request body, and needs no gateway that runs. Without --ask no model is asked; with it \
            both answers, scores, checks and the verdict are shown, and nothing is cached or harvested.
            """
    )

    @OptionGroup var options: ConfigOption

    @Argument(help: "The file with the request body, or - for standard input.")
    var request: String

    @Option(help: "chat or completions; left out: guessed from 'messages' or 'prompt'.")
    var dialect: Dialect?

    @Option(help: ArgumentHelp("A request header, 'name: value'; may be repeated.", valueName: "header"))
    var header: [String] = []

    @Option(help: "Ask in the name of this client key.")
    var key: String?

    @Flag(help: "Really ask the models; costs what it costs.")
    var ask = false

    @Flag(help: "One JSON object.")
    var json = false

    func run() throws {
        let headers = try header.map(Self.parse)
        let settings = try Check.load(options.config)
        let question = ExplanationQuestion(
            body: try Terminal.read(request, most: settings.server.limits.body),
            dialect: dialect,
            headers: headers,
            key: key
        )
        do {
            let explainer = try Explainer(settings)
            let asks = ask
            let report = try waitFor { try await explainer.explain(question, asks: asks) }
            if json {
                Terminal.write(report.tree.encode(pretty: true) + [UInt8(ascii: "\n")])
            } else {
                Terminal.write(Array(report.text.utf8))
            }
            if report.error != nil { throw ExitCode(1) }
        } catch let error as APIError {
            show(error)
            if error.status == 401 { Terminal.complain(Self.hint(settings)) }
            throw ExitCode(1)
        } catch let error as UnknownClientKey {
            throw ValidationError("--key: \(error)")
        }
    }

    /// The error as a client would get it, with its status.
    private func show(_ error: APIError) {
        guard json, case .object(let members) = try? JSONTree.parse(error.encode()) else {
            return Terminal.write(Array("status: \(error.status)\n".utf8) + error.encode() + [UInt8(ascii: "\n")])
        }
        let status = JSONTree.Member(name: "status", value: .int(error.status))
        Terminal.write(JSONTree.object([status] + members).encode(pretty: true) + [UInt8(ascii: "\n")])
    }

    private static func hint(_ settings: GatewaySettings) -> String {
        let names = settings.keys.map(\.name).sorted().joined(separator: ", ")
        return "These settings ask for a client key. To ask in the name of one, add --key NAME: \(names)"
    }

    private static func parse(_ text: String) throws -> (String, String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, parts[0].utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw ValidationError("--header: '\(text)' is not 'name: value'")
        }
        return (String(parts[0]), parts[1].trimmed)
    }
}

extension Dialect: ExpressibleByArgument {}

extension Substring {
    /// Without spaces and tabs at both ends.
    fileprivate var trimmed: String {
        let start = drop { $0 == " " || $0 == "\t" }
        return String(start.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
}
