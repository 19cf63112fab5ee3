import Completions
import HTTPClient

/// One call to its end: what came, head and body. Confined to the asker's loop, held by its transfer while under way.
final class Reception: StreamReceiver {
    struct Outcome: Sendable {
        var head: UpstreamHead?
        var body: [UInt8]
        var result: Result<UpstreamEnd, UpstreamError>
    }

    private let continuation: CheckedContinuation<Outcome, Never>
    private var head: UpstreamHead?
    private var body: [UInt8] = []

    init(_ continuation: CheckedContinuation<Outcome, Never>) { self.continuation = continuation }

    func received(head: UpstreamHead) { self.head = head }

    func received(bytes: UnsafeRawBufferPointer) -> Bool {
        body.append(contentsOf: bytes)
        return true
    }

    func receivedAll() {}

    func ended(_ result: Result<UpstreamEnd, UpstreamError>) {
        continuation.resume(returning: Outcome(head: head, body: body, result: result))
    }
}

@available(*, unavailable, message: "confined to its loop")
extension Reception: Sendable {}
