// The audit log: who did what through this gateway, without texts. Each act is a line of the operational log at once,
// and an event of the store (`Ledger`), which all gateways share and which outlives them, as soon as the store takes
// it.
//
// Nobody waits for the store. What it has not taken yet waits here, in order; of more than `most` the oldest are lost
// to it, which is told. So are those that still wait when the gateway ends. The log has them all.

import Harvest
import JSON
import Logging
import Loop

/// Confined to the desk's loop.
final class AuditTrail {
    private static let most = 1000
    /// Characters of a fact: names and ids are shorter.
    private static let longest = 200

    private let pause: Pause
    private var waiting: [LedgerEvent] = []
    private var lost = 0
    private var delivery: Task<Void, Never>?
    private var isEnding = false

    init(desk: isolated Desk) {
        pause = Pause(on: desk.loop)
    }

    func note(_ event: LedgerEvent, _ desk: isolated Desk) {
        waiting.append(event)
        shorten()
        guard delivery == nil, !isEnding else { return }
        // Ends before the desk does: `finish` waits for it.
        nonisolated(unsafe) let trail = self
        delivery = Task(executorPreference: desk.loop) { [desk] in await trail.deliver(desk) }
    }

    /// Once. What the store does not take at the first attempt is not waited for any more.
    func finish(isolation: isolated (any Actor)? = #isolation) async {
        isEnding = true
        pause.end()
        await delivery?.value
    }

    private func deliver(_ desk: isolated Desk) async {
        while !waiting.isEmpty {
            let event = waiting.removeFirst()
            do throws(StoreError) {
                try await desk.store.add(event)
            } catch {
                if error.isTemporary {
                    waiting.insert(event, at: 0)
                    shorten()
                    if isEnding { break }
                    await pause.wait(.seconds(1))
                } else {
                    lost += 1
                }
            }
            guard lost > 0, waiting.count < Self.most else { continue }
            desk.log.warning("events of the audit log that the store has not", metadata: ["count": "\(lost)"])
            lost = 0
        }
        delivery = nil
    }

    private func shorten() {
        guard waiting.count > Self.most else { return }
        lost += waiting.count - Self.most
        waiting.removeFirst(waiting.count - Self.most)
    }

    /// Facts as an event's detail.
    static func detail(_ facts: [(name: String, value: String)]) -> [UInt8] {
        JSONTree.object(facts.map { .init(name: $0.name, value: .string(String($0.value.prefix(longest)))) }).encode()
    }
}
