// Which of the examples stay, and on which side, when all are known.

import Digest

extension Export {
    /// One line for each prompt: a reviewed one before the others, then what a client was given, the newest of several.
    mutating func dropDoubles() {
        var best: [[UInt8]: Int] = [:]
        for (index, example) in examples.enumerated() {
            let rival = best[example.prompt].map { examples[$0] }
            if rival.map({ example.rank >= $0.rank }) ?? true { best[example.prompt] = index }
        }
        var kept: [Example] = []
        for (index, example) in examples.enumerated() {
            guard let winner = best[example.prompt], winner != index else {
                kept.append(example)
                continue
            }
            if examples[winner].line == example.line {
                leaveOut(.duplicate)
            } else {
                let isLower = example.rank < examples[winner].rank
                leaveOut(!isLower ? .older : examples[winner].isReviewed ? .overruled : .outranked)
            }
        }
        examples = kept
    }

    /// Of the lines nobody reviewed, no client key supplies more than its share.
    mutating func holdToShares() {
        guard let share = options.mostOfOneClient else { return }
        let unreviewed = examples.filter { !$0.isReviewed }
        let clients = Dictionary(grouping: unreviewed.filter { $0.client != nil }, by: { $0.client ?? "" })
        let others = unreviewed.count { $0.client == nil }
        guard clients.count > 1 else { return }
        let most = ClientShares.most(clients.values.map(\.count), others: others, share: share)
        // Which of them stay is drawn by their ids, not by when they came: a burst is no reason.
        let going = clients.values.flatMap { lines in
            lines.map(\.id).sorted { Self.draw($0) < Self.draw($1) }.dropFirst(most)
        }
        leaveOut(Set(going), as: .oneClient)
    }

    /// Groups in an order that their first inputs alone decide, until there are enough lines.
    mutating func takePart(_ most: Int) {
        let groups = Dictionary(grouping: examples.filter { $0.part == .train }, by: \.group)
        let order = groups.keys.sorted { Self.draw(firstInputs[$0]) < Self.draw(firstInputs[$1]) }
        let going = order.flatMap { groups[$0] ?? [] }.dropFirst(most).map(\.id)
        leaveOut(Set(going), as: .beyond)
    }

    private mutating func leaveOut(_ going: Set<CandidateID>, as reason: LeftOut) {
        examples.removeAll { going.contains($0.id) }
        if !going.isEmpty { leftOut[reason, default: 0] += going.count }
    }

    private static func draw(_ id: CandidateID) -> UInt64 { SHA256.digest(of: id.description).leadingWord }

    private static func draw(_ first: Digest32?) -> UInt64 {
        var hash = SHA256()
        hash.update("understudy part 1" as StaticString)
        if let first { hash.update(first) }
        return hash.finish().leadingWord
    }

    func isValidation(_ first: Digest32?) -> Bool {
        guard options.validation > 0, let first else { return false }
        var hash = SHA256()
        hash.update("understudy split 1" as StaticString)
        hash.update(first)
        return Double(hash.finish().leadingWord) / 0x1p64 < options.validation
    }
}
