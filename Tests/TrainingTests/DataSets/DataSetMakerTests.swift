import Completions
import Digest
import Glibc
import Harvest
import JSON
import Judgment
import Loop
import Settings
import Testing

@testable import Training

/// One rule each.
@Suite(.timeLimit(.minutes(1))) struct DataSetMakerTests {
    private struct Bench {
        let folder = TrainingFolder()
        let store: any Store
        let route: RouteSettings

        init(_ keys: String = "kind: format", use: String = "all") throws {
            store = try KnownStores.open("sqlite:\(folder.path)/a.db")
            let training =
                "training: { trainer: openai, base_url: \"http://127.0.0.1:3/v1\", base: gpt-4o-mini, use: \(use) }"
            route = try #require(try settings("\(keys), \(training)").routes["r"])
        }

        var maker: DataSetMaker {
            get throws {
                DataSetMaker(
                    route: route,
                    training: try #require(route.training),
                    store: store,
                    directory: folder.path + "/training/r",
                    by: "test"
                )
            }
        }

        /// Candidates of the contract in force.
        func keep(_ candidates: [Candidate]) async throws {
            _ = try await store.keep(
                candidates.map { candidate in
                    var candidate = candidate
                    candidate.contract = route.contract
                    return candidate
                }
            )
        }

        func plan(most: Int? = nil) async throws -> DataSetPlan { try await maker.plan(most: most) }
    }

    /// So many that have nothing to do with each other.
    private func questions(_ count: Int, _ change: (Int, inout Candidate) -> Void = { _, _ in }) -> [Candidate] {
        (0..<count).map { number in
            let digest = SHA256.digest(of: "question \(number)").hex
            var candidate = Candidate.example("\(digest.prefix(40)) \(number)", "answer \(number)")
            change(number, &candidate)
            return candidate
        }
    }

    @Test func `what large failed at, broke off, refused or was sent by a rule is not trained on unreviewed`()
        async throws
    {
        let bench = try Bench()
        let all = questions(20) { number, candidate in
            switch number {
            case 0: candidate.untrainable = "format.json"
            case 1: candidate.large?.cut = true
            case 2:
                candidate.large?.choices = Array(
                    #"[{"index":0,"message":{"role":"assistant","content":"so far"},"finish_reason":"length"}]"#.utf8
                )
            case 3:
                candidate.large?.choices = Array(
                    #"[{"index":0,"message":{"role":"assistant","content":"no"},"finish_reason":"content_filter"}]"#
                        .utf8
                )
            case 4:
                candidate.large?.choices = Array(
                    #"[{"index":0,"message":{"role":"assistant","content":null,"refusal":"no"},"finish_reason":"stop"}]"#
                        .utf8
                )
            case 5: candidate.reason = "rule"
            case 6: candidate.reason = "client"
            case 7: candidate.reason = "too_long"
            default: break
            }
        }
        try await bench.keep(all)
        let plan = try await bench.plan()
        #expect(plan.export.count == 12)
        #expect(plan.export.leftOut == [.untrainable: 1, .unfinished: 3, .refusal: 1, .untaught: 3])
        // A person's word is another matter.
        _ = try await bench.store.decide(Decision(.edit, completion: "better", reviewer: "a"), on: all[0].id)
        _ = try await bench.store.decide(Decision(.accept, reviewer: "a"), on: all[5].id)
        #expect(try await bench.plan().export.count == 14)
    }

    @Test func `use reviewed takes what was reviewed`() async throws {
        let bench = try Bench(use: "reviewed")
        let all = questions(30)
        try await bench.keep(all)
        for candidate in all.prefix(12) {
            _ = try await bench.store.decide(Decision(.accept, reviewer: "a"), on: candidate.id)
        }
        _ = try await bench.store.decide(Decision(.reject, reviewer: "a"), on: all[20].id)
        let plan = try await bench.plan()
        #expect(plan.export.count == 12)
        #expect(plan.obstacles.isEmpty)
    }

    @Test func `an older contract's answers are left out`() async throws {
        let bench = try Bench()
        try await bench.keep(questions(11))
        _ = try await bench.store.keep([.example("something old", "old", contract: "0000")])
        let plan = try await bench.plan()
        #expect(plan.export.count == 11)
        #expect(plan.export.leftOut == [.otherContract: 1])
    }

    @Test func `with fifty reviewed, use all is refused while large is not known to be right`() async throws {
        func plan(reviewed: Int, wrong: Int, use: String = "all") async throws -> DataSetPlan {
            let bench = try Bench(use: use)
            let all = questions(reviewed)
            try await bench.keep(all)
            for (number, candidate) in all.enumerated() {
                let decision =
                    number >= wrong
                    ? Decision(.accept, reviewer: "a")
                    : number % 2 == 0
                        ? Decision(.reject, reviewer: "a") : Decision(.edit, completion: "x", reviewer: "a")
                _ = try await bench.store.decide(decision, on: candidate.id)
            }
            return try await bench.plan()
        }
        // 49 of 50 proves 90.9 %, 46 of 50 only 82.6 % (Clopper and Pearson, 95 %).
        #expect(try await plan(reviewed: 50, wrong: 1).obstacles.isEmpty)
        let refused = try await plan(reviewed: 50, wrong: 4)
        #expect(refused.trust == LargeTrust(agreed: 46, of: 50))
        #expect(refused.obstacles.count == 1)
        #expect(refused.obstacles[0].contains("46 of 50"))
        #expect(try await plan(reviewed: 50, wrong: 4, use: "reviewed").obstacles.isEmpty)
        #expect(try await plan(reviewed: 49, wrong: 20).obstacles.isEmpty)
    }

    @Test func `an edit that says the same as large agrees with it, and copies of one decision are one`() throws {
        let comparator = try KnownComparators.make("json")
        var edited = Candidate.example("one", #"{\"a\":1,\"b\":2}"#)
        edited.status = .edited
        edited.completion = #"{ "b": 2, "a": 1 }"#
        #expect(LargeTrust([edited], comparator: comparator) == LargeTrust(agreed: 1, of: 1))
        edited.completion = #"{"a":1}"#
        #expect(LargeTrust([edited], comparator: comparator) == LargeTrust(agreed: 0, of: 1))
        let copies = (0..<5).map { number in
            var copy = Candidate.example(
                "find all the slow functions in the parser" + String(repeating: "!", count: number),
                "a"
            )
            copy.status = .accepted
            return copy
        }
        #expect(LargeTrust(copies, comparator: comparator) == LargeTrust(agreed: 1, of: 1))
    }

    @Test func `a fifth of generated inputs is held out while few are audited`() async throws {
        let bench = try Bench()
        try await bench.keep(questions(300) { $1.source = .generated })
        let plan = try await bench.plan()
        #expect(plan.holdout == .synthetic)
        #expect((35...85).contains(plan.export.leftOut[.holdout] ?? 0))
        #expect(plan.notes.contains { $0.contains("synthetic") })
    }

    @Test func `where answers have to come again, large is asked once more for what nobody reviewed`() async throws {
        for kind in ["reasoning", "dsl"] {
            let bench = try Bench("kind: \(kind)")
            let all = questions(30) { number, candidate in
                if number == 29 { candidate.source = .imported }
            }
            try await bench.keep(all)
            _ = try await bench.store.decide(Decision(.accept, reviewer: "a"), on: all[0].id)
            let plan = try await bench.plan()
            let held = plan.export.leftOut[.holdout] ?? 0
            #expect(plan.toRepeat.count == 28)
            #expect(abs((plan.repeatCost ?? 0) - 28 * 0.002) < 1e-9)
            // Each third says something else the second time.
            let asked = Repeater { number in number % 3 == 0 ? "something else" : "answer \(number)" }
            let done = try await bench.maker.repeated(plan, asking: asked) { _, _ in }
            #expect(asked.samples == Array(repeating: 1, count: 28))
            let others = (1..<29).count { $0 % 3 == 0 }
            #expect(done.export.leftOut[.unrepeated] == others)
            #expect(done.export.count == 30 - others - held)
            #expect(done.toRepeat.isEmpty)
        }
        let bench = try Bench("kind: format")
        try await bench.keep(questions(30))
        #expect(try await bench.plan().toRepeat.isEmpty)
    }

    @Test func `a data set is on the books, in files and pinned, and the same content is the same data set`()
        async throws
    {
        let bench = try Bench()
        let all = questions(250)
        try await bench.keep(all)
        let plan = try await bench.plan()
        #expect(plan.export.count(.validation) > 5)
        let dataSet = try await bench.maker.write(plan)
        let names = bench.folder.names("training/r")
        #expect(
            names
                == ["", ".manifest", ".validation"].map { "\(dataSet.id)\($0).json" + ($0 == ".manifest" ? "" : "l") }
                .sorted()
        )
        let document = try #require(try await bench.store.document(kind: DataSet.kind, id: dataSet.id))
        let known = try #require(DataSet(json: document.json))
        #expect(known == dataSet)
        #expect(known.summary?["unreviewed"]?.int == 250)
        #expect(known.summary?["holdout"]?.string == "synthetic")
        #expect(known.contracts == ["r": bench.route.contract])
        // By no age does it go.
        let keeping = Keeping(age: .seconds(1))
        let later = WallTime(milliseconds: WallTime.now().milliseconds + 1_000_000_000)
        #expect(try await bench.store.prune("r", keeping, now: later) == 0)

        // A file that somebody damaged is written again; the name stays.
        unlink(bench.folder.path + "/training/r/\(dataSet.id).jsonl")
        #expect(try await bench.maker.write(try await bench.plan()) == dataSet)
        #expect(bench.folder.names("training/r") == names)
        try await bench.keep([.example("one more question", "one more answer")])
        #expect(try await bench.maker.write(try await bench.plan()).id != dataSet.id)
    }

    @Test func `tokens and cost are told before, by the provider's price and its usual epochs`() async throws {
        let bench = try Bench()
        try await bench.keep(questions(40))
        let plan = try await bench.plan()
        // 40 examples: three epochs are 120 looks.
        #expect(plan.epochsMeant == 3)
        let bytes = plan.export.size(.train)
        #expect(plan.tokens > 0 && plan.tokens < bytes)
        let cost = try #require(plan.trainingCost)
        #expect(abs(cost - 3 * 3.0 * Double(plan.tokens) / 1_000_000) < 1e-12)
        #expect(plan.notes.contains { $0.contains("40 examples of about 200") })
        #expect(TrainingPrice.epochs(10) == 10)
        #expect(TrainingPrice.epochs(2) == 25)
        #expect(TrainingPrice.epochs(20_000) == 1)
        #expect(TrainingPrice.perMillion("gpt-4o-mini-2024-07-18") == 3)
        #expect(TrainingPrice.perMillion("gpt-4o-2024-08-06") == 25)
        #expect(TrainingPrice.perMillion("llama") == nil)
    }

    @Test func `fewer than the provider takes are refused before anything is uploaded`() async throws {
        let bench = try Bench()
        try await bench.keep(questions(9))
        let plan = try await bench.plan()
        #expect(plan.obstacles.count == 1)
        let maker = try bench.maker
        await #expect(throws: TrainingFailure.self) { try await maker.write(plan) }
        #expect(bench.folder.names("training").isEmpty)
    }
}

/// A large model that is asked again: what it says of the question with that number at its end.
private final class Repeater: ModelAsking, Sendable {
    private let says: @Sendable (Int) -> String
    private let asked = Lock<[Int]>([])
    var samples: [Int] { asked.withLock { $0 } }

    init(_ says: @escaping @Sendable (Int) -> String) { self.says = says }

    func ask(_ request: [UInt8], as role: ModelRole, sample: Int) async throws -> AskedAnswer {
        asked.withLock { $0.append(sample) }
        let input = try JSONTree.parse(request)["messages"]?[0]?["content"]?.string ?? ""
        let number = Int(input.split(separator: " ").last ?? "") ?? 0
        let body =
            #"{"choices":[{"index":0,"message":{"role":"assistant","content":"\#(says(number))"},"finish_reason":"stop"}]}"#
        let answer = try CompletionAnswer.read(Array(body.utf8), dialect: .chat, parser: JSONParser())
        let verdict = Judge(checks: [], confidence: nil, onRefusal: .answer).judge(
            answer,
            context: JudgingContext(clientSpeaksChat: true)
        )
        return AskedAnswer(answer: answer, verdict: verdict, model: "huge", cost: 0.002, milliseconds: 1)
    }

    func ask(system: String, user: String, sample: Int) async throws -> AskedAnswer { throw AskFailure.noModel(.large) }
}
