/// What questions are about, the common first. Two dozen of each: enough that a model has to see many examples before
/// it has met them all.
extension QuestionGenerator {
    static let languages: [(String, [String])] = [
        ("swift", ["swift", "Swift"]), ("python", ["python", "Python"]), ("c", ["C", "c"]), ("c++", ["c++", "C++"]),
        ("go", ["golang", "Go"]), ("rust", ["rust", "Rust"]), ("javascript", ["javascript", "JavaScript"]),
        ("typescript", ["typescript", "TypeScript"]), ("shell", ["shell", "bash"]), ("java", ["java", "Java"]),
        ("kotlin", ["kotlin", "Kotlin"]), ("ruby", ["ruby", "Ruby"]),
    ]

    static let folders = [
        "Sources/Loop", "Tests", "Sources/Cache", "Sources/Gateway", "deploy", "Sources/Judgment", "Sources/HTTPServer",
        "config", "Sources/JSON", "Sources/Harvest", "src/parser", "Sources/Settings", "lib/network", "Sources/Routing",
        "src/server", "Tests/CacheTests", "Sources/Completions", "app/models", "Sources/HTTPClient", "tools",
        "src/core",
        "Sources/Digest", "vendor", "scripts/build",
    ]

    static let files = [
        "Loop.swift", "main.c", "Exchange.swift", "server.py", "Connection.swift", "parser.c", "Judge.swift",
        "utils.py",
        "Package.swift", "index.ts", "Transfer.swift", "demo.sh",
    ]

    static let called = [
        "malloc", "free", "printf", "memcpy", "close", "read", "write", "open", "send", "parse", "encode", "decode",
        "print",
        "fork", "realloc", "post", "retire", "flush", "connect", "strlen", "append", "sqlite3_step", "event_add",
        "sleep",
        "redisCommand", "curl_easy_perform", "json.loads", "pthread_create",
    ]

    static let stems = [
        "parse", "HTTP", "read", "Error", "Cache", "Request", "write", "test", "Reader", "make", "Writer", "Loop",
        "handle",
        "Settings", "encode", "Grammar", "on", "Buffer", "decode", "Key", "flush", "Record", "Cache Key", "View Model",
        "validate", "Token", "init", "Stream",
    ]

    static let people = [
        "Alice", "Bob", "Chen", "Dana", "Erik", "Fatima", "Grace", "Hugo", "Ines", "Jamal", "Kim", "Lena", "Marco",
        "Nadia",
        "Oleg", "Priya",
    ]

    static let times: [(String, [String])] = [
        ("20ms", ["20 ms", "20ms", "20 milliseconds"]), ("1s", ["1 second", "1s"]), ("100ms", ["100 ms", "100ms"]),
        ("5ms", ["5 ms", "5 milliseconds"]), ("2s", ["2 seconds", "2 s"]), ("500us", ["500 us", "500 microseconds"]),
        ("1.5s", ["1.5 seconds", "1.5s"]), ("50ms", ["50 ms"]), ("10s", ["ten seconds", "10 seconds"]),
        ("100us", ["100 microseconds", "100us"]), ("250ms", ["250 ms"]), ("0.5s", ["0.5 seconds"]),
    ]

    static let ages: [(String, [String])] = [
        ("1w", ["in the last week", "within a week", "in the past week"]), ("1d", ["today", "in the last day"]),
        ("7d", ["this week", "in the last 7 days", "in the last seven days"]),
        ("30d", ["this month", "in the last month"]),
        ("2w", ["in the last two weeks", "in the past 2 weeks"]), ("2d", ["since yesterday", "in the last two days"]),
        ("14d", ["recently", "lately"]), ("24h", ["in the last 24 hours"]), ("3d", ["in the last three days"]),
        ("365d", ["this year"]), ("1y", ["in the last year"]), ("90d", ["in the last three months"]),
        ("12h", ["in the last twelve hours"]), ("3w", ["within three weeks"]), ("180d", ["in the last 6 months"]),
    ]

    static let spans: [(String, String)] = [
        ("1y", "a year"), ("180d", "six months"), ("2y", "two years"), ("30d", "a month"), ("2w", "two weeks"),
        ("90d", "90 days"),
        ("5y", "5 years"), ("3w", "3 weeks"),
    ]
}
