// What a gateway asks of the store without being asked itself: which cached answers have to go (CONTRACTS section 2),
// twice a second, and, once a minute, whether there is more of a route than it keeps. On the desk's loop, which waits
// for neither.
//
// A gateway starts with an empty cache, so it begins behind the latest drop. One that had to start while the store was
// away begins at the first there is instead, since some may have come meanwhile: too many answers are forgotten then,
// none too few.

import Harvest
import Logging
import Loop
import Settings

/// Confined to the desk's loop.
final class StoreWatch {
    private let holder = CandidateID.next().description
    private let dropPause: Pause
    private let keepPause: Pause
    private var tasks: [Task<Void, Never>] = []
    private var isEnding = false

    init(desk: isolated Desk) {
        dropPause = Pause(on: desk.loop)
        keepPause = Pause(on: desk.loop)
        // Both end before the desk does: `finish` waits for them.
        nonisolated(unsafe) let watch = self
        tasks = [
            Task(executorPreference: desk.loop) { [desk] in await watch.followDrops(desk) },
            Task(executorPreference: desk.loop) { [desk] in await watch.prune(desk) },
        ]
    }

    func finish(isolation: isolated (any Actor)? = #isolation) async {
        isEnding = true
        dropPause.end()
        keepPause.end()
        for task in tasks { await task.value }
    }

    private func followDrops(_ desk: isolated Desk) async {
        var last: Int?
        var isFirst = true
        while !isEnding {
            var isMore = false
            do throws(StoreError) {
                if let number = last {
                    let drops = try await desk.store.drops(after: number)
                    await desk.forget(drops.map(\.cacheKey))
                    last = drops.last?.number ?? number
                    isMore = drops.count >= 1000
                } else {
                    last = isFirst ? try await desk.store.latestDrop() : 0
                    isMore = !isFirst
                }
            } catch {
                // The mover tells of a store that is away; the next look catches up.
            }
            isFirst = false
            if !isMore, !isEnding { await dropPause.wait(.milliseconds(500)) }
        }
    }

    private func prune(_ desk: isolated Desk) async {
        while !isEnding {
            for route in desk.snapshot.settings.routes.values where !isEnding {
                guard let keep = route.keep else { continue }
                let keeping = Keeping(age: keep.age, size: keep.size)
                do throws(StoreError) {
                    // One gateway of those that share the store.
                    guard try await desk.store.acquire(lease: "keep", holder: holder, for: .seconds(120)) else { break }
                    var gone = 0
                    while !isEnding {
                        let count = try await desk.store.prune(route.name, keeping, now: .now())
                        guard count > 0 else { break }
                        gone += count
                        await keepPause.wait(.milliseconds(50))
                    }
                    if gone > 0 {
                        desk.log.info(
                            "candidates that are kept no longer",
                            metadata: ["route": "\(route.name)", "count": "\(gone)"]
                        )
                    }
                } catch {
                    // As above.
                }
            }
            if !isEnding { await keepPause.wait(.seconds(60)) }
        }
    }
}
