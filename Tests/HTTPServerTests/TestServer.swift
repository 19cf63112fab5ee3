import Glibc
import HTTPServer
import Loop
import Synchronization

/// Set by one thread, seen by another.
final class Flag: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .acquiring) }
    func set() { value.store(true, ordering: .releasing) }
}

/// A live server on a loop and a port of its own, whose handler answers by path. The actor runs on the loop.
actor TestServer {
    nonisolated let loop: Loop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private let handler: PathHandler
    private let server: HTTPServer
    nonisolated let port: UInt16

    private init(
        _ loop: Loop,
        _ limits: HTTPServer.Limits,
        _ tls: TLSContext?,
        _ reusePort: Bool,
        _ address: SocketAddress
    ) throws {
        self.loop = loop
        handler = PathHandler()
        server = try HTTPServer(
            on: loop,
            address: address,
            limits: limits,
            tls: tls,
            reusePort: reusePort,
            handler: handler
        )
        port = server.boundAddress.port
    }

    /// What was handed to the handler, as `METHOD path body`.
    var served: [String] { handler.served }
    var gone: Int { handler.gone }
    var waiting: Int { handler.waiting.count }
    var drained: Int { handler.drained }
    var isStreaming: Bool { handler.streaming != nil }
    var openConnections: Int { server.openConnections }
    var exchangesUnderWay: Int { server.exchangesUnderWay }

    func drain() { server.drain() }

    /// Keeps the loop busy until `ready`, then drains: what came meanwhile is in the kernel's queues only.
    func drain(entered: Flag, after ready: Flag) {
        entered.set()
        while !ready.isSet { sched_yield() }
        server.drain()
    }

    func close() { server.close() }

    /// Answers the oldest request to /wait.
    func release(_ text: String = "released") {
        let responder = handler.waiting.removeFirst()
        responder.respond(status: 200, fields: [], body: Array(text.utf8))
    }

    func write(_ bytes: [UInt8]) -> Int {
        handler.streaming?.write(bytes)
        return handler.streaming?.bufferedBytes ?? -1
    }

    func finish() {
        handler.streaming?.finish()
        handler.streaming = nil
    }

    func pause(_ delay: Duration) async { await Pause.wait(delay, on: loop) }

    /// Waits until `condition` holds; false when it does not within some seconds.
    func until(_ condition: @Sendable (isolated TestServer) -> Bool) async -> Bool {
        let end = MonotonicTime.now().advanced(by: .seconds(10))
        while !condition(self) {
            if MonotonicTime.now() > end { return false }
            await Pause.wait(.milliseconds(1), on: loop)
        }
        return true
    }

    static func run<Result: Sendable>(
        limits: HTTPServer.Limits = HTTPServer.Limits(),
        tls: TLSContext? = nil,
        reusePort: Bool = true,
        address: SocketAddress = .loopback(port: 0),
        _ body: (TestServer) async throws -> Result
    ) async throws -> Result {
        let loop = Loop.start(name: "server")
        let server = try await loop.perform { @Sendable () throws(any Error) in
            try TestServer(loop, limits, tls, reusePort, address)
        }
        let result: Swift.Result<Result, any Error>
        do { result = .success(try await body(server)) } catch { result = .failure(error) }
        await server.close()
        loop.stop()
        loop.join()
        return try result.get()
    }
}

/// The wait between two looks at a condition.
final class Pause: TimerOwner {
    private var continuation: CheckedContinuation<Void, Never>?

    /// On the loop of the calling actor.
    static func wait(_ delay: Duration, on loop: Loop, isolation: isolated any Actor = #isolation) async {
        let pause = Pause()
        let timer = LoopTimer(on: loop, owner: pause)
        await withCheckedContinuation { continuation in
            pause.continuation = continuation
            timer.arm(after: delay)
        }
        withExtendedLifetime((pause, timer)) {}
    }

    func timerFired(_ timer: LoopTimer) { continuation?.resume() }
}

final class PathHandler: HTTPHandler, ResponderOwner {
    var served: [String] = []
    var waiting: [Responder] = []
    var streaming: Responder?
    var gone = 0
    var drained = 0

    func handle(_ request: HTTPRequest, _ responder: Responder) {
        let path = String(decoding: request.path, as: UTF8.self)
        served.append("\(request.method.rawValue) \(path) \(String(decoding: request.body.prefix(100), as: UTF8.self))")
        switch path {
        case "/wait":
            responder.owner = self
            waiting.append(responder)
        case "/stream":
            responder.owner = self
            streaming = responder
            responder.begin(status: 200, fields: Array("content-type: text/plain\r\n".utf8))
        case "/abort":
            responder.begin(status: 200, fields: [])
            responder.write(Array("half".utf8))
            responder.abort()
        case "/reset":
            responder.abort(reset: true)
        case "/size":
            let size = Int(String(decoding: request.query ?? [], as: UTF8.self)) ?? 0
            responder.respond(status: 200, fields: [], body: [UInt8](repeating: 0x61, count: size))
        case "/nothing":
            responder.respond(status: 204, fields: [], body: [])
        default:
            responder.respond(status: 200, fields: Array("x-path: \(path)\r\n".utf8), body: request.body)
        }
    }

    func refusal(of refused: RefusedRequest) -> (fields: [UInt8], body: [UInt8]) {
        let path = refused.request.map { String(decoding: $0.path, as: UTF8.self) } ?? "unread"
        let body = "{\"refused\":\(refused.status),\"message\":\"\(refused.message)\"}"
        return (Array("x-refused: \(path)\r\n".utf8), Array(body.utf8))
    }

    func clientGone(_ responder: Responder) {
        gone += 1
        waiting.removeAll { $0 === responder }
    }

    func outputDrained(_ responder: Responder) { drained += 1 }
}
