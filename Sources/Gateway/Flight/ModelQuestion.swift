import Completions
import HTTPServer
import JSON
import Loop

/// Puts one request to models outside of any flight, and waits for the whole answer: `explain --ask` and `check --ask`.
/// Confined to the loop of its lines.
struct ModelQuestion {
    let request: CompletionRequest
    /// The client's; a model is sent those that its settings list.
    let headers: HeaderFields
    let lines: Lines
    let parser: JSONParser
    let deadline: MonotonicTime

    /// Never throws: what went wrong is part of what came of it.
    func ask(_ model: ServedModel) async -> Attempt {
        do throws(InvalidRequest) {
            let draft = try ModelRequest(request, to: model, streamed: false)
            return await withCheckedContinuation { continuation in
                let call = ModelCall(model, draft, parser: parser, keepsChunks: false, owner: Asker(continuation))
                call.begin(over: lines, forwarding: model.forwarded(headers), deadline: deadline)
            }
        } catch {
            return Attempt(model: model, sent: [], result: .failure(AskProblem(error)), call: Asked.Call())
        }
    }

    /// Held by the call.
    private final class Asker: ModelCallOwner {
        private let continuation: CheckedContinuation<Attempt, Never>

        init(_ continuation: CheckedContinuation<Attempt, Never>) {
            self.continuation = continuation
        }

        func grew(_ call: ModelCall, by piece: AnswerPiece) {}

        func hasRead(_ call: ModelCall) {}

        func ended(_ call: ModelCall, _ attempt: Attempt) { continuation.resume(returning: attempt) }
    }
}
