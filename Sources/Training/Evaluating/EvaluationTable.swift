/// An evaluation for a person at a terminal.
public struct EvaluationTable {
    public let lines: [String]

    public init(_ evaluation: Evaluation) {
        var lines = [
            "\(evaluation.route): \(Self.plain(evaluation.model)) against \(Self.plain(evaluation.largeModel))",
            evaluation.subtitle,
            evaluation.thresholdLine,
            "",
        ]
        for rows in [
            evaluation.agreementRows, evaluation.fallbackRows, evaluation.promiseRows, evaluation.curveRows,
            evaluation.labelRows,
        ] where !rows.isEmpty {
            lines += Self.table(rows)
            lines.append("")
        }
        lines += evaluation.notes.map { "* \($0)" }
        lines.append("")
        if evaluation.bar.isMet {
            lines.append("the bar for going live is met")
        } else {
            lines.append("the bar for going live is not met:")
            lines += evaluation.bar.reasons.map { "- \($0)" }
            lines.append("what would help:")
            lines += evaluation.bar.help.map { "- \($0)" }
        }
        self.lines = lines
    }

    public var text: String { lines.map { $0 + "\n" }.joined() }

    private static func table(_ rows: [FigureRow]) -> [String] {
        let columns = rows.map { [plain($0.name), $0.value, $0.bound, $0.on] }
        let widths = (0..<4).map { column in columns.map { $0[column].count }.max() ?? 0 }
        return columns.map { cells in
            func filled(_ column: Int) -> String { String(repeating: " ", count: widths[column] - cells[column].count) }
            let line = "\(cells[0])\(filled(0))  \(filled(1))\(cells[1])  \(cells[2])\(filled(2))  \(cells[3])"
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    /// Names and labels come from models and providers: control characters are shown as dots.
    private static func plain(_ text: String) -> String {
        String(
            text.map { character in
                character.unicodeScalars.contains { $0.value < 32 || (127..<160).contains($0.value) } ? "·" : character
            }
        )
    }
}
