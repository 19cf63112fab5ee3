import Completions
import HTTPServer
import Harvest
import JSON
import Settings

// How far the review is, and what there is to choose from.
extension ReviewAPI {
    /// The routes of the settings, and those that only the store still knows.
    func routes() async throws -> [UInt8] {
        let counts = try await store.counts(CandidateFilter(statuses: [.new]))
        var left: [String: Int] = [:]
        for count in counts { left[count.route, default: 0] += count.count }
        let settings = await host.settings.routes
        let names = Set(settings.keys).union(left.keys).sorted()
        return PageReply.list(names) { name, writer in
            writer.beginObject()
            writer.name("name")
            writer.string(name)
            writer.name("new")
            writer.number(left[name] ?? 0)
            // What its small model would be trained on; null: nothing is exported of it.
            writer.name("format")
            let format = settings[name].map { route -> ExportFormat in
                route.small?.api == .completions ? .completions : .chat
            }
            writer.orNull(format?.rawValue)
            writer.endObject()
        }
    }

    func progress(_ request: PageRequest) async throws -> [UInt8] {
        var filter = try request.filter()
        let route = try request.required("route")
        let progress = try await store.progress(route: route, reviewer: try request.reviewer())
        // All combinations of what the page may narrow by, each with its count: it adds up those it needs.
        let (reasons, version, source) = (filter.reasons, filter.version, filter.source)
        filter.reasons = nil
        filter.version = nil
        filter.source = nil
        filter.statuses = [.new]
        let facets = try await store.counts(filter)
        let left = facets.reduce(0) { sum, facet in
            let isMeant =
                reasons?.contains(facet.reason) ?? true && (version == nil || version == facet.version ?? "")
                && (source == nil || source == facet.source)
            return isMeant ? sum + facet.count : sum
        }
        let kind = await self.route(route)?.kind
        return PageReply.object { writer in
            writer.name("kind")
            writer.orNull(kind?.rawValue)
            writer.name("target")
            if let kind { writer.number(kind.enough) } else { writer.null() }
            writer.name("left")
            writer.number(left)
            writer.name("facets")
            writer.beginArray()
            for facet in facets { Self.write(facet, to: &writer) }
            writer.endArray()
            Self.write(progress, to: &writer)
        }
    }

    private static func write(_ facet: CandidateCount, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("reason")
        writer.string(facet.reason)
        writer.name("version")
        writer.string(facet.version ?? PageRequest.noVersion)
        writer.name("source")
        writer.string(facet.source.rawValue)
        writer.name("count")
        writer.number(facet.count)
        writer.endObject()
    }

    private static func write(_ progress: ReviewProgress, to writer: inout JSONWriter) {
        writer.name("candidates")
        writer.beginObject()
        for status in Candidate.Status.allCases {
            writer.name(Array(status.rawValue.utf8))
            writer.number(progress.candidates[status] ?? 0)
        }
        writer.endObject()
        writer.name("items_left")
        writer.number(progress.itemsLeft)
        writer.name("reviews")
        writer.number(progress.reviews)
        writer.name("per_minute")
        if let rate = progress.perMinute { writer.number(rate) } else { writer.null() }
        for (name, tally) in [("known" as StaticString, progress.known), ("overlap", progress.overlap)] {
            writer.name(name)
            writer.beginObject()
            writer.name("agreed")
            writer.number(tally.agreed)
            writer.name("of")
            writer.number(tally.of)
            writer.endObject()
        }
        writer.name("kappa")
        if let kappa = progress.kappa { writer.number(kappa) } else { writer.null() }
        writer.name("conflicts")
        writer.number(progress.conflicts)
    }
}
