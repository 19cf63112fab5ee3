import Completions
import HTTPServer
import Harvest
import Judgment
import Loop
import Settings

extension Exchange {
    /// The last verb: what happened, for metrics, the access log and the exchange records. Nobody waits for it.
    func remember(_ outcome: FlightOutcome, cache: CacheState, sent: Int) {
        let ending = Ending(outcome, cache: cache, sent: sent, marks: marks, received: http.received)
        count(ending)
        log(ending)
        guard let route else { return }
        guard let work else { return station.records.append(record(ending, route)) }
        self.work = nil
        if work.isSettled { return station.records.append(record(ending.settled(by: work), route)) }
        work.whenSettled { [self] in station.records.append(record(ending.settled(by: work), route)) }
    }

    private func log(_ ending: Ending) {
        writeLine { line in
            describe(ending, to: &line)
            Self.time(total: ending.total, overhead: ending.overhead, to: &line)
            measure(ending, to: &line)
        }
    }

    /// One line of the access log, which begins with whose it is.
    /// - Parameter rest: appends what follows.
    func writeLine(_ rest: (inout [UInt8]) -> Void) {
        let trace = TraceParent(of: http)
        station.accessLog.write { line in
            line.append("{\"time\":\"")
            station.timestamps.append(milliseconds: station.unixMilliseconds, to: &line)
            line.append("\",\"request_id\":\"")
            line += requestID.bytes
            if let trace {
                line.append("\",\"trace_id\":\"")
                line += trace.traceID
            }
            rest(&line)
        }
    }

    /// What came of the request.
    func describe(_ ending: Ending, to line: inout [UInt8]) {
        line.append("\",\"path\":\"")
        line.append(dialect == .chat ? "/v1/chat/completions" : "/v1/completions")
        line.append("\",\"status\":")
        line.append(decimal: ending.status)
        if let route {
            line.append(",\"route\":")
            line += route.nameJSON
        }
        if let client {
            line.append(",\"key\":")
            line.append(json: client.name)
        }
        line.append(",\"cache\":\"")
        line.append(text: ending.cache.rawValue)
        if let answeredBy = ending.answeredBy {
            line.append("\",\"answered_by\":\"")
            line.append(text: answeredBy.rawValue)
        }
        if let verdict = ending.verdict {
            line.append("\",\"verdict\":\"")
            line.append(text: verdict.rawValue)
        }
        line.append("\"")
        if stream != nil { line.append(",\"stream\":true") }
        if let call = ending.asked.small, call.isCancelled {
            line.append(",\"small_cut_at\":")
            line.append(decimal: call.pace.count)
        }
        if let answer = ending.answer {
            line.append(",\"model\":")
            line.append(json: answer.model)
        }
        if let code = ending.error?.code {
            line.append(",\"error\":")
            line.append(json: code)
        }
        if let score = ending.score {
            line.append(",\"confidence\":")
            line.append(fixed: score, places: 4)
        }
    }

    static func time(total: Duration, overhead: Duration, to line: inout [UInt8]) {
        line.append(",\"ms\":")
        line.append(milliseconds: total)
        line.append(",\"overhead_ms\":")
        line.append(milliseconds: overhead)
    }

    /// Sizes and cost, and the line's end.
    func measure(_ ending: Ending, to line: inout [UInt8]) {
        line.append(",\"bytes_in\":")
        line.append(decimal: http.body.count)
        line.append(",\"bytes_out\":")
        line.append(decimal: ending.sent)
        if let cost = ending.cost {
            line.append(",\"cost_usd\":")
            line.append(fixed: cost, places: 8)
        }
        line.append("}\n")
    }
}
