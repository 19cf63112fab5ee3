// swift-tools-version: 6.2
//
// The house. Arrows between modules go down only; each C library is imported by one Swift module, privately
// (OpenSSL by two: Digest, and Loop for TLS; CSpawn by Training and understudy).
//
//  5               understudy   understudy-sim            command lines
//  4     Gateway       Console        Training            one exchange | the pages | the cycle
//  3   HTTPServer HTTPClient Cache Harvest                I/O on a loop, or on a thread of its own
//  2        Loop          Judgment <- Settings <- Routing one thread and its doors | pure thought
//  1   C boundary   Completions  JSON  Digest  Statistics  Learner   headers | values

import PackageDescription

let strict: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        // Release builds leave out the run-time check that no two accesses of one variable overlap: nearly all state is
        // in classes that are confined to a loop, so each step of a request would pay for several. Debug builds, and
        // with them the tests, keep the check; what the compiler finds at build time stays an error in both.
        .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
    ] + (Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)])

func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

func clibrary(_ name: String) -> Target {
    .systemLibrary(name: name)
}

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

let package = Package(
    name: "understudy",
    platforms: [.macOS(.v26)],
    products: [
        .executable(name: "understudy", targets: ["understudy"]),
        .executable(name: "understudy-sim", targets: ["understudy-sim"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
    ],
    targets: [
        // 1: headers
        clibrary("CEvent"),
        clibrary("CHTTPParser"),
        clibrary("CCurl"),
        clibrary("CHiredis"),
        clibrary("COpenSSL"),
        clibrary("CPCRE2"),
        clibrary("CPQ"),
        clibrary("CSpawn"),
        .target(
            name: "CSimdjson",
            cxxSettings: [.unsafeFlags(["-O2"])],
            linkerSettings: [.linkedLibrary("simdjson")]
        ),

        // 1: values
        room("JSON", ["CSimdjson"]),
        room("Digest", ["COpenSSL"]),
        room("Completions", ["JSON", .product(name: "Mustache", package: "swift-mustache")]),
        // Bounds, sequences, agreement: numbers in, numbers out.
        room("Statistics"),
        // A small model that is really trained, for the simulator; compiled for speed in tests too, which train it.
        .target(
            name: "Learner",
            swiftSettings: strict
                + [
                    .unsafeFlags(
                        ["-O", "-wmo", "-num-threads", "1", "-disable-batch-mode"],
                        .when(configuration: .debug)
                    )
                ]
        ),

        // 2: one thread and its doors; pure thought
        room("Loop", ["CEvent", "COpenSSL"]),
        room("Judgment", ["Completions", "JSON", "Statistics", "CPCRE2"]),
        room("Settings", ["Judgment", "Completions", "JSON", "Digest", .product(name: "Yams", package: "Yams")]),
        room("Routing", ["Settings", "Judgment", "Completions", "JSON", "Digest"]),

        // 3: I/O
        room("HTTPServer", ["Loop", "CHTTPParser"]),
        room("HTTPClient", ["Loop", "CCurl"]),
        room("Cache", ["Loop", "Completions", "JSON", "Digest", "CHiredis"]),
        room(
            "Harvest",
            [
                "Loop", "Judgment", "Completions", "JSON", "Digest", "CPQ",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]
        ),

        // The pages as bytes: `#embed` of C23 puts the files of Sources/Console/Pages into the program.
        .target(name: "CPages", cSettings: [.unsafeFlags(["-std=c23"])]),

        // 4: compose
        room(
            "Gateway",
            [
                "HTTPServer", "HTTPClient", "Cache", "Harvest", "Loop", "Judgment", "Routing", "Settings", "Statistics",
                "Completions", "JSON", "Digest", logging,
            ]
        ),

        .target(
            name: "Console",
            dependencies: ["HTTPServer", "Harvest", "Judgment", "Settings", "Completions", "JSON", "Digest", "CPages"],
            exclude: ["Pages"],
            swiftSettings: strict
        ),

        // 5: command lines
        .executableTarget(
            name: "understudy",
            dependencies: [
                "Gateway", "Console", "Training", "Harvest", "Settings", "Judgment", "Completions", "JSON", "Digest",
                "Loop", "CSpawn",
                argumentParser, logging,
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "understudy-sim",
            dependencies: ["Simulation", "Loop", argumentParser],
            swiftSettings: strict
        ),
        room("Simulation", ["HTTPServer", "Learner", "Loop", "JSON", "Digest"]),
        // 4, beside Gateway: what turns answers into a better small model.
        room(
            "Training",
            [
                "HTTPClient", "Harvest", "Loop", "Judgment", "Routing", "Settings", "Statistics", "Completions", "JSON",
                "Digest", "CSpawn",
            ]
        ),

        // Tests mirror the rooms
        tests("JSONTests", ["JSON"]),
        tests("DigestTests", ["Digest"]),
        tests("CompletionsTests", ["Completions", "JSON"]),
        tests("LoopTests", ["Loop"]),
        tests("JudgmentTests", ["Judgment", "Completions", "JSON"]),
        tests("SettingsTests", ["Settings", "Judgment", "Completions", "JSON", "Digest"]),
        tests("RoutingTests", ["Routing", "Settings", "Judgment", "Completions", "JSON", "Digest"]),
        tests("HTTPServerTests", ["HTTPServer", "Loop", "COpenSSL"]),
        tests("HTTPClientTests", ["HTTPClient", "Loop"]),
        tests("CacheTests", ["Cache", "Completions", "Digest", "Loop"]),
        tests(
            "HarvestTests",
            [
                "Harvest", "Judgment", "Completions", "Digest", "Loop", "JSON",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]
        ),
        tests("LearnerTests", ["Learner"]),
        tests("SimulationTests", ["Simulation", "Learner", "Judgment", "Completions", "JSON", "Loop"]),
        tests("StatisticsTests", ["Statistics", "JSON"]),
        tests(
            "TrainingTests",
            [
                "Training", "Simulation", "HTTPServer", "HTTPClient", "Harvest", "Loop", "Judgment", "Routing",
                "Settings", "Statistics", "Completions", "JSON", "Digest",
            ]
        ),
        tests(
            "GatewayTests",
            [
                "Gateway", "Simulation", "HTTPServer", "Cache", "Harvest", "Judgment", "Routing", "Settings",
                "Completions", "JSON", "Digest", "Loop", logging,
            ]
        ),
        tests(
            "ConsoleTests",
            ["Console", "HTTPServer", "Harvest", "Judgment", "Settings", "Completions", "JSON", "Digest"]
        ),
    ]
)
