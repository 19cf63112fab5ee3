import HTTPClient
import Loop

/// A whole answer, whatever its status: a 500 is an answer, not an `UpstreamError`.
struct UpstreamReply: Sendable {
    var status = 0
    var contentType: String?
    var retryAfter: String?
    var body: [UInt8] = []
    var firstByte = Duration.zero
    var total = Duration.zero
    var queued = Duration.zero
    var reusedConnection = false
}

/// Gathers a whole answer for `Desk.call`. Touched on the desk's loop only.
final class Collector: StreamReceiver {
    private let continuation: CheckedContinuation<Result<UpstreamReply, UpstreamError>, Never>
    private var reply = UpstreamReply()

    init(_ continuation: CheckedContinuation<Result<UpstreamReply, UpstreamError>, Never>) {
        self.continuation = continuation
    }

    func received(head: UpstreamHead) {
        reply.status = head.status
        reply.contentType = head.contentType
        reply.retryAfter = head.retryAfter
        reply.firstByte = head.firstByte
        reply.reusedConnection = head.reusedConnection
    }

    func received(bytes: UnsafeRawBufferPointer) -> Bool {
        reply.body.append(contentsOf: bytes)
        return true
    }

    func receivedAll() {}

    func ended(_ result: Result<UpstreamEnd, UpstreamError>) {
        continuation.resume(
            returning: result.map { end in
                reply.total = end.total
                reply.queued = end.queued
                return reply
            }
        )
    }
}
