import Digest
import Harvest
import JSON
import Testing

@testable import Training

@Suite struct EvaluationInputsTests {
    private static let contract = "now"

    /// So many inputs on one side of the holdout's line.
    static func inputs(_ count: Int, heldOut: Bool, synthetic: Bool? = nil) -> [String] {
        var found: [String] = []
        var number = 0
        while found.count < count {
            let input = oddInput(number)
            let digest = Likeness.inputDigest(of: input)
            number += 1
            guard Holdout.contains(digest) == heldOut else { continue }
            if let synthetic, Holdout.containsSynthetic(digest) != synthetic { continue }
            found.append(input)
        }
        return found
    }

    private func read(
        _ store: borrowing EvaluationStore,
        trained: TrainedInputs = TrainedInputs()
    ) async throws -> EvaluationInputs {
        try await EvaluationInputs.read(
            route: "search",
            contract: Self.contract,
            largeModel: "big-one",
            trained: trained,
            from: store.store
        )
    }

    private func audited(_ inputs: [String], contract: String = contract, day: Int = 1) -> [Candidate] {
        inputs.map { .evaluated($0, contract: contract, large: "answer", day: day) }
    }

    @Test func `audited inputs of one side are measured with, those of the other are chosen on`() async throws {
        let store = try EvaluationStore()
        let (held, other) = (Self.inputs(100, heldOut: true), Self.inputs(40, heldOut: false))
        _ = try await store.store.keep(audited(held + other))
        _ = try await store.store.keep([
            .evaluated(oddInput(-1), source: .fallback, contract: Self.contract, large: "a")
        ])
        let inputs = try await read(store)
        #expect(inputs.kind == .audited)
        #expect(Set(inputs.holdout.map(\.text)) == Set(held))
        #expect(Set(inputs.tuning.map(\.text)) == Set(other))
        #expect(inputs.examples == nil)
    }

    @Test func `below a hundred a fifth of the generated ones stands in, and says so`() async throws {
        let store = try EvaluationStore()
        let held = Self.inputs(99, heldOut: true, synthetic: false)
        let fifth = Self.inputs(30, heldOut: true, synthetic: true)
        let rest = Self.inputs(50, heldOut: false)
        _ = try await store.store.keep(audited(held))
        // An audited input that was generated too is kept out of the choice.
        let made = (fifth + rest + [held[0]]).map { input in
            Candidate.evaluated(input, source: .generated, contract: Self.contract, large: "answer")
        }
        _ = try await store.store.keep(made)
        let inputs = try await read(store)
        #expect(inputs.kind == .synthetic)
        #expect(inputs.name.contains("synthetic"))
        #expect(Set(inputs.holdout.map(\.text)) == Set(fifth))
        #expect(Set(inputs.tuning.map(\.text)) == Set(rest))
    }

    @Test func `where a hundred came later than every training example, only these are measured with`() async throws {
        let store = try EvaluationStore()
        let held = Self.inputs(210, heldOut: true)
        _ = try await store.store.keep(
            audited(Array(held.prefix(110)), day: 1) + audited(Array(held.suffix(100)), day: 3)
        )
        var trained = TrainedInputs()
        trained.count = 1
        trained.add(.evaluated("something else", contract: Self.contract, large: "a", day: 2))
        let inputs = try await read(store, trained: trained)
        #expect(inputs.kind == .auditedLater)
        #expect(Set(inputs.holdout.map(\.text)) == Set(held.suffix(100)))
        #expect(inputs.examples == 1)
        trained.add(.evaluated("something else", contract: Self.contract, large: "a", day: 4))
        let all = try await read(store, trained: trained)
        #expect(all.kind == .audited)
        #expect(all.holdout.count == 210)
        // The newest first.
        #expect(Set(all.holdout.prefix(100).map(\.text)) == Set(held.suffix(100)))
    }

    @Test func `what a version was trained on, or something near to it, says nothing`() async throws {
        let store = try EvaluationStore()
        let (held, other) = (Self.inputs(120, heldOut: true), Self.inputs(40, heldOut: false))
        _ = try await store.store.keep(audited(held + other))
        var trained = TrainedInputs()
        trained.add(.evaluated(held[0].uppercased() + "!", contract: "before", large: "a"))
        trained.add(.evaluated("please " + held[1], contract: "before", large: "a"))
        trained.add(.evaluated(other[0], contract: "before", large: "a"))
        let inputs = try await read(store, trained: trained)
        #expect(Set(inputs.holdout.map(\.text)) == Set(held.dropFirst(2)))
        #expect(inputs.trainedOn == 2)
        #expect(Set(inputs.tuning.map(\.text)) == Set(other.dropFirst()))
    }

    @Test func `an answer to another contract, or of another model, is none`() async throws {
        let store = try EvaluationStore()
        let held = Self.inputs(103, heldOut: true)
        _ = try await store.store.keep(audited(Array(held.dropFirst(3)), day: 1))
        // The same input of both contracts: the answer to the one in force stands, though it is older.
        _ = try await store.store.keep(audited([held[0], held[3]], contract: "before", day: 2))
        _ = try await store.store.keep([.evaluated(held[1], contract: Self.contract, large: "a", model: "another")])
        var cut = Candidate.evaluated(held[2], contract: Self.contract, large: "a")
        cut.large?.cut = true
        _ = try await store.store.keep([cut])
        let inputs = try await read(store)
        let kept = Dictionary(uniqueKeysWithValues: inputs.holdout.map { ($0.text, $0.large != nil) })
        #expect(kept[held[0]] == false)
        #expect(kept[held[1]] == false)
        #expect(kept[held[2]] == false)
        #expect(kept[held[3]] == true)
        #expect(inputs.holdout.count == 103)
    }

    @Test func `a label counts as blind only if no answer was seen before`() async throws {
        let store = try EvaluationStore()
        let held = Self.inputs(100, heldOut: true)
        let candidates = audited(held).sorted { $0.id.shuffle < $1.id.shuffle }
        _ = try await store.store.keep(candidates)
        let edit = Decision(.edit, completion: "right", reviewer: "ann")
        _ = try await store.store.decide(edit, on: candidates[0].id)
        // Accepted: only who has seen large's answer can do that.
        _ = try await store.store.decide(Decision(.accept, choice: .large, reviewer: "ann"), on: candidates[1].id)
        // Changed after the first decision was answered with what the models had said.
        _ = try await store.store.decide(edit, on: candidates[2].id)
        _ = try await store.store.decide(Decision(.edit, completion: "other", reviewer: "ann"), on: candidates[2].id)
        let labels = try await read(store).holdout.reduce(into: [:]) { $0[$1.id] = $1.label }
        #expect(labels[candidates[0].id] == .init(text: "right", isBlind: true))
        #expect(labels[candidates[1].id] == .init(text: "answer", isBlind: false))
        #expect(labels[candidates[2].id] == .init(text: "other", isBlind: false))
        #expect(labels.count == 3)
    }

    @Test func `labels count in the order of the draw, whatever reviewers looked at first`() async throws {
        let store = try EvaluationStore()
        let candidates = audited(Self.inputs(100, heldOut: true)).sorted { $0.id.shuffle < $1.id.shuffle }
        _ = try await store.store.keep(candidates)
        let edit = Decision(.edit, completion: "right", reviewer: "ann")
        func blind() async throws -> Set<CandidateID> {
            Set(try await read(store).holdout.filter { $0.label?.isBlind == true }.map(\.id))
        }
        // Out of turn: where the models differ.
        for index in [1, 2, 50] { _ = try await store.store.decide(edit, on: candidates[index].id) }
        #expect(try await blind().isEmpty)
        _ = try await store.store.decide(edit, on: candidates[0].id)
        #expect(try await blind() == Set(candidates[..<3].map(\.id)))
        // Nobody could say: it is passed over.
        _ = try await store.store.decide(Decision(.skip, reviewer: "ann"), on: candidates[3].id)
        _ = try await store.store.decide(edit, on: candidates[4].id)
        #expect(try await blind() == Set((candidates[..<3] + candidates[4...4]).map(\.id)))
    }

    @Test func `an answer that came with a given input is a label`() async throws {
        let store = try EvaluationStore()
        let fifth = Self.inputs(1, heldOut: true, synthetic: true)
        let given = Candidate.evaluated(
            fifth[0],
            source: .imported,
            contract: Self.contract,
            large: "given",
            model: "imported"
        )
        _ = try await store.store.keep([given])
        let item = try #require(try await read(store).holdout.first)
        #expect(item.label == .init(text: "given", isBlind: true))
        #expect(item.large == nil)
    }

    @Test func `lines for training are seen, lines for validation are not`() async throws {
        let store = try EvaluationStore()
        let candidates = audited([oddInput(1), oddInput(2)])
        _ = try await store.store.keep(candidates)
        let set = DataSet(
            id: "set",
            madeAt: .now(),
            format: .chat,
            route: "search",
            contracts: ["search": Self.contract],
            files: zip([Export.Part.train, .validation], candidates).map { part, candidate in
                DataSet.File(
                    part: part,
                    path: nil,
                    sha256: Digest32(),
                    lines: [.init(candidate: candidate.id, digest: "0")]
                )
            }
        )
        _ = try await store.store.put(
            kind: DataSet.kind,
            id: "set",
            route: "search",
            json: set.encode(),
            replacing: 0
        )
        let trained = try await TrainedInputs.read("set", from: store.store)
        #expect(trained.count == 1)
        #expect(trained.seen.contains(near: oddInput(1)))
        #expect(!trained.seen.contains(near: oddInput(2)))
        #expect(try await TrainedInputs.read("another", from: store.store).count == nil)
    }
}
