import HTTPServer
import Loop
import Synchronization

/// A simulated provider of completions, OpenAI's wire in both dialects, on a loopback port of its own.
///
///     let simulator = try await Simulator.start(script: Script(models: ["small": ModelScript(says: "yes")]))
///     // ... point a gateway at simulator.baseURL ...
///     let asked = await simulator.wait { $0["small"].calls == 3 }
///     await simulator.stop()
///
/// For tests, demos and benchmarks: it does what its `Script` says, broken things included, and counts.
public final class Simulator: Sendable {
    public let port: Int
    private let host: Host
    private let book: CallBook
    private let stopped = Mutex(false)

    private init(port: Int, host: Host, book: CallBook) {
        self.port = port
        self.host = host
        self.book = book
    }

    /// Listens on 127.0.0.1; port 0 takes a free one. Returns when it accepts connections. Models that it trains are
    /// kept in the folder `models`, and are there again when another is started with it; without one they end with it.
    public static func start(
        port: Int = 0,
        script: Script = .builtIn(),
        models: String? = nil
    ) async throws -> Simulator {
        let book = CallBook()
        let host = Host(script: script, book: book, folder: models)
        do {
            return Simulator(port: try await host.open(port: port), host: host, book: book)
        } catch {
            host.end()
            throw error
        }
    }

    public var baseURL: String { "http://127.0.0.1:\(port)/v1" }
    public var calls: Calls { book.calls }

    /// The last requests (at most 256) that models saw, the oldest first.
    public func requests(to model: String? = nil) -> [ReceivedCall] { book.received(by: model) }

    /// True as soon as the counters satisfy the condition; false if they do not in time.
    public func wait(within: Duration = .seconds(10), until condition: @escaping @Sendable (Calls) -> Bool) async
        -> Bool
    {
        await book.wait(within: within, until: condition)
    }

    public func clearCalls() { book.clear() }

    /// For calls that arrive from now on.
    public func replace(_ script: Script) async { await host.replace(script) }

    /// Lets the answers go that a `hold` fault keeps back; how many there were.
    @discardableResult
    public func release() async -> Int { await host.release() }

    /// Closes every connection and ends the thread. Idempotent.
    public func stop() async {
        if markStopped() { return }
        await host.close()
        host.end()
    }

    deinit {
        if markStopped() { return }
        Task { [host] in
            await host.close()
            host.end()
        }
    }

    /// Whether it was stopped before.
    private func markStopped() -> Bool {
        stopped.withLock { stopped in
            defer { stopped = true }
            return stopped
        }
    }
}

/// What lives on the simulator's own loop.
private actor Host {
    nonisolated let loop = Loop.start(name: "simulation")
    private let provider: Provider
    private var server: HTTPServer?

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init(script: Script, book: CallBook, folder: String?) {
        provider = Provider(on: loop, script: script, book: book, folder: folder)
    }

    func open(port: Int) throws -> Int {
        let server = try HTTPServer(
            on: loop,
            address: SocketAddress("127.0.0.1:\(port)"),
            limits: HTTPServer.Limits(body: 64 << 20, idleTime: .seconds(600), readerStall: .seconds(600)),
            reusePort: false,
            handler: provider
        )
        self.server = server
        return Int(server.boundAddress.port)
    }

    func replace(_ script: Script) { provider.replace(script) }
    func release() -> Int { provider.release() }

    func close() {
        server?.close()
        server = nil
        provider.forget()
    }

    nonisolated func end() {
        loop.stop()
        loop.join()
    }
}
