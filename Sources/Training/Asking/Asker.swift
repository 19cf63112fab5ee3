// Puts questions to a route's models, many at a time, from a loop of its own.
//
//     ask ──► in the journal? ──► answered at once, nothing paid
//              │ no
//              ├─ the same is being asked: wait, look again
//              ▼
//             a place (Pace: calls at once, what the provider's heads and refusals allow)
//              ▼
//             the most that it can cost set aside (Purse); while others may still give back, wait
//              ▼
//             POST with `Idempotency-Key`: the question's digest ──► 429, 5xx, resets: settle, wait, once more
//              ▼
//             journal: synced ──► settled, judged, returned
//
// Nothing is asked twice, not after a kill either: what the journal lost (an answer that came in the last milliseconds)
// goes out again under the same `Idempotency-Key`, and a provider that knows those answers without a second bill.
//
// The budget is hard. An answer whose usage is not told, or a call that broke off after it was sent, counts as the most
// that it can have cost.

import Completions
import Digest
import Glibc
import HTTPClient
import JSON
import Judgment
import Loop
public import Settings

/// See the head of the file. `close()` it when its work is done.
public actor Asker: ModelAsking {
    private nonisolated let loop = Loop.start(name: "ask")
    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    public nonisolated let route: RouteSettings
    public nonisolated let purse: Purse
    nonisolated let journal: Journal
    private nonisolated let large: AskedModel?
    private nonisolated let small: AskedModel?
    private let patience: Patience

    let parser = JSONParser()
    private var client: HTTPClient?
    /// By model: a provider's limits are of each.
    private var lines: [String: Upstream] = [:]
    private var paces: [String: Pace] = [:]
    private let atOnce: Int
    /// Questions whose answers are awaited, and who waits for them too.
    private var underWay: [Digest32: [CheckedContinuation<Void, Never>]] = [:]
    /// Calls that wait until something changes: a call ends, or a provider's time comes.
    private var queue: [CheckedContinuation<Void, Never>] = []
    /// Calls that have set money aside, or are about to.
    private var paying = 0

    /// - Parameters:
    ///   - small: in place of the small model of the settings.
    ///   - atOnce: calls under way at once, for each model.
    public init(
        _ route: RouteSettings,
        purse: Purse,
        journal: Journal,
        small: ModelName? = nil,
        atOnce: Int = 16,
        patience: Patience = Patience()
    ) {
        self.route = route
        self.purse = purse
        self.journal = journal
        large = AskedModel(.large, of: route)
        self.small = AskedModel(.small, of: route, other: small)
        self.atOnce = atOnce
        self.patience = patience
    }

    /// Ends its connections and its thread. Nothing may be asked afterwards.
    public func close() {
        client?.close()
        lines = [:]
        client = nil
        loop.stop()
    }

    // MARK: Questions

    public func ask(_ request: [UInt8], as role: ModelRole, sample: Int) async throws -> AskedAnswer {
        let question = try Question(read(request), to: model(role), isFree: false, sample: sample)
        return try await answer(question)
    }

    public func ask(system: String, user: String, sample: Int) async throws -> AskedAnswer {
        let large = try model(.large)
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("model")
        writer.string(route.name)
        switch large.settings.api {
        case .chat:
            writer.name("messages")
            writer.beginArray()
            for (role, text) in [("system", system), ("user", user)] {
                writer.beginObject()
                writer.name("role")
                writer.string(role)
                writer.name("content")
                writer.string(text)
                writer.endObject()
            }
            writer.endArray()
        case .completions:
            writer.name("prompt")
            writer.string("\(system)\n\n\(user)\n\n")
        }
        writer.endObject()
        return try await answer(Question(read(writer.bytes), to: large, isFree: true, sample: sample))
    }

    /// The same question to large once more, with its answer and what is wrong with it.
    public func ask(
        again request: [UInt8],
        after refused: AskedAnswer,
        because failure: String,
        sample: Int
    ) async throws -> AskedAnswer {
        let question = try Question(
            again: read(request),
            to: model(.large),
            after: refused.text,
            because: failure,
            sample: sample
        )
        return try await answer(question)
    }

    func model(_ role: ModelRole) throws(AskFailure) -> AskedModel {
        guard let model = role == .large ? large : small else { throw .noModel(role) }
        return model
    }

    func read(_ request: [UInt8]) throws(AskFailure) -> CompletionRequest {
        do throws(InvalidRequest) {
            return try CompletionRequest.read(request, dialect: Self.dialect(of: request, parser), parser: parser)
        } catch {
            throw .unaskable(error)
        }
    }

    private static func dialect(of request: [UInt8], _ parser: JSONParser) -> Dialect {
        let root = try? parser.parse(request, integers: .any)
        return root?["messages"] == nil ? .completions : .chat
    }

    // MARK: One question

    private func answer(_ question: Question) async throws(AskFailure) -> AskedAnswer {
        while true {
            if let paid = journal.answer(to: question.key) { return try remembered(paid, question) }
            guard underWay[question.key] != nil else { break }
            await withCheckedContinuation { waiter in
                // Others may have run since the look above: a turn of the loop lies between (`waitForChange`).
                guard underWay[question.key] != nil else { return waiter.resume() }
                underWay[question.key]?.append(waiter)
            }
        }
        underWay[question.key] = []
        defer { for other in underWay.removeValue(forKey: question.key) ?? [] { other.resume() } }
        return try await pay(question)
    }

    private func remembered(_ paid: PaidAnswer, _ question: Question) throws(AskFailure) -> AskedAnswer {
        do throws(MalformedAnswer) {
            let answer = try CompletionAnswer.read(paid.body, dialect: question.model.settings.api, parser: parser)
            return asked(question, answer, paid, isRemembered: true)
        } catch {
            throw .journal("an answer in it cannot be read: \(error)")
        }
    }

    private func asked(_ question: Question, _ answer: CompletionAnswer, _ paid: PaidAnswer, isRemembered: Bool)
        -> AskedAnswer
    {
        AskedAnswer(
            answer: answer,
            verdict: question.judge.judge(answer, context: question.context),
            model: question.model.name,
            prompt: question.prompt,
            cost: paid.cost,
            milliseconds: paid.milliseconds,
            isRemembered: isRemembered
        )
    }

    private func pay(_ question: Question) async throws(AskFailure) -> AskedAnswer {
        var attempt = 1
        while true {
            await enter(question)
            let finding: Finding
            do throws(AskFailure) {
                if Task.isCancelled { throw .unavailable("nobody needs the answer any more") }
                try await setAside(question.most)
                finding = await call(question)
            } catch {
                paces[question.model.line]?.giveBack(tokens: question.likelyPromptTokens)
                wake()
                throw error
            }
            switch finding {
            case .answered(let answer, let milliseconds):
                let cost = question.model.cost(of: answer.usage)
                let paid = PaidAnswer(
                    model: question.model.name,
                    cost: cost,
                    milliseconds: milliseconds,
                    body: answer.raw
                )
                await settle(question.most, cost: cost ?? question.most)
                try await journal.keep(paid, for: question.key)
                return asked(question, answer, paid, isRemembered: false)
            case .refused(let status, let message):
                await settle(question.most, cost: 0)
                throw .refused(status: status, message: message)
            case .failed(let why, let wait, let mayCost):
                await settle(question.most, cost: mayCost ? question.most : 0)
                attempt += 1
                guard attempt <= patience.attempts else { throw .unavailable("\(why) (after \(attempt - 1) attempts)") }
                if let wait, wait > patience.longestWait {
                    throw .unavailable("\(why); the provider wants to be asked again in \(wait.inWords)")
                }
                // The pace has the provider's own time, for all calls.
                await pause(wait ?? patience.wait(before: attempt))
            }
        }
    }

    private func call(_ question: Question) async -> Finding {
        let outcome: Reception.Outcome
        do {
            let line = try line(to: question.model)
            let call = UpstreamCall(
                path: question.model.path,
                body: question.body,
                headers: ["Idempotency-Key: \(question.key.hex)"],
                isStream: false,
                keepsFields: true,
                timeouts: question.model.timeouts
            )
            outcome = await withCheckedContinuation { continuation in
                _ = line.stream(call, into: Reception(continuation))
            }
        } catch {
            leave(question, nil, retryAfter: nil)
            return .failed("libcurl cannot be set up", wait: nil, mayCost: false)
        }
        let finding = Finding(outcome, dialect: question.model.settings.api, parser: parser, now: time(nil))
        var retryAfter: Duration?
        if case .failed(_, let wait, _) = finding { retryAfter = wait }
        leave(question, outcome.head, retryAfter: retryAfter)
        return finding
    }

    private func line(to model: AskedModel) throws -> Upstream {
        if let line = lines[model.line] { return line }
        let client = try client ?? HTTPClient(on: loop)
        self.client = client
        let line = client.upstream(model.endpoint, admission: Admission(maxInFlight: atOnce, queue: 0))
        lines[model.line] = line
        return line
    }

    // MARK: Places and money

    private func enter(_ question: Question) async {
        let line = question.model.line
        while true {
            let now = MonotonicTime.now()
            var pace = paces[line] ?? Pace(most: min(atOnce, question.model.settings.maxInFlight))
            let opens = pace.wait(tokens: question.likelyPromptTokens, at: now)
            if opens == nil { pace.begin(tokens: question.likelyPromptTokens) }
            paces[line] = pace
            guard let opens else { return }
            if opens == Pace.whenOneEnds {
                await waitForChange { self.paces[line]?.isFull ?? false }
            } else {
                await pause(opens - now)
            }
        }
    }

    private func leave(_ question: Question, _ head: UpstreamHead?, retryAfter: Duration?) {
        paces[question.model.line]?.end(
            head,
            tokens: question.likelyPromptTokens,
            retryAfter: retryAfter,
            at: .now()
        )
        wake()
    }

    /// Waits for the next `wake`.
    /// - Parameter isNeeded: looked at once more. An `await` may give the loop away even where nothing has to be waited
    ///   for,
    ///   and whoever would have woken us may have done so by the time we wait.
    private func waitForChange(while isNeeded: () -> Bool) async {
        await withCheckedContinuation { waiter in
            guard isNeeded() else { return waiter.resume() }
            queue.append(waiter)
        }
    }

    private func wake() {
        let present = queue
        queue = []
        for continuation in present { continuation.resume() }
    }

    /// What others under way do not use comes back: only where nobody can give any more the budget is at its end.
    /// Whoever finds that wakes the others, who find it too.
    private func setAside(_ most: Double) async throws(AskFailure) {
        while true {
            paying += 1
            do throws(OverBudget) {
                try await purse.setAside(most)
                return
            } catch {
                paying -= 1
                guard paying > 0 else { throw .overBudget(error) }
                await waitForChange { self.paying > 0 }
            }
        }
    }

    private func settle(_ most: Double, cost: Double) async {
        await purse.settle(most, cost: cost)
        paying -= 1
        wake()
    }

    private func pause(_ duration: Duration) async { await Pause(on: loop).wait(duration) }
}

extension Duration {
    fileprivate var inWords: String { "\(Int((milliseconds / 1000).rounded(.up))) s" }
}
