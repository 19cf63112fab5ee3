import Completions
import Digest
import Glibc
import Harvest
import JSON
import Judgment
import Settings
import Synchronization

@testable import Training

/// Draws that are the same in every run.
struct Draws {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> Double {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return Double((z ^ z >> 31) >> 11) / 0x1p53
    }
}

extension MeasuredItem {
    /// - Parameter agrees: nil: large's answer is no reference.
    static func sample(
        _ number: Int,
        score: Double? = -0.1,
        passes: Bool = true,
        agrees: Bool? = true,
        withItself: Bool? = true
    ) -> MeasuredItem {
        MeasuredItem(
            input: SHA256.digest(of: "\(number)"),
            small: MeasuredSmall(
                text: "small \(number)",
                passes: passes,
                score: score,
                call: MeasuredCall(cost: 0.001, promptTokens: 10, completionTokens: 5, milliseconds: 100)
            ),
            reference: agrees == nil ? nil : "large \(number)",
            large: MeasuredCall(cost: 0.01, promptTokens: 90, completionTokens: 10, milliseconds: 450),
            largeAgreesWithItself: agrees == nil ? nil : withItself,
            agreesWithLarge: agrees
        )
    }
}

/// An input unlike any other.
func oddInput(_ number: Int) -> String { SHA256.digest(of: "input \(number)").hex(digits: 40) }

/// Settings of one route, `search`.
func evaluationRoute(_ more: String = "", threshold: String = "-1") throws -> RouteSettings {
    let yaml = """
        models:
          small: { base_url: 'http://127.0.0.1:1/v1', api: chat, model: ft-small, price: { input: 1, output: 1 } }
          large: { base_url: 'http://127.0.0.1:1/v1', api: chat, model: big-one, price: { input: 10, output: 30 } }
        routes:
          search:
            small: small
            large: large
            checks: [finished, { max_chars: 60 }]
            confidence: { score: min_logprob, threshold: \(threshold) }
            \(more)
        """
    let settings = try GatewaySettings.load(text: yaml, file: "understudy.yaml", environment: [:])
    guard let route = settings.routes["search"] else { preconditionFailure("the route is there") }
    return route
}

extension Candidate {
    static func evaluated(
        _ input: String,
        source: Source = .audit,
        contract: String,
        large: String?,
        model: String = "big-one",
        day: Int = 1,
        status: Status = .new,
        completion: String? = nil
    ) -> Candidate {
        let request = JSONTree.members([
            ("model", .string("search")),
            ("messages", .array([.members([("role", .string("user")), ("content", .string(input))])])),
        ])
        return Candidate(
            requestID: "r",
            createdAt: WallTime(milliseconds: 1_795_000_000_000 + Int64(day) * 86_400_000),
            route: "search",
            environment: "production",
            contract: contract,
            version: "v",
            source: source,
            reason: "accept",
            request: request.encode(),
            large: large.map {
                Answer(model: model, choices: Self.choices($0), milliseconds: 400)
            },
            status: status,
            completion: completion
        )
    }

    static func choices(_ text: String) -> [UInt8] {
        JSONTree.array([
            .members([
                ("index", .int(0)), ("finish_reason", .string("stop")),
                ("message", .members([("role", .string("assistant")), ("content", .string(text))])),
            ])
        ]).encode()
    }
}

/// Models that answer out of a table, as the asker would hand their answers on.
final class TableModels: ModelAsking {
    struct Said: Sendable {
        var text: String
        var logprob: Double = -0.1
        var cost: Double? = 0.001
        var milliseconds: Double = 100
    }

    private let route: RouteSettings
    private let answer: @Sendable (_ input: String, _ role: ModelRole, _ sample: Int) throws -> Said
    let calls = Mutex(0)

    init(
        _ route: RouteSettings,
        _ answer: @escaping @Sendable (_ input: String, _ role: ModelRole, _ sample: Int) throws -> Said
    ) {
        self.route = route
        self.answer = answer
    }

    func ask(_ request: [UInt8], as role: ModelRole, sample: Int) async throws -> AskedAnswer {
        calls.withLock { $0 += 1 }
        let content = try JSONTree.parse(request)["messages"]?[0]?["content"]?.string ?? ""
        let said = try answer(content, role, sample)
        let answer = CompletionAnswer(
            dialect: .chat,
            choices: [Choice(text: Array(said.text.utf8), logprobs: TokenLogprobs([(said.text, said.logprob)]))],
            usage: Usage(promptTokens: 10, completionTokens: 5, totalTokens: 15)
        )
        let judge = role == .small ? route.judge : Judge(checks: route.judge.checks)
        return AskedAnswer(
            answer: answer,
            verdict: judge.judge(answer, context: JudgingContext(clientSpeaksChat: true)),
            model: role == .small ? "ft-small" : "big-one",
            cost: said.cost,
            milliseconds: said.milliseconds
        )
    }

    func ask(system: String, user: String, sample: Int) async throws -> AskedAnswer {
        try await ask(
            JSONTree.members([("messages", .array([.members([("content", .string(user))])]))]).encode(),
            as: .large,
            sample: sample
        )
    }
}

/// A store in a folder of its own, which goes with it.
struct EvaluationStore: ~Copyable {
    let store: any Store
    let path: String

    init() throws {
        var template = Array("/tmp/understudy-evaluate-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "no temporary directory: \(String(cString: strerror(errno)))")
        path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        store = try KnownStores.open("sqlite:\(path)/store.db")
    }

    deinit {
        for name in ["store.db", "store.db-wal", "store.db-shm", "asked.jsonl"] { unlink("\(path)/\(name)") }
        rmdir(path)
    }
}
