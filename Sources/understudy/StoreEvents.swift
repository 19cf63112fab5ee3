import ArgumentParser
import Harvest
import Settings

/// `understudy store events`
struct StoreEvents: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "The audit log: who did what, newest first. It holds no texts of candidates.",
        discussion: """
            Logins, reviews, exports, deletions, reloads. They are the store's: all gateways on it share them, and a backup \
            carries them.
            """
    )

    @OptionGroup var options: ConfigOption
    @Option(help: "At most this many, up to 1000.") var limit = 50
    @Flag(help: "One JSON object a line.") var json = false

    func run() throws {
        guard (1...1000).contains(limit) else { throw ValidationError("--limit is a number from 1 to 1000") }
        let store = try openStore(Check.load(options.config))
        let limit = limit
        let events = try waitFor { try await store.events(limit: limit) }
        for event in events {
            if json {
                Terminal.write(event.encode() + [UInt8(ascii: "\n")])
            } else {
                let detail = event.detail.map { String(decoding: $0, as: UTF8.self) } ?? ""
                let words = [String(event.at.rfc3339.prefix(19)), event.who, event.what, event.route ?? "-", detail]
                // Names are what people gave themselves.
                let line = words.joined(separator: "  ").unicodeScalars.map {
                    $0.properties.generalCategory == .control ? "·" : $0
                }
                print(String(String.UnicodeScalarView(line)))
            }
        }
        if events.isEmpty, !json { print("none") }
    }
}
