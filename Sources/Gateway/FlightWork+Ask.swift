import Completions
import HTTPClient
import HTTPServer
import JSON
import Judgment
import Logging
import Loop
import Settings

extension FlightWork {
    /// Puts the request to one model. Never throws: what went wrong is part of what came of it.
    func ask(_ model: ServedModel, as role: ModelRole) async -> Attempt {
        let asker = Asker(request: request, headers: headers, lines: lines, parser: station.parser, deadline: deadline)
        let attempt = await asker.ask(model)
        // A body that cannot be made for this model was not sent.
        guard !attempt.sent.isEmpty else { return attempt }
        if case .failure(let problem) = attempt.result, problem.kind == .malformed {
            station.shared.log.warning(
                "a model's answer cannot be read",
                metadata: [
                    "model": "\(model.name)", "request_id": "\(requestID.text)", "what": "\(problem.detail ?? "")",
                ]
            )
        }
        note(attempt.call, of: model, as: role)
        return attempt
    }

    private func note(_ call: Asked.Call, of model: ServedModel, as role: ModelRole) {
        switch role {
        case .small: asked.small = call
        case .large: asked.large = call
        }
        station.meters.asked(model, role, call)
        if role == .large, let cost = call.cost { route.spend?.add(cost, at: Int(station.unixMilliseconds)) }
    }
}
