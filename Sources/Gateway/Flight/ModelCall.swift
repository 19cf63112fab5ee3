// One call of one model, from the request to the end of its answer, whole or as an event stream.
//
//     begin ──► head ──► bytes ... ──► owner.ended, once
//                          └─ of a stream: owner.grew after each event, owner.hasRead when all that came was read
//
// Calls on the loop, no task: a flight may have two calls under way, and takes what either brings as it comes. Whoever
// began the call reads `answer` while it grows, and `attempt` when it has ended.

import Completions
import HTTPClient
import HTTPServer
import JSON
import Judgment
import Loop
import Settings

/// Whoever a call is made for. Called on the loop, `ended` last, once, and never inside `begin`.
protocol ModelCallOwner: AnyObject {
    /// A streamed answer has grown by one event.
    func grew(_ call: ModelCall, by piece: AnswerPiece)
    /// All that came at once was read: what is passed on goes in one write.
    func hasRead(_ call: ModelCall)
    func ended(_ call: ModelCall, _ attempt: Attempt)
}

/// See the head of the file. Confined to its loop; held by its transfer while that is under way.
final class ModelCall {
    let model: ServedModel
    /// The body as sent.
    let sent: [UInt8]
    /// How many alternatives a token were asked for.
    let alternatives: Int
    private let parser: JSONParser
    private let started = MonotonicTime.now()
    private var owner: (any ModelCallOwner)?
    private var stream: UpstreamStream?

    private var head: UpstreamHead?
    /// Of an answer that comes whole.
    private var body: [UInt8] = []
    private let isStream: Bool
    private var streamed: StreamedAnswer?
    private let keepsChunks: Bool
    private(set) var pace = TokenPace()
    /// What is wrong with what came, where the transfer itself was in order.
    private var problem: AskProblem?

    init(_ model: ServedModel, _ draft: ModelRequest, parser: JSONParser, keepsChunks: Bool, owner: any ModelCallOwner)
    {
        self.model = model
        sent = draft.body
        isStream = draft.isStream
        alternatives = draft.alternatives
        self.parser = parser
        self.keepsChunks = keepsChunks
        self.owner = owner
    }

    func begin(over lines: Lines, forwarding headers: [String], deadline: MonotonicTime) {
        stream = lines.upstream(of: model).stream(
            UpstreamCall(
                path: model.path,
                body: sent,
                headers: headers,
                isStream: isStream,
                timeouts: model.timeouts,
                deadline: deadline
            ),
            into: self
        )
        // Its head may have come already.
        if streamed != nil { raiseLimit() }
    }

    /// Of a stream its text is measured. The events around it are some fifty times as long as a token.
    private func raiseLimit() { stream?.raiseLimit(times: 64) }

    var isUnderWay: Bool { owner != nil }
    /// Since it began.
    var elapsed: Duration { MonotonicTime.now() - started }

    /// What has come of a stream; nil before its first bytes, and for answers that come whole.
    var answer: CompletionAnswer? { streamed?.answer }

    /// Tokens of the choice at a position that have come.
    func tokens(of position: Int) -> Int { streamed?.tokens(of: position) ?? 0 }

    func pause() { stream?.pause() }
    func resume() { stream?.resume() }
    func liftDeadline() { stream?.liftDeadline() }

    /// Nobody needs the rest. The owner is not called any more.
    /// - Returns: what had come by then, marked as cut.
    @discardableResult
    func cancel() -> Attempt {
        owner = nil
        stream?.cancel()
        return cut()
    }

    /// What has come so far, as an answer that was broken off.
    func cut() -> Attempt {
        var call = Asked.Call(model: model.modelName, sentBytes: sent.count)
        call.took = MonotonicTime.now() - started
        call.firstByte = head?.firstByte ?? .zero
        call.answerBytes = pace.bytes
        call.pace = pace
        call.isCancelled = true
        let soFar = streamed?.answer ?? CompletionAnswer(dialect: model.dialect, choices: [])
        return Attempt(
            model: model,
            sent: sent,
            result: .success(soFar),
            call: call,
            alternatives: alternatives,
            cutAt: pace.count
        )
    }

    // MARK: The end

    private func end(_ result: Result<CompletionAnswer, AskProblem>, took: Duration, queued: Duration = .zero) {
        guard let owner else { return }
        self.owner = nil
        let result = result.mapError { $0.withholding(model.settings.apiKey) }
        var call = Asked.Call(model: model.modelName, sentBytes: sent.count)
        call.took = took
        call.queued = queued
        call.firstByte = head?.firstByte ?? .zero
        call.answerBytes = streamed == nil ? body.count : pace.bytes
        call.pace = pace
        switch result {
        case .success(let answer):
            call.input = answer.usage?.promptTokens
            call.output = answer.usage?.completionTokens
            call.cost = model.cost(of: answer.usage)
        case .failure(let problem):
            call.failure = problem.kind
        }
        // Of a stream that broke off, what had come is told by `cut`.
        owner.ended(
            self,
            Attempt(model: model, sent: sent, result: result, call: call, alternatives: alternatives)
        )
    }

    /// What came is no answer: the rest of it is not waited for.
    private func fail(_ problem: AskProblem) {
        self.problem = problem
        stream?.cancel()
    }
}

extension ModelCall: StreamReceiver {
    func received(head: UpstreamHead) {
        self.head = head
        if (200..<300).contains(head.status), MediaType.isEventStream(head.contentType) {
            streamed = StreamedAnswer(
                dialect: model.dialect,
                parser: parser,
                keepsChunks: keepsChunks,
                limit: model.settings.maxAnswer
            )
            raiseLimit()
        } else {
            body.reserveCapacity(head.contentLength ?? 4096)
        }
    }

    func received(bytes: UnsafeRawBufferPointer) -> Bool {
        guard problem == nil, owner != nil else { return true }
        guard streamed != nil else {
            body.append(contentsOf: bytes)
            return true
        }
        pace.bytes += bytes.count
        streamed!.feed(bytes)
        do throws(StreamFault) {
            while let piece = try streamed!.next() {
                if tokens(of: 0) > pace.count { pace.count(upTo: tokens(of: 0), at: MonotonicTime.now() - started) }
                owner?.grew(self, by: piece)
                // It was cancelled meanwhile: what else has come is nobody's business.
                guard owner != nil else { return true }
            }
        } catch {
            fail(AskProblem(error, model: model.name))
        }
        return streamed!.saysSomething
    }

    func receivedAll() {
        guard streamed != nil, owner != nil else { return }
        owner?.hasRead(self)
        guard streamed!.isDone, problem == nil, owner != nil else { return }
        // The provider has said all: the connection's own end is not waited for.
        do throws(StreamFault) {
            try finish(took: MonotonicTime.now() - started)
        } catch {
            fail(AskProblem(error, model: model.name))
        }
    }

    private func finish(took: Duration, queued: Duration = .zero) throws(StreamFault) {
        try streamed!.end()
        // What it had held back: the usage, for those who pass the stream on.
        while let piece = try streamed!.next() {
            owner?.grew(self, by: piece)
            owner?.hasRead(self)
            guard owner != nil else { return }
        }
        end(.success(streamed!.answer), took: took, queued: queued)
    }

    func ended(_ result: Result<UpstreamEnd, UpstreamError>) {
        guard owner != nil else { return }
        let took = MonotonicTime.now() - started
        switch result {
        case .failure(let error):
            end(.failure(problem ?? AskProblem(error, model: model.name)), took: took)
        case .success(let times) where streamed != nil:
            do throws(StreamFault) {
                try finish(took: times.total + times.queued, queued: times.queued)
            } catch {
                end(.failure(AskProblem(error, model: model.name)), took: took, queued: times.queued)
            }
        case .success(let times):
            // curl knows no answer without a head.
            end(head!.read(body, from: model, parser: parser), took: times.total + times.queued, queued: times.queued)
        }
    }
}

@available(*, unavailable, message: "confined to its loop")
extension ModelCall: Sendable {}

/// When the tokens of a streamed answer came, from the call on.
struct TokenPace: Sendable {
    /// Tokens of the first choice.
    private(set) var count = 0
    private(set) var first = Duration.zero
    private(set) var last = Duration.zero
    private(set) var longestGap = Duration.zero
    /// Of the body, events' framing included.
    var bytes = 0

    mutating func count(upTo tokens: Int, at moment: Duration) {
        if count == 0 { first = moment } else { longestGap = max(longestGap, moment - last) }
        last = moment
        count = tokens
    }

    var meanGap: Duration { count > 1 ? (last - first) / (count - 1) : .zero }
}
