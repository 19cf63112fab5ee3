import Harvest
import Settings

extension Check {
    /// Models in service that were trained for another contract, or that their providers take away, as far as the store
    /// knows.
    ///
    /// A store that is not there yet is not made, and one on another machine is only looked at with `--ask`: this
    /// command has to work where there is nothing but a file.
    func versionWarnings(of settings: GatewaySettings) -> [String] {
        let setting = settings.harvest.store.setting
        let isHere = setting.hasPrefix("sqlite:") && canRead(String(setting.dropFirst("sqlite:".count)))
        guard isHere || ask && !setting.hasPrefix("sqlite:") else { return [] }
        let warnings = try? waitFor {
            let store = try KnownStores.open(setting)
            var warnings: [String] = []
            for version in try await store.versions() {
                guard let route = settings.routes[version.route] else { continue }
                let environment = settings.server.environment
                let promoted = try await store.promotion(route: route.name, environment: environment)?.current.model
                guard version.model == promoted ?? route.small?.model else { continue }
                if version.contract != route.contract {
                    let follows = route.onStaleSmall == .keep ? "it goes on" : "large answers"
                    warnings.append(
                        "routes.\(route.name): '\(version.model)' was trained for another contract, \(follows): run the cycle "
                            + "(understudy cycle \(route.name))"
                    )
                }
                guard let day = version.shutdownDate else { continue }
                let isGone = day <= .now()
                warnings.append(
                    "routes.\(route.name): '\(version.model)' \(isGone ? "was" : "will be") shut down by its provider on "
                        + "\(day.rfc3339.prefix(10)): train another (understudy finetune \(route.name))"
                )
            }
            await store.close()
            return warnings
        }
        return (warnings ?? []).sorted()
    }
}
