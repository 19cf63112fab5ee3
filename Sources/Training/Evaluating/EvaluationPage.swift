import Harvest
import Statistics

/// An evaluation as a page: one file that needs nothing else, in the look of the other pages.
public struct EvaluationPage {
    private let evaluation: Evaluation

    public init(_ evaluation: Evaluation) { self.evaluation = evaluation }

    public var html: String {
        let title = "Evaluation: \(evaluation.route)"
        return """
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width,initial-scale=1">
            <title>\(HTMLText.escaped(title))</title>
            <style>
            \(Self.style)
            </style>
            <main>
            <header>
            <h1>\(HTMLText.escaped("\(evaluation.route): \(evaluation.model) against \(evaluation.largeModel)"))</h1>
            <p>\(HTMLText.escaped(evaluation.subtitle)) · \(HTMLText.escaped(evaluation.thresholdLine)) · \
            \(evaluation.at.rfc3339)</p>
            </header>
            <section class="figs" aria-label="what the method promises">
            \(heads.joined(separator: "\n"))
            </section>
            \(verdict)
            <section class="sheet"><h2>If more were left to large</h2>
            \(DeferralPlot(evaluation)?.svg ?? "<p>There is nothing to draw: no answer has a reference.</p>")
            </section>
            \(table("Who agrees with whom", evaluation.agreementRows))
            \(table("What goes to large", evaluation.fallbackRows))
            \(table("Price and latency", evaluation.promiseRows))
            \(table("The scores", evaluation.curveRows))
            \(table("Labels: F1 of each", evaluation.labelRows))
            <section><h2>How to read this</h2><ul>
            \(evaluation.notes.map { "<li>\(HTMLText.escaped($0))</li>" }.joined(separator: "\n"))
            </ul></section>
            </main>
            </html>

            """
    }

    private var heads: [String] {
        let figures = evaluation.figures
        let word = evaluation.inputs.kind == .synthetic ? "synthetic" : "audited"
        var heads = [
            head(
                figures.accepted.share?.percent,
                "of accepted answers agree with \(figures.reference.name)",
                "at least \(figures.accepted.lower.percent), \(figures.accepted.of) \(word)"
            ),
            head(
                figures.smallAgainstLarge.share?.percent,
                "of all small answers agree with large",
                "at least \(figures.smallAgainstLarge.lower.percent), \(figures.smallAgainstLarge.of) \(word); "
                    + "90 % promised"
            ),
        ]
        if let price = figures.price {
            heads.append(
                head(
                    price.effective?.times,
                    "cheaper than all-large",
                    "\(price.served.dollarsEach) against \(price.large.dollarsEach) a request, \(word); a call alone "
                        + "\(price.call?.times ?? "-"), up to 40x promised"
                )
            )
        }
        if let latency = figures.latency {
            let p50 = latency.p50
            heads.append(
                head(
                    p50.ratio?.times,
                    "faster at the median",
                    "\(p50.small.estimate.milliseconds) against \(p50.large.estimate.milliseconds), \(word); "
                        + "4 to 5x promised"
                )
            )
        }
        return heads
    }

    private func head(_ figure: String?, _ what: String, _ on: String) -> String {
        let texts = [figure ?? "-", what, on].map { HTMLText.escaped($0) }
        return #"<div class="fig"><b>\#(texts[0])</b><span>\#(texts[1])</span><br><em>\#(texts[2])</em></div>"#
    }

    private var verdict: String {
        let bar = evaluation.bar
        if bar.isMet { return #"<section class="sheet good"><h2>The bar for going live is met</h2></section>"# }
        func list(_ lines: [String]) -> String {
            "<ul>\(lines.map { "<li>\(HTMLText.escaped($0))</li>" }.joined())</ul>"
        }
        return """
            <section class="sheet bad"><h2>The bar for going live is not met</h2>\(list(bar.reasons))
            <h2>What would help</h2>\(list(bar.help))</section>
            """
    }

    private func table(_ title: String, _ rows: [FigureRow]) -> String {
        if rows.isEmpty { return "" }
        let lines = rows.map { row in
            let cells = [row.value, row.bound, row.on].map { "<td>\(HTMLText.escaped($0))</td>" }.joined()
            return "<tr><th scope=\"row\">\(HTMLText.escaped(row.name))</th>\(cells)</tr>"
        }
        return "<section class=\"sheet\"><h2>\(title)</h2><table>\(lines.joined(separator: "\n"))</table></section>"
    }

    /// The names and values of the other pages' tokens.
    private static let style = """
        :root { color-scheme: light dark; --ground: #f6f6f3; --sheet: #ffffff; --line: #dedcd5; --ink: #1d1d1b;
          --soft: #66645d; --faint: #98958b; --accent: #7a3e9d; --good: #1f7a4d; --bad: #b3362b; --small: #2c6fb3 }
        @media (prefers-color-scheme: dark) { :root { --ground: #161615; --sheet: #1f1f1d; --line: #35342f;
          --ink: #ecebe6; --soft: #a5a297; --faint: #77746a; --accent: #c08be0; --good: #6fcf97; --bad: #f2877d;
          --small: #7fb4ea } }
        * { box-sizing: border-box }
        body { margin: 0; background: var(--ground); color: var(--ink); font: 14px/1.5 Inter, "Segoe UI", system-ui,
          sans-serif; font-feature-settings: "tnum" 1 }
        main { max-width: 1180px; margin: 0 auto; padding: 24px; display: grid; gap: 16px }
        h1 { font-size: 15px; margin: 0; overflow-wrap: anywhere }
        p { margin: 0; color: var(--soft) }
        h2 { font-size: 12px; font-weight: 600; color: var(--soft); margin: 0 0 8px; letter-spacing: .02em }
        .figs { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); gap: 24px }
        .fig b { display: block; font-size: 26px; font-weight: 600; letter-spacing: -.02em; line-height: 1.2 }
        .fig span { color: var(--soft) }
        .fig em { font-style: normal; color: var(--soft); font-size: 12px }
        .sheet { background: var(--sheet); border: 1px solid var(--line); border-radius: 6px; padding: 16px;
          overflow-x: auto }
        .good h2 { color: var(--good) } .bad h2 { color: var(--bad) } .bad ul { margin: 0 0 8px }
        svg { width: 100%; max-width: 860px; height: auto; display: block }
        svg text { font-size: 11px; fill: var(--soft) }
        table { width: 100%; border-collapse: collapse }
        td, th { text-align: left; padding: 5px 8px; border-bottom: 1px solid var(--line); font-weight: 400 }
        th { color: var(--soft); padding-left: 0 }
        td:nth-child(2) { text-align: right; white-space: nowrap }
        """
}
