import Harvest
import JSON

/// Candidates for a person at a terminal, a row each.
struct CandidateTable {
    private let rows: [[String]]
    private static let head = ["time", "route", "reason", "status", "score", "asked", "small", "large"]
    private static let widths = [19, 14, 20, 8, 8, 40, 32, 40]

    init(_ candidates: [Candidate]) {
        rows = candidates.map { candidate in
            [
                String(candidate.createdAt.rfc3339.prefix(19)),
                candidate.route,
                candidate.reason,
                candidate.status.rawValue,
                candidate.score.map(Self.rounded) ?? "-",
                Self.question(candidate),
                candidate.small.map(Self.text) ?? "-",
                candidate.large.map(Self.text) ?? "-",
            ]
        }
    }

    func print() {
        for row in [Self.head] + rows {
            let cells = zip(row, Self.widths).map { Self.fitted($0, $1) }
            var line = cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            Swift.print(line)
        }
        if rows.isEmpty { Swift.print("none") }
    }

    /// The last message of the user, or the prompt.
    private static func question(_ candidate: Candidate) -> String {
        guard let request = try? JSONTree.parse(candidate.request) else { return "" }
        if let prompt = request["prompt"]?.string { return prompt }
        let user = request["messages"]?.array?.last { $0["role"]?.string == "user" }
        return user?["content"]?.string ?? "(not text)"
    }

    private static func text(_ answer: Candidate.Answer) -> String {
        guard let first = try? JSONTree.parse(answer.choices)[0] else { return "" }
        return first["text"]?.string ?? first["message"]?["content"]?.string ?? "(not text)"
    }

    private static func rounded(_ score: Double) -> String {
        String((score * 1000).rounded() / 1000)
    }

    /// Cut or filled to `width`; control characters are shown as dots, since models write them.
    private static func fitted(_ text: String, _ width: Int) -> String {
        let shown = text.map { character -> Character in
            character.unicodeScalars.contains { $0.value < 32 || (127..<160).contains($0.value) } ? "·" : character
        }
        let cut = shown.count > width ? Array(shown.prefix(width - 1)) + ["…"] : shown
        return String(cut) + String(repeating: " ", count: width - cut.count)
    }
}
