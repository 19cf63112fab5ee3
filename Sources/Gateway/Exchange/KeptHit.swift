import Completions
import HTTPServer
import Harvest
import Loop

/// What metrics, access log and exchange records say of every hit that is found by the same body: all but when it was
/// and how long it took. Made of the first such hit, so that the later ones, which are answered before they are read,
/// have it too, and need not put it together.
final class KeptHit: Sendable {
    private let route: RouteMeter
    /// Of the log's line: what stands before the times, and behind them.
    private let head: [UInt8]
    private let tail: [UInt8]
    private let row: ExchangeRecord

    init(_ exchange: Exchange, _ ending: Ending, _ route: ServedRoute) {
        self.route = route.meter
        var head: [UInt8] = []
        exchange.describe(ending, to: &head)
        self.head = head
        var tail: [UInt8] = []
        exchange.measure(ending, to: &tail)
        self.tail = tail
        row = exchange.record(ending, route)
    }

    /// Bytes that it takes.
    var size: Int { 64 + MemoryLayout<ExchangeRecord>.size + head.capacity + tail.capacity + 64 }

    /// Remembers one more hit.
    func remember(_ exchange: Exchange) {
        let receive = exchange.marks.begun - exchange.http.received
        let total = exchange.marks.answered - exchange.http.received
        let station = exchange.station
        station.meters.request(route, .cache, status: 200)
        station.meters.spent(receive, in: .receive)
        station.meters.overhead(total)
        station.meters.lookup(.hit)
        exchange.writeLine { line in
            line += head
            Exchange.time(total: total, overhead: total, to: &line)
            line += tail
        }
        var row = row
        row.id = .next()
        row.receivedAt = station.wallTime(of: exchange.http.received)
        row.phases = ExchangePhases()
        row.phases.receive = receive.microseconds
        row.phases.total = total.microseconds
        row.phases.overhead = total.microseconds
        station.records.append(row)
    }
}
