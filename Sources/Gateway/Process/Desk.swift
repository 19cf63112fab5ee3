// What the process does beside answering: start, reload, count, drain. One loop of its own, so that a scrape, a reload
// or a slow disk holds up no exchange.
//
//   desk loop (the process's main thread)    signals, admin port, spend ledger
//   worker loops (one thread each)           exchanges
//   reader loop                              settings and schema files: blocking work
//   spool, mover, store, records, log        threads of their own (Harvest, AccessLog)

import Cache
import Glibc
import Harvest
import Logging
public import Loop
import Settings

/// The running gateway.
public actor Desk {
    public nonisolated let loop: Loop
    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    let log: Logger
    let reader: SettingsReader
    let store: any Store
    let shared: Shared
    let started = WallTime.now()
    var snapshot: Snapshot
    /// What the process runs with where a restart is needed to change it.
    private let startedWith: GatewaySettings
    /// The settings as the file has them, without versions.
    private var fileSettings: GatewaySettings
    /// In force or not (`Standing`), by route.
    private(set) var promotions: [String: Promotion]
    var lastReload: ReloadReport
    private let mover: SpoolMover
    private var watch: StoreWatch?
    private var promotionWatch: PromotionWatch?
    private(set) var trail: AuditTrail?
    private(set) var workers: [Worker] = []
    private var admin: AdminPort?
    private var signals: Signals?
    /// The latest change of what is in force, over or not.
    private var changing: Task<Void, Never>?
    var spending: SpendBook?
    private(set) var isStopping = false

    /// Opens everything that can refuse: settings, spool, store. Listens to nothing yet.
    /// - Parameters:
    ///   - log: where operational lines go.
    ///   - accessLog: where access log lines go, once for the process.
    public init(
        file: String,
        environment: [String: String],
        loop: Loop,
        log operationalLog: OperationalLog,
        accessLog: AccessLog
    ) async throws {
        self.loop = loop
        log = operationalLog.logger
        reader = SettingsReader(file: file, environment: environment)
        let settings = try await reader.load()
        let harvest = settings.harvest
        let spool = try Spool(directory: harvest.spool, limit: harvest.spoolLimit, deadline: harvest.deadline)
        store = try KnownStores.open(harvest.store.setting)
        mover = SpoolMover(spool: spool, store: store) { [log] in log.warning("\($0)") }
        shared = Shared(
            board: AnswerBoard(memory: settings.cache.memory),
            spool: spool,
            records: try RecordLog(directory: harvest.records, rules: RecordLog.Rules(harvest.keep)),
            metrics: Metrics(),
            accessLog: accessLog,
            operationalLog: operationalLog,
            lasting: Lasting(),
            redis: RedisWatch()
        )
        fileSettings = settings
        promotions = await reader.lastPromotions(PromotionFile(settings))
        snapshot = try await reader.compile(settings, promotions, shared: shared)
        startedWith = settings
        lastReload = ReloadReport(version: settings.version)
    }

    /// Starts the workers, then the admin port.
    /// - Parameter site: what else the admin port serves: the web pages.
    public func open(site: (any AdminSite)? = nil) async throws {
        signals = Signals(desk: self)
        shared.register(in: shared.metrics)
        shared.redis.register(in: shared.metrics)
        snapshot.register(in: shared.metrics)
        startSpending()
        await mover.start()
        trail = AuditTrail(desk: self)
        watch = StoreWatch(desk: self)
        await lookForPromotions()
        let server = snapshot.settings.server
        let count = server.workers > 0 ? server.workers : Self.cores
        var endpoint = SocketAddress(server.listen)
        // Workers share the address (SO_REUSEPORT), and would share it with another gateway of the same user, each
        // getting some of the other's requests. Whoever does not share finds out whether it is taken.
        try Listener(on: loop, address: endpoint, reusePort: false).close()
        for number in 1...count {
            let worker = Worker(loop: Loop.start(name: "worker-\(number)"))
            workers.append(worker)
            // Port 0 is resolved by the first worker; the others share what it got.
            endpoint = try await worker.open(shared: shared, snapshot: snapshot, address: endpoint, workers: count)
        }
        let admin = try AdminPort(desk: self, address: SocketAddress(server.admin), site: site)
        self.admin = admin
        log.info(
            "listening",
            metadata: ["endpoint": "\(endpoint)", "admin": "\(admin.boundAddress)", "workers": "\(count)"]
        )
        for note in snapshot.settings.notes { log.warning("\(note)") }
        tellStandings(before: nil)
        let wanted = server.limits.connections
        if snapshot.connections < wanted {
            log.warning(
                "the process may open too few files for \(wanted) connections: \(snapshot.connections) are taken"
            )
        }
    }

    private static var cores: Int { max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN))) }

    // MARK: Reload

    /// Reads the settings again. A bad file changes nothing at all, and the report says where it is bad.
    ///
    /// One after the other: of two at a time, the parts of the process could end with the settings of different ones.
    /// - Parameter who: whoever asked for it, for the audit log.
    public func reload(by who: String) async -> ReloadReport {
        let earlier = changing
        let reload = Task(executorPreference: loop) {
            await earlier?.value
            return await self.readAgain()
        }
        changing = Task(executorPreference: loop) { _ = await reload.value }
        let report = await reload.value
        audit("reload", by: who, [("version", report.version), ("done", "\(report.isDone)")])
        return report
    }

    /// Takes over what the store says of versions in service and on trial: swapped in as a reload is, with the file as
    /// it was loaded last.
    func adopt(_ promotions: [String: Promotion]) async {
        guard promotions != self.promotions else { return }
        let earlier = changing
        let change = Task(executorPreference: loop) {
            await earlier?.value
            await self.swap(promotions)
        }
        changing = change
        await change.value
    }

    private func swap(_ promotions: [String: Promotion]) async {
        guard promotions != self.promotions else { return }
        do {
            let fresh = try await reader.compile(fileSettings, promotions, shared: shared)
            self.promotions = promotions
            await enforce(fresh)
        } catch {
            log.error("promotions not taken over, what is in service stays: \(error)")
            return
        }
        if let problem = await reader.keep(promotions, in: PromotionFile(fileSettings)) {
            log.warning("promotions are not kept on this disk: \(problem)")
        }
    }

    /// Nothing fails: exchanges under way keep what they were received with.
    private func enforce(_ fresh: Snapshot) async {
        let before = snapshot
        snapshot = fresh
        fresh.register(in: shared.metrics)
        spending?.adopt(fresh)
        for worker in workers { await worker.adopt(fresh) }
        admin?.adopt(fresh)
        // At the start all is told at once, when the gateway listens.
        if !workers.isEmpty { tellStandings(before: before) }
    }

    /// Before anything is served: what is in service by now, if the store says so soon.
    private func lookForPromotions() async {
        let watch = PromotionWatch(desk: self)
        promotionWatch = watch
        let limit = MonotonicTime.now().advanced(by: .seconds(2))
        while !watch.hasLooked, MonotonicTime.now() < limit { await Pause(on: loop).wait(.milliseconds(10)) }
    }

    /// What the settings file names as the small model of a route.
    func fileModel(of route: String) -> String? { fileSettings.routes[route]?.small?.model }

    private func readAgain() async -> ReloadReport {
        // Whatever the settings are like: this is how a program that turns logs over makes itself heard.
        shared.accessLog.reopen()
        do {
            let settings = try await reader.load()
            let changed = SettingsChange(from: snapshot.settings, to: settings).changed
            let restartNeeded = SettingsChange(from: startedWith, to: settings).restartNeeded
            let harvest = settings.harvest
            let fresh = try await reader.compile(settings, promotions, shared: shared)
            // Nothing fails from here on.
            fileSettings = settings
            await enforce(fresh)
            shared.spool.adopt(limit: harvest.spoolLimit, deadline: harvest.deadline)
            await shared.records.adopt(directory: harvest.records, rules: RecordLog.Rules(harvest.keep))
            await reader.limit(shared.board, memory: settings.cache.memory)
            lastReload = ReloadReport(version: settings.version, changed: changed, restartNeeded: restartNeeded)
            log.info("settings reloaded", metadata: ["version": "\(settings.version)"])
        } catch let errors as SettingsErrors {
            lastReload = ReloadReport(version: snapshot.settings.version, problems: errors.problems)
            log.error("settings not reloaded, the old ones stay in force\n\(errors)")
        } catch {
            lastReload = ReloadReport(
                version: snapshot.settings.version,
                failure: "\(error)",
                file: snapshot.settings.file
            )
            log.error("settings not reloaded, the old ones stay in force: \(error)")
        }
        return lastReload
    }

    // MARK: The end

    /// Drains and ends: no new connections, what is under way has `drain` to finish, records and SETs a second.
    public func stop() async {
        guard !isStopping else { return }
        isStopping = true
        log.info("draining")
        for worker in workers { await worker.drain() }
        let limit = MonotonicTime.now().advanced(by: snapshot.settings.server.drain)
        while await underWay > 0, MonotonicTime.now() < limit { await Pause(on: loop).wait(.milliseconds(20)) }
        let left = await underWay
        if left > 0 { log.warning("\(left) exchanges were cut off by the end of the drain") }
        await close()
        log.info("stopped")
        shared.accessLog.close()
        loop.stop()
    }

    /// Ends what `open` had begun when it threw.
    func abandon() async {
        isStopping = true
        await close()
        shared.accessLog.close()
        loop.stop()
    }

    /// Each part on its own thread, and the threads after their parts.
    private func close() async {
        await withTaskGroup { group in
            for worker in workers { group.addTask { await worker.close() } }
        }
        for worker in workers {
            worker.loop.stop()
            worker.loop.join()
        }
        admin?.close()
        shared.audits.bench.close()
        await spending?.finish()
        spending = nil
        await shared.records.flush()
        shared.records.close()
        shared.spool.close()
        await mover.finish()
        await promotionWatch?.finish()
        promotionWatch = nil
        await watch?.finish()
        watch = nil
        await trail?.finish()
        trail = nil
        await store.close()
    }

    private var underWay: Int {
        get async {
            var sum = 0
            for worker in workers { sum += await worker.underWay }
            return sum
        }
    }
}

extension RecordLog.Rules {
    init(_ keep: HarvestSettings.Keep) {
        self.init(keepSize: keep.size, keepAge: keep.age)
    }
}
