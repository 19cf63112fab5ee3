import Foundation
import JSON
import Testing

@testable import Statistics

/// Our figures and those of scipy and scikit-learn, on random data.
///
/// The cases are made by `deploy/acceptance/references.py`, which `deploy/test.sh` runs; `UNDERSTUDY_STATISTICS_CASES`
/// names its file.
@Suite struct ReferenceTests {
    static let file = ProcessInfo.processInfo.environment["UNDERSTUDY_STATISTICS_CASES"]

    @Test(.enabled(if: file != nil, "UNDERSTUDY_STATISTICS_CASES names no file: skipped"))
    func `scipy and scikit-learn say the same`() throws {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: try #require(Self.file))))
        var counts: [String: Int] = [:]
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let reference = try Case(JSONTree.parse(Array(line)))
            let kind = try reference.text("kind")
            counts[kind, default: 0] += 1
            switch kind {
            case "binomial": try binomial(reference)
            case "paired": try paired(reference)
            case "labels": try labels(reference)
            case "sets": try sets(reference)
            case "deferral": try deferral(reference)
            case "quantile": try quantile(reference)
            default: Issue.record("a case of an unknown kind: \(kind)")
            }
        }
        print("scipy and scikit-learn: \(counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" })")
        #expect(counts.count == 6)
        #expect(counts.values.allSatisfy { $0 >= 100 })
    }

    private func binomial(_ reference: Case) throws {
        let (n, k, p) = try (reference.int("n"), reference.int("k"), reference.number("p"))
        let confidence = try reference.number("confidence")
        reference.expect(Binomial.atMost(k, of: n, share: p), try reference.number("at_most"), "at most")
        reference.expect(Binomial.atLeast(k, of: n, share: p), try reference.number("at_least"), "at least")
        let lower = Binomial.lowerBound(k, of: n, confidence: confidence)
        reference.expect(lower, try reference.number("lower"), "lower")
        let upper = Binomial.upperBound(k, of: n, confidence: confidence)
        reference.expect(upper, try reference.number("upper"), "upper")
    }

    private func paired(_ reference: Case) throws {
        let difference = PairedDifference(
            onlyFirst: try reference.int("first_only"),
            onlySecond: try reference.int("second_only"),
            of: try reference.int("n")
        )
        reference.expect(difference.firstIsHigher, try reference.number("first_is_higher"), "McNemar")
        reference.expect(difference.upperBound(confidence: 0.95), try reference.number("upper"), "upper")
    }

    private func labels(_ reference: Case) throws {
        let pairs = try zip(reference.texts("labels"), reference.texts("references"))
        let agreement = LabelAgreement(pairs.map { (Array($0.utf8), Array($1.utf8)) })
        reference.expect(agreement.kappa ?? .nan, try reference.number("kappa"), "kappa")
        reference.expect(agreement.macroF1, try reference.number("macro_f1"), "macro-F1")
        for (label, scores) in agreement.byLabel {
            let name = String(decoding: label, as: UTF8.self)
            let known = try #require(reference.tree["by_label"]?[name]?.array).map { try Case.number($0) }
            reference.expect(scores.precision, known[0], "precision of \(name)")
            reference.expect(scores.recall, known[1], "recall of \(name)")
            reference.expect(scores.f1, known[2], "F1 of \(name)")
            #expect(Double(scores.support) == known[3])
        }
    }

    private func sets(_ reference: Case) throws {
        let (first, second) = try (Set(reference.numbers("first")), Set(reference.numbers("second")))
        reference.expect(Similarity.jaccard(first, second), try reference.number("jaccard"), "Jaccard")
    }

    private func deferral(_ reference: Case) throws {
        let (small, large) = try (reference.numbers("small"), reference.numbers("large"))
        let items = try reference.numbers("scores").enumerated().map {
            DeferralCurve.Item(score: $1, small: small[$0], large: large[$0])
        }
        reference.expect(DeferralCurve(items)?.area ?? .nan, try reference.number("area"), "area")
    }

    private func quantile(_ reference: Case) throws {
        let bounds = try #require(
            QuantileBounds(
                try reference.numbers("values"),
                quantile: try reference.number("q"),
                confidence: 0.95
            )
        )
        reference.expect(bounds.estimate, try reference.number("estimate"), "estimate")
        for (ours, name) in [(bounds.lower, "lower"), (bounds.upper, "upper")] {
            guard case .number(let text)? = reference.tree[name] else {
                #expect(ours == nil, "\(name): \(reference.tree)")
                continue
            }
            reference.expect(ours ?? .nan, try #require(Double(String(decoding: text, as: UTF8.self))), name)
        }
    }

    /// A line of the file.
    private struct Case {
        let tree: JSONTree

        init(_ tree: JSONTree) { self.tree = tree }

        static func number(_ tree: JSONTree?) throws -> Double {
            guard case .number(let text)? = tree else { throw Missing() }
            return try #require(Double(String(decoding: text, as: UTF8.self)))
        }

        struct Missing: Error {}

        func number(_ name: String) throws -> Double { try Self.number(tree[name]) }
        func int(_ name: String) throws -> Int { Int(try number(name)) }
        func text(_ name: String) throws -> String { try #require(tree[name]?.string) }
        func numbers(_ name: String) throws -> [Double] { try #require(tree[name]?.array).map { try Self.number($0) } }
        func texts(_ name: String) throws -> [String] {
            try #require(tree[name]?.array).map { try #require($0.string) }
        }

        func expect(_ ours: Double, _ theirs: Double, _ name: String) {
            let isNear = abs(ours - theirs) <= 1e-9 * max(1e-3, abs(theirs))
            #expect(
                isNear,
                "\(name): ours \(ours), theirs \(theirs): \(String(decoding: tree.encode().prefix(200), as: UTF8.self))"
            )
        }
    }
}
