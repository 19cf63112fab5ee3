import Completions
import HTTPServer
import Judgment
import Loop
import Settings

extension Exchange {
    /// What metrics say of an exchange that is over.
    func count(_ ending: Ending) {
        let meters = station.meters
        let answerer: Answerer =
            switch ending.answeredBy {
            case .small: .small
            case .large: .large
            case .cache: .cache
            case nil: .none
            }
        meters.request(route?.meter, answerer, status: ending.status)
        meters.spent(marks.begun - http.received, in: .receive)
        if route == nil { return }
        if let chosen = marks.chosen { meters.spent(chosen - marks.begun, in: .choose) }
        meters.overhead(ending.overhead)
        switch ending.cache {
        case .hit where ending.asked.recall == .zero: meters.lookup(.hit)
        case .hit, .miss: meters.lookup(.miss)
        case .shared: meters.lookup(.shared)
        case .bypass: break
        }
        // A flight's work is counted by the flight: `FlightWork.publish`.
        guard ending.cache == .miss || ending.cache == .bypass else { return }
        if let arrived = marks.arrived { meters.spent(marks.answered - arrived, in: .answer) }
    }
}

extension WorkerMeters {
    func asked(_ model: ServedModel, _ role: ModelRole, _ call: Asked.Call) {
        // How long it would have taken, and what it cost, nobody knows.
        if call.isCancelled { return cancelled(role == .small ? model.meter.small : model.meter.large) }
        asked(
            role == .small ? model.meter.small : model.meter.large,
            took: call.took - call.queued,
            input: call.input ?? 0,
            output: call.output ?? 0,
            cost: call.cost
        )
    }
}
