import Completions

extension APIError {
    static func unknownCycle(_ id: String) -> APIError {
        APIError(
            status: 404,
            message: "There is no cycle '\(id.prefix(100))'.",
            type: "invalid_request_error",
            code: "cycle_not_found"
        )
    }

    static func cycleIsOver(_ id: String) -> APIError {
        APIError(
            status: 409,
            message: "The cycle \(id) is not under way.",
            type: "invalid_request_error",
            code: "cycle_is_over"
        )
    }

    /// This program serves pages without being able to turn the flywheel.
    static var noCycles: APIError {
        APIError(status: 501, message: "Cycles cannot be run from here.", type: "server_error", code: "no_cycles")
    }

    init(_ refusal: CycleRefusal) {
        let (status, code) =
            switch refusal.kind {
            case .busy: (409, "cycle_under_way")
            case .impossible: (422, "cycle_impossible")
            case .failed: (500, "cycle_failed")
            }
        self.init(
            status: status,
            message: refusal.message,
            type: status == 500 ? "server_error" : "invalid_request_error",
            code: code
        )
    }
}
