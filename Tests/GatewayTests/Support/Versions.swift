import Foundation
import Harvest
import JSON

/// Versions and evaluations as the training cycle leaves them in a store.
struct VersionShelf {
    let store: any Store

    init(_ setting: String) throws { store = try KnownStores.open(setting) }

    /// A version of `main` that was trained for the contract in force.
    /// - Parameter bar: whether its evaluation meets it; nil: it was not evaluated.
    @discardableResult
    func add(
        _ model: String,
        contract: String,
        bar: Bool? = true,
        threshold: Double? = nil,
        baseURL: String? = nil,
        shutdown: WallTime? = nil
    ) async throws -> ModelVersion {
        var version = ModelVersion(
            route: "main",
            model: model,
            baseURL: baseURL,
            environment: "production",
            contract: contract,
            threshold: threshold,
            shutdownDate: shutdown
        )
        if let bar {
            version.evaluation = "evaluation of \(model)"
            let json = #"{"contract":"\#(contract)","bar":{"met":\#(bar),"reasons":["accepted agreement is 71 %"]}}"#
            _ = try await store.change(kind: "evaluation", id: version.evaluation!, route: "main") { _ in
                Array(json.utf8)
            }
        }
        try await store.put(version)
        return version
    }
}

extension RunningGateway {
    /// The contract in force on `main`, as the gateway says it.
    func contract() throws -> String {
        try admin().get("/admin/v1/routes").json["data"]?[0]?["contract"]?.string ?? ""
    }

    /// `understudy ARGUMENTS --config FILE`, with this gateway's file.
    func command(_ arguments: String...) throws -> (code: CInt, output: String) {
        let config = ["--config", directory.path + "/understudy.yaml"]
        return try run(Self.executable, arguments: arguments + config)
    }

    /// The model that answers a question nobody asked before; nil: it was refused.
    func answerer(_ question: String) throws -> String? {
        try chat(question)["x-understudy-model"]
    }
}
