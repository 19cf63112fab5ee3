import Loop

/// Writing answers. The server's `outgoing` buffer is used for every head, and for the bodies that fit.
extension Connection {
    /// Up to this size a body is copied behind its head; larger ones leave beside it, in the same write.
    private static let copyLimit = 16384

    func answer(status: Int, fields: [UInt8], body: [UInt8], thenClose: Bool) {
        decideToKeepAlive()
        send(status: status, fields: fields, body: body)
        if thenClose { keepsAlive = false }
        exchangeEnded()
    }

    private func decideToKeepAlive() {
        if server.isDraining { keepsAlive = false }
    }

    private func send(status: Int, fields: [UInt8], body: [UInt8]) {
        server.compose { outgoing in
            appendHead(status: status, fields: fields, to: &outgoing)
            // RFC 9110, 8.6: none in a 204; what a 304 would have is not known here.
            let isBodiless = status == 204 || status == 304
            if !isBodiless {
                Wire.append("content-length: ", to: &outgoing)
                Wire.appendDecimal(body.count, to: &outgoing)
                Wire.append("\r\n", to: &outgoing)
            }
            Wire.append("\r\n", to: &outgoing)
            if isBodiless || answersHead {
                outgoing.withUnsafeBytes { stream.send($0) }
            } else if body.count <= Connection.copyLimit {
                outgoing.append(contentsOf: body)
                outgoing.withUnsafeBytes { stream.send($0) }
            } else {
                outgoing.withUnsafeBytes { head in body.withUnsafeBytes { stream.send(head, $0) } }
            }
        }
    }

    /// Everything up to the fields that tell the body's length.
    private func appendHead(status: Int, fields: [UInt8], to outgoing: inout [UInt8]) {
        Wire.appendStatusLine(status, to: &outgoing)
        outgoing.append(contentsOf: fields)
        outgoing.append(contentsOf: server.dateLine())
        if !keepsAlive {
            Wire.append("connection: close\r\n", to: &outgoing)
        } else if answersHTTP10 {
            Wire.append("connection: keep-alive\r\n", to: &outgoing)
        }
    }

    func writeRefusal(_ refusal: Refusal) {
        var fields: [UInt8] = []
        Wire.append("content-type: application/json\r\n", to: &fields)
        if refusal.status == 405 { Wire.append("allow: GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH\r\n", to: &fields) }
        if refusal.status == 503 { Wire.append("retry-after: 1\r\n", to: &fields) }
        let answer = server.handler.refusal(
            of: RefusedRequest(
                status: refusal.status,
                message: refusal.message.description,
                request: refusedRequest
            )
        )
        fields += answer.fields
        send(status: refusal.status, fields: fields, body: answer.body)
    }

    // MARK: Streams

    /// So that a reader that falls behind is seen, waited for and, if it stays away, dropped.
    private static let kernelLimit = 256 << 10

    func beginStream(status: Int, fields: [UInt8], _ bytes: [UInt8]) {
        stream.limitKernel(to: Self.kernelLimit)
        decideToKeepAlive()
        isChunkedAnswer = !answersHTTP10
        if answersHTTP10 { keepsAlive = false }
        server.compose { outgoing in
            appendHead(status: status, fields: fields, to: &outgoing)
            if isChunkedAnswer { Wire.append("transfer-encoding: chunked\r\n", to: &outgoing) }
            Wire.append("\r\n", to: &outgoing)
            appendPiece(bytes, to: &outgoing)
            outgoing.withUnsafeBytes { stream.send($0) }
        }
        noteBacklog()
    }

    func writeStream(_ bytes: [UInt8]) {
        guard !bytes.isEmpty, !answersHead else { return }
        server.compose { outgoing in
            appendPiece(bytes, to: &outgoing)
            outgoing.withUnsafeBytes { stream.send($0) }
        }
        noteBacklog()
    }

    func finishStream(_ bytes: [UInt8], thenClose: Bool) {
        server.compose { outgoing in
            appendPiece(bytes, to: &outgoing)
            if isChunkedAnswer, !answersHead { outgoing.append(contentsOf: Wire.lastChunk) }
            if !outgoing.isEmpty { outgoing.withUnsafeBytes { stream.send($0) } }
        }
        if thenClose { keepsAlive = false }
        exchangeEnded()
    }

    private func appendPiece(_ bytes: [UInt8], to outgoing: inout [UInt8]) {
        // An empty chunk would be the last one.
        guard !bytes.isEmpty, !answersHead else { return }
        guard isChunkedAnswer else { return outgoing.append(contentsOf: bytes) }
        Wire.appendHexadecimal(bytes.count, to: &outgoing)
        Wire.append("\r\n", to: &outgoing)
        outgoing.append(contentsOf: bytes)
        Wire.append("\r\n", to: &outgoing)
    }

    func abortStream(reset: Bool) {
        keepsAlive = false
        if reset {
            close(reset: true)
        } else {
            exchangeEnded()
        }
    }

    private func noteBacklog() {
        if stream.bufferedBytes > 0, !isWatchingReader { watchReader() }
    }

    var bufferedBytes: Int { stream.bufferedBytes }

    var peer: SocketAddress? { stream.peer }
}
