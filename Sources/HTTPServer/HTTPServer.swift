// HTTP/1.1 on one loop: a listener, its connections, and one handler.
//
// Strict where servers are known to disagree (Tests/HTTPServerTests/FramingTests.swift lists every case): one 400 and
// a closed connection, and never a second request out of a body. What it does not do: HTTP/2 (a proxy in front does),
// routing, Host and content type checks (the handler's), compression, upgrades.

public import Loop

/// An HTTP/1.1 server on one loop. Confined to that loop's thread; several servers, each on its own loop, may share
/// an address (SO_REUSEPORT). The handler is held strongly.
public final class HTTPServer: ListenerOwner {
    public struct Limits: Sendable {
        /// Bytes of one request's body, without framing.
        public var body: Int
        /// Bytes of one request's head.
        public var headers: Int
        /// Connections at once on this server; one more is answered 503 and closed.
        public var connections: Int
        /// From a request's first byte to the end of its head; else 408.
        public var headerTime: Duration
        /// From the end of the head to the end of the body; else 408.
        public var bodyTime: Duration
        /// Between two requests; then the connection is closed without a word.
        public var idleTime: Duration
        /// How long a client may take no byte of an answer that waits for it.
        public var readerStall: Duration

        public init(
            body: Int = 1 << 20,
            headers: Int = 16 << 10,
            connections: Int = 10_000,
            headerTime: Duration = .seconds(10),
            bodyTime: Duration = .seconds(30),
            idleTime: Duration = .seconds(75),
            readerStall: Duration = .seconds(30)
        ) {
            self.body = body
            self.headers = headers
            self.connections = connections
            self.headerTime = headerTime
            self.bodyTime = bodyTime
            self.idleTime = idleTime
            self.readerStall = readerStall
        }
    }

    /// The address as bound: port 0 is resolved.
    public let boundAddress: SocketAddress
    /// Connections that are open, also those that are only waiting for their client to close.
    public var openConnections: Int { connections.count }
    /// Requests handed to the handler whose answer is neither complete nor pointless.
    public internal(set) var exchangesUnderWay = 0
    public private(set) var isDraining = false

    let loop: Loop
    private(set) var limits: Limits
    private(set) var tls: TLSContext?
    let handler: any HTTPHandler
    let parser = HeadParser()
    private var listener: Listener?
    private var connections: [Connection] = []
    private var outgoing: [UInt8] = []
    private var date = DateLine()

    /// Starts to listen. On the loop's thread, or before the loop runs.
    public init(
        on loop: Loop,
        address: SocketAddress,
        limits: Limits = Limits(),
        tls: TLSContext? = nil,
        reusePort: Bool = true,
        handler: any HTTPHandler
    ) throws(ListenError) {
        self.loop = loop
        self.limits = limits
        self.tls = tls
        self.handler = handler
        let listener = try Listener(on: loop, address: address, reusePort: reusePort)
        boundAddress = listener.boundAddress
        self.listener = listener
        listener.owner = self
    }

    deinit {
        precondition(connections.isEmpty, "close() an HTTP server before it is released")
        listener?.close()
    }

    public func listenerAccepted(_ listener: Listener, _ descriptor: CInt) {
        let connection = Connection(self, descriptor: descriptor)
        connection.index = connections.count
        connections.append(connection)
        if connections.count > limits.connections { turnAway(connection) }
    }

    private func turnAway(_ connection: Connection) {
        // Some get an answer; a flood, and a TLS client that has yet to shake hands, gets a close.
        if connections.count <= limits.connections + 128, tls == nil {
            connection.refuse(Refusal(status: 503, message: "too many connections"))
        } else {
            connection.close()
        }
    }

    /// Other limits from now on, and another certificate for connections that come from now on. Whether there is TLS
    /// at all is settled when the server is made.
    public func adopt(limits: Limits, tls: TLSContext?) {
        self.limits = limits
        if self.tls != nil, let tls { self.tls = tls }
    }

    /// Stops to accept (after what is queued), closes idle connections, and answers the rest with `connection: close`.
    /// Idempotent. The caller watches `exchangesUnderWay` and `openConnections`, and ends with `close`.
    public func drain() {
        guard !isDraining else { return }
        listener?.finish()
        listener = nil
        isDraining = true
        // A copy: connections that close leave the list.
        for connection in connections { connection.drain() }
    }

    /// Asks for a last word on every answer that is still owed, before `close`. The caller watches `unsentAnswers`.
    public func giveNotice() {
        // A copy: connections that close leave the list.
        for connection in connections { connection.giveNotice() }
    }

    /// Answers that are complete and wait for their readers.
    public var unsentAnswers: Int { connections.count { $0.isFlushing } }

    /// Closes everything at once; clients that wait for an answer do not get one. Idempotent.
    public func close() {
        isDraining = true
        listener?.close()
        listener = nil
        for connection in connections { connection.close() }
    }

    func forget(_ connection: Connection) {
        let last = connections.removeLast()
        if last !== connection {
            connections[connection.index] = last
            last.index = connection.index
        }
        loop.retire(connection)
    }

    /// Lends the buffer that every answer is put together in.
    func compose(_ body: (inout [UInt8]) -> Void) {
        outgoing.removeAll(keepingCapacity: true)
        body(&outgoing)
    }

    func dateLine() -> [UInt8] {
        date.current()
    }
}

@available(*, unavailable, message: "confined to the thread of its loop")
extension HTTPServer: Sendable {}
