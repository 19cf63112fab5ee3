import ArgumentParser
import Settings

/// `understudy key`
struct Key: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Client keys.", subcommands: [New.self])

    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a client key. It is shown once; keys.yaml holds only its SHA-256."
        )

        @Argument(help: "Whose key it is; logs and records name it so.")
        var name: String

        func run() throws {
            guard !name.isEmpty, name.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                throw ValidationError("a key's name is printable ASCII without spaces")
            }
            let made = ClientKey.make(name)
            Terminal.complain("The key, shown this once:")
            print(made.secret)
            Terminal.complain("\nAdd this to the file that 'server: { keys: ... }' names, then reload:")
            Terminal.complain(made.yaml)
        }
    }
}
