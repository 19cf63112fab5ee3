import Cache
import Foundation
import Judgment
import Testing

@testable import Gateway

struct MetricsTests {
    private func text(_ metrics: Metrics) -> String {
        String(decoding: metrics.text(), as: UTF8.self)
    }

    private func lines(_ metrics: Metrics, _ start: String) -> [String] {
        text(metrics).split(separator: "\n").map(String.init).filter { $0.hasPrefix(start) }
    }

    /// Every family, with something in it.
    private func full() -> Metrics {
        let metrics = Metrics()
        let worker = metrics.worker()
        let route = metrics.meter(route: "code-search")
        let model = metrics.meter(model: "small \"one\"\\\n")
        worker.request(route, .small, status: 200)
        worker.request(nil, .none, status: 404)
        worker.verdict(route, .accept)
        worker.candidate(route, .lowConfidence)
        worker.spendRefused(route)
        worker.overhead(.microseconds(90))
        worker.lookup(.hit)
        for phase in Phase.allCases { worker.spent(.milliseconds(1), in: phase) }
        worker.asked(model.small, took: .milliseconds(30), input: 180, output: 12, cost: 0.0003072)
        metrics.add(metrics.counter(.harvestErrors, "full"))
        metrics.source("test") { samples in
            samples.add(.inFlight, "small", value: 3)
            samples.add(.spend, "code-search", value: 1.25)
            samples.add(.spendLimit, "code-search", value: 20)
            samples.add(.cacheBytes, value: 4096)
            samples.add(.cacheEntries, value: 3)
            samples.add(.cacheChanges, "evicted", value: 1)
            samples.add(.flights, value: 2)
            samples.add(.breaker, "redis", value: 0)
            samples.add(.queueDepth, "spool", value: 2)
            samples.add(.dropped, "access_log", value: 0)
            samples.add(.storeFailing, value: 0)
            samples.add(.staleSmall, "code-search", value: 0)
            samples.add(.trialShare, "code-search", value: 0.05)
            samples.add(.shutdown, "code-search", value: 1_927_843_200)
            samples.add(.config, "0123456789ab", value: 1)
        }
        return metrics
    }

    @Test func `promtool finds nothing to say about any metric`() throws {
        let metrics = full()
        for family in MetricFamily.all { #expect(text(metrics).contains("# TYPE \(family.name) \(family.type)\n")) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["promtool", "check", "metrics"]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        try process.run()
        input.fileHandleForWriting.write(Data(metrics.text()))
        input.fileHandleForWriting.closeFile()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(said == "")
        #expect(process.terminationStatus == 0, "promtool is in Debian's package prometheus: \(said)")
    }

    @Test func `the names of the contract are all there`() {
        let names = Set(MetricFamily.all.map(\.name))
        for name in [
            "requests_total", "verdicts_total", "phase_seconds", "upstream_seconds", "overhead_seconds", "cache_total",
            "candidates_total", "tokens_total", "cost_usd_total", "in_flight", "queue_depth", "dropped_total",
            "harvest_errors_total", "config_info",
        ] { #expect(names.contains("understudy_" + name)) }
        #expect(names.count == MetricFamily.all.count)
    }

    @Test func `workers' counts are summed, and the same labels are the same series`() {
        let metrics = Metrics()
        let (left, right) = (metrics.worker(), metrics.worker())
        left.request(metrics.meter(route: "a"), .small, status: 200)
        right.request(metrics.meter(route: "a"), .small, status: 200)
        right.request(metrics.meter(route: "b"), .small, status: 200)
        #expect(
            lines(metrics, "understudy_requests_total{route=\"a\"") == [
                "understudy_requests_total{route=\"a\",answered_by=\"small\",status=\"200\"} 2"
            ]
        )
        #expect(lines(metrics, "understudy_requests_total{route=\"b\"").count == 1)
    }

    @Test(arguments: [(404, "404"), (200, "200"), (599, "other"), (99, "other"), (1000, "other"), (418, "other")])
    func `a status out of the list is other`(status: Int, label: String) {
        let metrics = Metrics()
        metrics.worker().request(nil, .none, status: status)
        #expect(
            lines(metrics, "understudy_requests_total{route=\"(none)\"").contains(
                "understudy_requests_total{route=\"(none)\",answered_by=\"none\",status=\"\(label)\"} 1"
            )
        )
    }

    @Test func `every reason of a verdict has its own series`() {
        let metrics = Metrics()
        let worker = metrics.worker()
        let route = metrics.meter(route: "r")
        for reason in VerdictReason.all { worker.verdict(route, reason) }
        let expected = VerdictReason.all.map {
            "understudy_verdicts_total{route=\"r\",reason=\"\($0.rawValue)\"} 1"
        }
        #expect(lines(metrics, "understudy_verdicts_total{route=\"r\"") == expected)
    }

    @Test func `a histogram's buckets are cumulative and agree with its count and sum`() {
        let metrics = Metrics()
        let worker = metrics.worker()
        for nanoseconds in [0, 10_000, 10_001, 60_000_000_000, 60_000_000_001, -5] {
            worker.overhead(.nanoseconds(nanoseconds))
        }
        let all = lines(metrics, "understudy_overhead_seconds")
        #expect(all.first == "understudy_overhead_seconds_bucket{le=\"1e-05\"} 3")
        #expect(all.contains("understudy_overhead_seconds_bucket{le=\"2.5e-05\"} 4"))
        #expect(all.contains("understudy_overhead_seconds_bucket{le=\"60\"} 5"))
        #expect(all.contains("understudy_overhead_seconds_bucket{le=\"+Inf\"} 6"))
        #expect(all.contains("understudy_overhead_seconds_count 6"))
        #expect(all.contains { $0.hasPrefix("understudy_overhead_seconds_sum 120.0000200") })
    }

    @Test func `cost is printed in dollars`() {
        let metrics = Metrics()
        let worker = metrics.worker()
        let model = metrics.meter(model: "m")
        for _ in 0..<3 { worker.asked(model.large, took: .zero, input: 1, output: 2, cost: 0.25) }
        worker.asked(model.large, took: .zero, input: -1, output: 0, cost: .nan)
        worker.asked(model.large, took: .zero, input: 0, output: 0, cost: -1)
        #expect(
            lines(metrics, "understudy_cost_usd_total{model=\"m\",role=\"large\"}").first?.hasSuffix(" 0.75") == true
        )
        #expect(lines(metrics, "understudy_tokens_total{model=\"m\",role=\"large\",direction=\"output\"} 6").count == 1)
    }

    @Test func `a source replaces the earlier one of its name, and sources that agree on a series add up`() {
        let metrics = Metrics()
        metrics.source("a") { $0.add(.inFlight, "m", value: 100) }
        metrics.source("a") { $0.add(.inFlight, "m", value: 1) }
        metrics.source("b") { $0.add(.inFlight, "m", value: 2.5) }
        #expect(lines(metrics, "understudy_in_flight{") == ["understudy_in_flight{model=\"m\"} 3.5"])
    }

    @Test func `the counters of several links to Redis are summed`() {
        let metrics = Metrics()
        let watch = RedisWatch()
        watch.register(in: metrics)
        for _ in 1...2 { watch.add(CacheCounters()) }
        #expect(lines(metrics, "understudy_cache_total{tier=\"redis\"").count == 9)
        #expect(lines(metrics, "understudy_breaker_open{") == ["understudy_breaker_open{target=\"redis\"} 0"])
    }

    @Test func `more series than a family may have are counted as other`() {
        let metrics = Metrics()
        let worker = metrics.cells()
        for number in 0..<(Metrics.maxSeries + 10) { worker.add(metrics.counter(.harvestErrors, "r\(number)")) }
        #expect(lines(metrics, "understudy_harvest_errors_total{").count == Metrics.maxSeries)
        #expect(lines(metrics, "understudy_harvest_errors_total{reason=\"other\"} 11").count == 1)
    }

    @Test func `counting on many threads while others scrape loses nothing`() async {
        let metrics = Metrics()
        let shared = metrics.counter(.harvestErrors, "full")
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let worker = metrics.worker()
                    let route = metrics.meter(route: "r")
                    for _ in 0..<10_000 {
                        worker.request(route, .cache, status: 200)
                        metrics.add(shared)
                    }
                }
                group.addTask { for _ in 0..<20 { _ = metrics.text() } }
            }
        }
        #expect(
            lines(metrics, "understudy_requests_total{route=\"r\",answered_by=\"cache\",status=\"200\"}").first?
                .hasSuffix(
                    " 40000"
                ) == true
        )
        #expect(lines(metrics, "understudy_harvest_errors_total{reason=\"full\"} 40000").count == 1)
    }

    @Test func `the process knows its memory, its descriptors and its start`() throws {
        func value(_ name: String) throws -> Double {
            try #require(lines(Metrics(), name + " ").first.flatMap { Double($0.dropFirst(name.count + 1)) })
        }
        #expect(try value("process_resident_memory_bytes") > 1e6)
        #expect(try value("process_open_fds") >= 3)
        #expect(try value("process_cpu_seconds_total") >= 0)
        let start = try value("process_start_time_seconds")
        #expect(abs(start - Date().timeIntervalSince1970) < 86_400)
    }
}

struct HistogramShapeTests {
    @Test func `the bucket is the first whose bound is not less`() {
        let shape = HistogramShape.seconds
        var probes: [UInt64] = [0, 1, .max]
        for bound in shape.bounds { probes += [bound - 1, bound, bound + 1] }
        for bits in 0..<64 { probes.append(1 << bits) }
        for probe in probes {
            #expect(shape.bucket(probe) == shape.bounds.firstIndex { $0 >= probe } ?? shape.bounds.count)
        }
    }
}
