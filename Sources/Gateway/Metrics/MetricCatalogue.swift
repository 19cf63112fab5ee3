// Every metric there is: this file is the reference. Times are seconds, sizes bytes, money US dollars; labels take
// their values from the settings or from closed lists, never from clients.

extension MetricFamily {
    // MARK: Exchanges

    static let requests = counter(
        "understudy_requests_total",
        "Exchanges by route (or (none)), by who answered (small, large, cache, none) and by HTTP status.",
        labels: "route",
        "answered_by",
        "status"
    )
    static let verdicts = counter(
        "understudy_verdicts_total",
        "Verdicts on small answers, or why there was none, by reason.",
        labels: "route",
        "reason"
    )
    static let phases = histogram(
        "understudy_phase_seconds",
        "Time that exchanges spent in each phase.",
        labels: "phase"
    )
    static let overhead = histogram(
        "understudy_overhead_seconds",
        "Time from request to answer without the time spent waiting for models."
    )

    // MARK: Models

    static let upstream = histogram(
        "understudy_upstream_seconds",
        "Time from asking a model to the end of its answer or to its failure, our own queue not counted.",
        labels: "model",
        "role"
    )
    static let tokens = counter(
        "understudy_tokens_total",
        "Tokens as the models report them; direction is input or output.",
        labels: "model",
        "role",
        "direction"
    )
    static let cost = counter(
        "understudy_cost_usd_total",
        "Money spent on models in US dollars, by the prices of the settings.",
        labels: "model",
        "role",
        scale: 1e-9
    )
    static let cancelled = counter(
        "understudy_cancelled_calls_total",
        "Calls of a model that were broken off: hopeless answers, lost hedges, clients that left.",
        labels: "model",
        "role"
    )
    static let inFlight = sampledGauge(
        "understudy_in_flight",
        "Calls of a model under way, all workers together.",
        labels: "model"
    )
    static let spendRefusals = counter(
        "understudy_spend_refusals_total",
        "Times the large model was not asked because the route's ceiling of spending was reached.",
        labels: "route"
    )

    static let spend = sampledGauge(
        "understudy_spend_usd",
        "What large has cost on a route in its current window of time, over all gateways that share a Redis.",
        labels: "route"
    )
    static let spendLimit = sampledGauge(
        "understudy_spend_limit_usd",
        "The ceiling of understudy_spend_usd; large is not asked while it is reached.",
        labels: "route"
    )

    // MARK: Cache

    static let cache = counter(
        "understudy_cache_total",
        """
        Cache lookups by tier and result. memory: hit, miss, shared (waited for another's flight). redis: hit, miss, \
        timeout, corrupt, error, skipped (no link, or breaker open), dropped (too many under way); stored, not_stored.
        """,
        labels: "tier",
        "result"
    )
    static let cacheBytes = sampledGauge(
        "understudy_cache_bytes",
        "What the in-process cache takes, tables included; at most cache.memory."
    )
    static let cacheEntries = sampledGauge("understudy_cache_entries", "Answers in the in-process cache.")
    static let cacheChanges = sampledCounter(
        "understudy_cache_changes_total",
        """
        What became of answers in the in-process cache: stored, evicted (for room), dropped (not to be given any more), \
        too_large (for the whole cache, so not stored).
        """,
        labels: "change"
    )
    static let flights = sampledGauge(
        "understudy_flights",
        "Answers that are being worked on, or on their way to Redis."
    )
    static let breaker = sampledGauge(
        "understudy_breaker_open",
        "How many workers skip a service because it kept missing its deadline; 0 is well.",
        labels: "target"
    )

    // MARK: Harvest

    static let candidates = counter(
        "understudy_candidates_total",
        "Training candidates kept, by the reason of the fallback.",
        labels: "route",
        "reason"
    )
    static let audits = counter(
        "understudy_audits_total",
        """
        Audited exchanges: agree, contradict (by the route's comparator), failed (an answer is missing, is no reference, or \
        could not be compared).
        """,
        labels: "route",
        "result"
    )
    static let harvestErrors = counter(
        "understudy_harvest_errors_total",
        "Candidates that could not be kept, or (late) not before the answer left.",
        labels: "reason"
    )

    static let storeFailing = sampledGauge(
        "understudy_store_failing",
        "1 while candidates stay in the spool because the store does not take them; the log says why."
    )

    // MARK: Queues and settings

    static let queueDepth = sampledGauge(
        "understudy_queue_depth",
        "What waits in a queue.",
        labels: "queue"
    )
    static let dropped = sampledCounter(
        "understudy_dropped_total",
        """
        What a full queue dropped: lines of log (operational) and access_log, records; audit: drawn, not carried out (no \
        room, models busy, gateway going down); spool_damaged: unreadable.
        """,
        labels: "queue"
    )
    static let staleSmall = sampledGauge(
        "understudy_stale_small",
        "1 where the small model in service was trained for another contract than the route has now.",
        labels: "route"
    )
    static let trialShare = sampledGauge(
        "understudy_trial_share",
        "The share of the inputs that a version on trial gets first, 0 to 1; 0 where none is on trial.",
        labels: "route"
    )
    static let shutdown = sampledGauge(
        "understudy_model_shutdown_timestamp_seconds",
        "When its provider shuts the small model in service down, in Unix time; absent where no day is known.",
        labels: "route"
    )
    static let config = sampledGauge(
        "understudy_config_info",
        "The version of the settings in force; always 1.",
        labels: "version"
    )

    // MARK: Process (names as every Prometheus client library has them)

    static let processCPU = sampledCounter("process_cpu_seconds_total", "User and system CPU time.")
    static let processResident = sampledGauge("process_resident_memory_bytes", "Resident memory.")
    static let processVirtual = sampledGauge("process_virtual_memory_bytes", "Virtual memory.")
    static let processDescriptors = sampledGauge("process_open_fds", "Open file descriptors.")
    static let processMaxDescriptors = sampledGauge("process_max_fds", "How many file descriptors may be open.")
    static let processStart = sampledGauge("process_start_time_seconds", "When the process started, in Unix time.")

    /// In the order in which they are printed.
    static let all = [
        requests, verdicts, phases, overhead, upstream, tokens, cost, inFlight, cancelled, spendRefusals, spend,
        spendLimit, cache, cacheBytes, cacheEntries, cacheChanges, flights, breaker, candidates, audits,
        harvestErrors, storeFailing, queueDepth, dropped, config, staleSmall, trialShare, shutdown,
        processCPU, processResident, processVirtual, processDescriptors, processMaxDescriptors, processStart,
    ]
}
