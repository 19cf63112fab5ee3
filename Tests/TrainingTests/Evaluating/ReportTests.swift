import Harvest
import JSON
import Settings
import Testing

@testable import Training

@Suite struct ReportTests {
    private func evaluation(
        _ items: [MeasuredItem] = FiguresTests.items,
        model: String = "ft-small",
        kind: EvaluationInputs.Kind = .audited,
        looks: Int = 1
    ) -> Evaluation {
        let figures = FiguresTests.figures(items)
        let inputs = EvaluationInputs(kind: kind, holdout: [], tuning: [], trainedOn: 3, examples: 7)
        return Evaluation(
            id: "search/ft-small/1",
            route: "search",
            environment: "production",
            model: model,
            contract: "c",
            largeModel: "big-one",
            at: WallTime(milliseconds: 0),
            compare: "exact",
            inputs: inputs,
            looks: looks,
            figures: figures,
            inService: nil,
            require: .accepted,
            bar: Bar(figures, require: .accepted, isStale: false, items: inputs.name),
            cost: 0.5
        )
    }

    @Test func `the table has each figure with its bound and what it was counted on`() {
        let text = EvaluationTable(evaluation(looks: 2)).text
        #expect(text.contains("10 audited inputs, look 2 at these inputs"))
        let lines = text.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
        #expect(lines.contains("accepted against large 80.0 % at least 34.3 % 4 of 5"))
        #expect(lines.contains("served against large 88.9 % at least 57.1 % 8 of 9"))
        #expect(lines.contains { $0.hasPrefix("left to large (fallback) 40.0 % at most") })
        #expect(text.contains("the bar for going live is not met:"))
        #expect(text.contains("3 inputs are left out"))
        #expect(!text.contains("synthetic"))
    }

    @Test func `whatever is made from invented inputs says so, in every form`() {
        let made = evaluation(kind: .synthetic)
        #expect(EvaluationTable(made).lines[1].contains("synthetic"))
        let page = EvaluationPage(made).html
        for part in page.split(separator: "<div class=\"fig\">").dropFirst() { #expect(part.contains("synthetic")) }
        #expect(made.json["evaluated_on"]?.string == "synthetic")
        #expect(made.json["holdout"]?["kind"]?.string == "synthetic")
    }

    @Test func `the page is one file that asks for nothing, and shows names as text`() {
        let page = EvaluationPage(evaluation(model: #"<script src="http://x">&'"#)).html
        #expect(!page.contains("<script"))
        #expect(page.contains("&lt;script src=&quot;http://x&quot;&gt;&amp;&#39;"))
        for word in ["src=\"", "href=", "@import", "url("] { #expect(!page.contains(word)) }
        #expect(page.contains("<svg viewBox"))
        #expect(page.contains("<polyline"))
    }

    @Test func `the plot draws every point inside its frame`() throws {
        let plot = try #require(DeferralPlot(evaluation())).svg
        let line = try #require(plot.split(separator: "points=\"").dropFirst().first?.split(separator: "\"").first)
        let numbers = line.split(separator: " ").compactMap { Double($0) }
        #expect(numbers.count == 18)
        for (place, number) in numbers.enumerated() {
            #expect(place % 2 == 0 ? (52...588).contains(number) : (20...206).contains(number))
        }
    }

    @Test func `the summary has the names that programs read`() {
        let names = evaluation().summary.map(\.0)
        let wanted = [
            "model", "examples", "similarity", "similarity_low", "accepted", "accepted_low", "served", "fallback",
            "price_ratio", "latency_ratio", "evaluated_on", "looks", "cost",
        ]
        #expect(names == wanted)
        #expect(evaluation().json["similarity"]?.double == 5.0 / 9)
    }
}
