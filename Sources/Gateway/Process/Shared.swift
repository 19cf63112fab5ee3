import Cache
import Harvest
import Logging
import Loop

/// The small doors between workers: one of each for the process, all of them safe from any thread.
final class Shared: Sendable {
    let board: AnswerBoard<Landing>
    let spool: Spool
    let records: RecordLog
    let metrics: Metrics
    let accessLog: AccessLog
    let operationalLog: OperationalLog
    let lasting: Lasting
    let redis: RedisWatch
    let audits = Audits()
    /// Operational lines; written off the loops.
    let log: Logger

    init(
        board: AnswerBoard<Landing>,
        spool: Spool,
        records: RecordLog,
        metrics: Metrics,
        accessLog: AccessLog,
        operationalLog: OperationalLog,
        lasting: Lasting,
        redis: RedisWatch
    ) {
        self.board = board
        self.spool = spool
        self.records = records
        self.metrics = metrics
        self.accessLog = accessLog
        self.operationalLog = operationalLog
        self.lasting = lasting
        self.redis = redis
        log = operationalLog.logger
    }
}
