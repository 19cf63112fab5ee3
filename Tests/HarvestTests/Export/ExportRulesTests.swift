import Digest
import JSON
import Testing

@testable import Harvest

/// What a data set is made by beyond a plain export: whose word counts more, who may supply how much, what has to come
/// again, and a part that grows.
@Suite struct ExportRulesTests {
    private func sample(_ input: String, _ change: (inout Candidate) -> Void) -> Candidate {
        var candidate = Candidate.sample(input: input, large: input)
        change(&candidate)
        return candidate
    }

    @Test func `a reviewed answer stands before a client's, and a client's before a generated one`() {
        let reviewed = sample("q") {
            $0.status = .edited; $0.completion = "reviewed"
        }
        let traffic = sample("q") { $0.source = .fallback }
        let newer = Candidate.sample(input: "q", large: "another")
        var generated = newer
        generated.source = .generated
        // The generated one is the newest each time: age does not decide.
        let all = export([reviewed, traffic, generated])
        #expect(all.examples.map(\.id) == [reviewed.id])
        #expect(all.leftOut == [.overruled: 2])
        let unreviewed = export([traffic, generated])
        #expect(unreviewed.examples.map(\.id) == [traffic.id])
        #expect(unreviewed.leftOut == [.outranked: 1])
        #expect(export([traffic, newer]).leftOut == [.older: 1])
    }

    @Test func `while there are few audits a fifth of the generated and given inputs is held out, traffic is not`() {
        let asked = questions(500, seed: 21)
        for source in [Candidate.Source.generated, .imported] {
            let made = asked.map { question in sample(question) { $0.source = source } }
            let held = made.filter { $0.isHeldOut(.synthetic) }
            #expect((70...130).contains(held.count))
            #expect(!made.contains { $0.isHeldOut(.audited) })
            // Within the half that audits are held out by.
            #expect(held.allSatisfy { Holdout.contains(Likeness.inputDigest(of: $0.input ?? "")) })
        }
        let traffic = asked.map { Candidate.sample(input: $0) }
        #expect(!traffic.contains { $0.isHeldOut(.synthetic) })
    }

    @Test func `what is near to a held out generated input is left out too, as long as it is held out`() throws {
        let question = try #require(
            questions(100, seed: 22).first { Holdout.containsSynthetic(Likeness.inputDigest(of: $0)) }
        )
        let made = sample(question) { $0.source = .generated }
        let near = Candidate.sample(input: "please " + question, large: "x")
        let other = Candidate.sample(input: "wo ist der Bahnhof", large: "dort")
        let strict = export([made, near, other], held: [made]) { $0.holdout = .synthetic }
        #expect(strict.examples.map(\.id) == [other.id])
        #expect(strict.leftOut == [.holdout: 1, .nearHoldout: 1])
        #expect(export([made, near, other], held: [made]).count == 3)
    }

    @Test func `figures are synthetic until a hundred different inputs of this contract are audited`() async throws {
        let directory = TemporaryDirectory()
        let store = try SQLStore.sqlite(path: directory.path + "/a.db")
        var edits = Questions(seed: 23)
        let held = edits.distinct(400).filter { Holdout.contains(Likeness.inputDigest(of: $0)) }.prefix(100)
        func audits(_ inputs: some Sequence<String>, contract: String) -> [Candidate] {
            inputs.map { input in
                sample(input) {
                    $0.source = .audit
                    $0.contract = contract
                }
            }
        }
        func kind() async throws -> Holdout.Kind {
            try await Holdout.kind(of: "code-search", contract: "5f2b", in: store)
        }
        _ = try await store.keep(audits(held.dropLast(), contract: "5f2b"))
        // The same one again, and one of another contract.
        _ = try await store.keep(audits([held[0].uppercased()], contract: "5f2b"))
        _ = try await store.keep(audits([held[99]], contract: "0000"))
        #expect(try await kind() == .synthetic)
        _ = try await store.keep(audits([held[99]], contract: "5f2b"))
        #expect(try await kind() == .audited)
        await store.close()
    }

    @Test func `no client supplies more than a quarter of what nobody reviewed`() {
        let asked = questions(200, seed: 24)
        func made(_ range: Range<Int>, _ client: String?, _ status: Candidate.Status = .new) -> [Candidate] {
            asked[range].map { question in
                sample(question) {
                    $0.client = client
                    $0.status = status
                }
            }
        }
        let many = made(0..<120, "loud")
        let rest = made(120..<150, "a") + made(150..<160, nil) + made(160..<180, "loud", .accepted)
        let capped = export(many + rest) { $0.mostOfOneClient = 0.25 }
        let unreviewed = capped.examples.filter { !$0.isReviewed }
        let loud = unreviewed.count { $0.client == "loud" }
        #expect(loud > 0)
        for client in ["loud", "a"] {
            #expect(4 * unreviewed.count { $0.client == client } <= unreviewed.count)
        }
        #expect(capped.leftOut[.oneClient] == 150 - unreviewed.count { $0.client != nil })
        // What was reviewed counts for nobody, and stays.
        #expect(capped.reviewedCount == 20)
        // One key alone is all the traffic there is.
        #expect(export(many) { $0.mostOfOneClient = 0.25 }.count == 120)
        #expect(export(many + rest).count == 180)
    }

    @Test func `a share is what is left after it was taken, and never less than the smallest client has`() {
        #expect(ClientShares.most([1000, 100, 100, 100], others: 0, share: 0.25) == 100)
        #expect(ClientShares.most([100, 100, 100, 100], others: 0, share: 0.25) == 100)
        #expect(ClientShares.most([500, 50], others: 1000, share: 0.25) == 350)
        #expect(ClientShares.most([900, 100], others: 0, share: 0.25) == 100)
        #expect(ClientShares.most([10, 20, 30], others: 1000, share: 0.25) == 30)
        for seed in 1...200 {
            let counts = (0..<(4 + seed % 5)).map { ($0 * seed * 7919) % 97 + 1 }
            let most = ClientShares.most(counts, others: seed % 13, share: 0.25)
            func holds(_ most: Int) -> Bool {
                let all = counts.reduce(seed % 13) { $0 + min($1, most) }
                return 4 * (counts.map { min($0, most) }.max() ?? 0) <= all
            }
            #expect(holds(most))
            #expect(most == counts.max() || !holds(most + 1))
        }
    }

    @Test func `where answers have to come again, a model's word that did not is left out, a person's stays`() {
        let came = sample("one") { $0.source = .generated }
        let went = sample("another question") { $0.source = .fallback }
        let reviewed = sample("wo ist der Bahnhof") { $0.status = .accepted }
        let given = sample("quo vadis") { $0.source = .imported }
        let all = [came, went, reviewed, given]
        #expect(export(all).unvouched == [came.id, went.id])
        let strict = export(all) { $0.repeated = [came.id] }
        #expect(Set(strict.examples.map(\.id)) == [came.id, reviewed.id, given.id])
        #expect(strict.leftOut == [.unrepeated: 1])
    }

    @Test func `a larger part has the lines of a smaller one among its own, and the same validation file`() {
        let asked = questions(200, seed: 25).map { Candidate.sample(input: $0, large: $0) }
        func part(_ most: Int?) -> Export {
            export(asked) {
                $0.validation = 0.2
                $0.most = most
            }
        }
        let (small, large, all) = (part(20), part(80), part(nil))
        #expect(small.count(.train) == 20)
        #expect(large.count(.train) == 80)
        #expect(Set(small.lines()).isSubset(of: large.lines()))
        #expect(Set(large.lines()).isSubset(of: all.lines()))
        #expect(small.lines(.validation) == all.lines(.validation))
        // Drawn over all of them, not the oldest.
        #expect(Set(small.lines()) != Set(all.lines().prefix(20)))
        #expect(small.leftOut[.beyond] == all.count(.train) - 20)
    }
}
