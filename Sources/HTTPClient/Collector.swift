/// Gathers a whole answer for `Upstream.call`.
final class Collector: StreamReceiver {
    private let continuation: UnsafeContinuation<Result<UpstreamReply, UpstreamError>, Never>
    private var reply = UpstreamReply(status: 0, body: [])

    init(_ continuation: UnsafeContinuation<Result<UpstreamReply, UpstreamError>, Never>) {
        self.continuation = continuation
    }

    func received(head: UpstreamHead) {
        reply.status = head.status
        reply.contentType = head.contentType
        reply.retryAfter = head.retryAfter
        reply.requestID = head.requestID
        reply.firstByte = head.firstByte
        reply.reusedConnection = head.reusedConnection
        // At most `maxAnswer`: the transfer has looked.
        reply.body.reserveCapacity(head.contentLength ?? 4096)
    }

    func received(bytes: UnsafeRawBufferPointer) {
        reply.body.append(contentsOf: bytes)
    }

    func receivedAll() {}

    func ended(_ result: Result<UpstreamEnd, UpstreamError>) {
        switch result {
        case .success(let end):
            reply.total = end.total
            reply.queued = end.queued
            continuation.resume(returning: .success(reply))
        case .failure(let error):
            continuation.resume(returning: .failure(error))
        }
    }
}
