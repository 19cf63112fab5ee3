/// The deferral curve as SVG: how many answers are right as more is left to large, the least sure first.
struct DeferralPlot {
    private let curve: CurveFigures
    private let now: (deferred: Double, quality: Double)?
    private let reference: String

    private let left = 52.0
    private let right = 588.0
    private let top = 20.0
    private let bottom = 206.0

    init?(_ evaluation: Evaluation) {
        guard let curve = evaluation.figures.curve else { return nil }
        self.curve = curve
        reference = evaluation.figures.reference.name
        if let fallback = evaluation.figures.fallback.share, let served = evaluation.figures.served.share {
            now = (fallback, served)
        } else {
            now = nil
        }
    }

    /// The least quality that the plot shows: a whole twentieth below the lowest point.
    private var least: Double {
        let lowest = min(curve.points.map(\.quality).min() ?? 0, now?.quality ?? 1, Bar.least)
        return max(0, ((lowest - 0.01) * 20).rounded(.down) / 20)
    }

    private func x(_ deferred: Double) -> String { (left + deferred * (right - left)).fixed(1) }
    private func y(_ quality: Double) -> String {
        (bottom - (quality - least) / (1 - least) * (bottom - top)).fixed(1)
    }

    var svg: String {
        let points = curve.points
        let line = points.map { "\(x($0.deferred)) \(y($0.quality))" }.joined(separator: " ")
        var parts = [
            #"<svg viewBox="0 0 600 262" role="img" aria-label="share of right answers by share left to large">"#
        ]
        for step in 0...4 {
            let quality = least + (1 - least) * Double(step) / 4
            parts.append(#"<path d="M\#(x(0)) \#(y(quality))H\#(x(1))" stroke="var(--line)"/>"#)
            parts.append(text(x(0), y(quality), "\((quality * 100).fixed(0)) %", anchor: "end", dx: -6, dy: 4))
            let deferred = Double(step) / 4
            parts.append(text(x(deferred), "\(bottom)", "\((deferred * 100).fixed(0)) %", anchor: "middle", dy: 18))
        }
        parts.append(#"<path d="M\#(x(0)) \#(y(Bar.least))H\#(x(1))" stroke="var(--good)" stroke-dasharray="4 4"/>"#)
        if let first = points.first, let last = points.last {
            let random = "M\(x(first.deferred)) \(y(first.quality))L\(x(last.deferred)) \(y(last.quality))"
            parts.append(#"<path d="\#(random)" fill="none" stroke="var(--faint)" stroke-dasharray="2 4"/>"#)
        }
        parts.append(#"<polyline points="\#(line)" fill="none" stroke="var(--small)" stroke-width="2.5"/>"#)
        if let now {
            parts.append(
                #"<path d="M\#(x(now.deferred)) \#(top)V\#(bottom)" stroke="var(--accent)" stroke-width="2"/>"#
            )
            parts.append(#"<circle cx="\#(x(now.deferred))" cy="\#(y(now.quality))" r="6" fill="var(--accent)"/>"#)
            let isLeft = now.deferred < 0.6
            let words = "the threshold leaves \(now.deferred.percent) to large: \(now.quality.percent) right"
            parts.append(
                text(
                    x(now.deferred),
                    "\(bottom)",
                    words,
                    anchor: isLeft ? "start" : "end",
                    dx: isLeft ? 10 : -10,
                    dy: -10
                )
            )
        }
        let legend =
            "share left to large, the least sure first; solid: by score, dotted: drawn at random, dashed: the bar"
        parts.append(text("\(left)", "\(bottom)", legend, anchor: "start", dy: 40))
        parts.append("</svg>")
        return parts.joined(separator: "\n")
    }

    private func text(_ x: String, _ y: String, _ words: String, anchor: String, dx: Int = 0, dy: Int = 0) -> String {
        let place = #"x="\#(x)" y="\#(y)" dx="\#(dx)" dy="\#(dy)" text-anchor="\#(anchor)""#
        return "<text \(place)>\(HTMLText.escaped(words))</text>"
    }
}

/// Text that may come from anybody, in a page.
enum HTMLText {
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
