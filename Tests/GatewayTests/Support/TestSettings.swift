/// A settings file in the making: sections hold finished lines of YAML, models and routes an entry each.
struct TestSettings {
    /// Beside addresses and workers.
    var server: [String] = []
    var cache: [String] = []
    /// Beside store, spool and records, which lie in the gateway's directory.
    var harvest: [String] = []
    var models: [String] = []
    var routes: [String] = []
    var workers = 2
    /// Where candidates wait for the store.
    var spool = "spool"
    var records = "records"
    /// A SQLite file, or the URL of a PostgreSQL.
    var store = "understudy.db"

    /// A model's entry. `extra`: further members in YAML's flow form, `price: { input: 1, output: 2 }`.
    mutating func model(_ name: String, at baseURL: String, api: String = "chat", _ extra: String...) {
        let members = ["base_url: '\(baseURL)'", "api: \(api)", "model: \(name)"] + extra
        models.append("\(name): { \(members.joined(separator: ", ")) }")
    }

    /// A route's entry; `small` nil: large alone.
    mutating func route(_ name: String, small: String? = "small", large: String = "large", _ extra: String...) {
        let members = (small.map { ["small: \($0)"] } ?? []) + ["large: \(large)"] + extra
        routes.append("\(name): { \(members.joined(separator: ", ")) }")
    }

    /// A route `main` with `small` and `large`, both of this provider.
    init(at baseURL: String, _ route: String..., smallAPI: String = "chat", largeAPI: String = "chat") {
        model("small", at: baseURL, api: smallAPI, "price: { input: 1, output: 2 }")
        model("large", at: baseURL, api: largeAPI, "price: { input: 10, output: 20 }")
        let members = ["small: small", "large: large"] + route
        routes.append("main: { \(members.joined(separator: ", ")) }")
    }

    init() {}

    var yaml: String {
        var lines = ["server:", "  listen: 127.0.0.1:0", "  admin: 127.0.0.1:0", "  workers: \(workers)"]
        lines += server.map { "  \($0)" }
        if !cache.isEmpty { lines += ["cache:"] + cache.map { "  \($0)" } }
        lines += [
            "harvest:", "  store: '\(store.contains("://") ? store : "sqlite:\(store)")'", "  spool: \(spool)",
            "  records: \(records)",
        ]
        lines += harvest.map { "  \($0)" }
        lines += ["models:"] + models.map { "  \($0)" } + ["routes:"] + routes.map { "  \($0)" }
        return lines.joined(separator: "\n") + "\n"
    }
}
