import Cache
import HTTPServer
import Loop
import Settings

/// One thread with its loop, its listener and its station. The actor is the isolation: whatever is confined to the loop
/// is reached through it, from C callbacks by `enter`, from other threads by `await`.
actor Worker {
    nonisolated let loop: Loop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private var station: Station!
    private var server: HTTPServer?
    /// How many share the limit on connections.
    private var workers = 1

    init(loop: Loop) {
        self.loop = loop
    }

    /// Builds what the worker owns on its own thread, and listens.
    func open(shared: Shared, snapshot: Snapshot, address: SocketAddress, workers: Int) throws -> SocketAddress {
        self.workers = workers
        let station = try Station(loop: loop, worker: self, shared: shared, snapshot: snapshot)
        let server = try HTTPServer(
            on: loop,
            address: address,
            limits: HTTPServer.Limits(snapshot, workers: workers),
            tls: snapshot.tls,
            handler: Endpoint(station)
        )
        self.station = station
        self.server = server
        return server.boundAddress
    }

    func adopt(_ snapshot: Snapshot) {
        station.adopt(snapshot)
        server?.adopt(limits: HTTPServer.Limits(snapshot, workers: workers), tls: snapshot.tls)
    }

    /// No new connections, no new exchanges on old ones.
    func drain() {
        station.drain()
        server?.drain()
    }

    /// Exchanges that have no answer yet.
    var underWay: Int { max(station.underWay, server?.exchangesUnderWay ?? 0) }

    func deleteStored(_ key: CacheKey) {
        station.redis?.delete(key)
    }

    /// Ends what is left; called after the drain. Who still waits is told so, and has a second to hear of it.
    func close() async {
        server?.giveNotice()
        await station?.sendRest()
        let limit = MonotonicTime.now().advanced(by: .seconds(1))
        while let server, server.unsentAnswers > 0, MonotonicTime.now() < limit {
            await Pause(on: loop).wait(.milliseconds(10))
        }
        server?.close()
        server = nil
        // None where it could not be opened.
        station?.close()
        station = nil
    }
}

extension HTTPServer.Limits {
    /// - Parameter workers: that share the limit on connections.
    init(_ snapshot: Snapshot, workers: Int) {
        let settings = snapshot.settings.server
        self.init(
            body: settings.limits.body,
            headers: settings.limits.headers,
            connections: max(1, snapshot.connections / workers),
            headerTime: settings.limits.headerTime,
            bodyTime: settings.limits.bodyTime,
            idleTime: settings.limits.idleTime,
            readerStall: settings.readerStall
        )
    }
}

extension SocketAddress {
    init(_ address: ListenAddress) {
        guard let socket = try? SocketAddress(address.text) else {
            preconditionFailure("settings let '\(address.text)' through, which is no address")
        }
        self = socket
    }
}
