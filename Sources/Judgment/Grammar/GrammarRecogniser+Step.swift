/// A step of several items, or one that begins or ends a network.
extension GrammarRecogniser {
    mutating func step(_ index: Int32, _ scratch: JudgingScratch) -> Step {
        next.removeAll()
        ended.removeAll()
        if let lone {
            items.removeAll()
            items.insert(lone)
        }
        for item in items.list {
            guard scratch.budget.pay(3) else { return .limit }
            if automaton.isDetermined {
                let target = automaton.next(item.state, index)
                if target == GrammarAutomaton.dead { continue }
                add(Item(state: Int32(target & ~GrammarAutomaton.busy), frame: item.frame), scratch)
            } else {
                let range = automaton.scans.range(item.state)
                guard scratch.budget.pay(range.count / 4) else { return .limit }
                for position in range {
                    let scan = automaton.scans.elements[position]
                    guard automaton.set(scan.set, holds: index) else { continue }
                    add(Item(state: scan.target, frame: item.frame), scratch)
                }
            }
        }
        if next.isEmpty { return .stuck }
        // Also ends what ends by that: the list grows while it is gone through.
        var position = 0
        while position < next.count {
            let item = next.list[position]
            position += 1
            for end in automaton.completes.range(item.state) {
                let network = automaton.completes.elements[end]
                if network != 0 { wake(network, in: item.frame, scratch) }
            }
            guard scratch.budget.pay(0) else { return .limit }
        }
        next.removeAll { automaton.traits[Int($0.state)].contains(.isSpent) }
        dropFrames()
        swap(&items, &next)
        guard call(&scratch.budget) else { return .limit }
        lone = nil
        if items.count == 1, automaton.isDetermined, automaton.traits[Int(items.list[0].state)].contains(.onlyTakes) {
            lone = items.list[0]
        }
        return scratch.budget.pay(items.count) ? .went : .limit
    }

    private mutating func add(_ item: Item, _ scratch: JudgingScratch) {
        if scratch.budget.pay(1) { next.insert(item) }
    }

    // MARK: - Ends

    /// A network has ended that began in a frame: those that wait for it there go on.
    private mutating func wake(_ network: Int32, in frame: Int32, _ scratch: JudgingScratch) {
        // In an ambiguous grammar it may end in several ways at once.
        guard scratch.budget.pay(1), ended.insert(Item(state: network, frame: frame)) else { return }
        let slot = Int(frame) - 1
        if shortcuts[slot].network == network {
            add(shortcuts[slot].item, scratch)
            return
        }
        let members = self.members(of: frame)
        guard scratch.budget.pay(2 + members.count) else { return }
        if let only = onlyEnd(of: network, in: frame) {
            let last = followEnds(from: only, scratch)
            shortcuts[slot] = (network, last)
            add(last, scratch)
            return
        }
        for position in members {
            let item = waiting[position]
            for goto in automaton.gotos(of: item.state, for: network) {
                add(Item(state: automaton.gotos.elements[goto].target, frame: item.frame), scratch)
            }
        }
    }

    private func members(of frame: Int32) -> Range<Int> {
        let slot = Int(frame) - 1
        return Int(frames[slot])..<(slot + 1 < frames.count ? Int(frames[slot + 1]) : waiting.count)
    }

    /// Where the end of a network in a frame leads, if one item alone waits for it and goes to a state that does
    /// nothing but end another network. (Leo's condition: the network stands last in all that waits for it.)
    private func onlyEnd(of network: Int32, in frame: Int32) -> Item? {
        var found: Item?
        for position in members(of: frame) {
            let item = waiting[position]
            for goto in automaton.gotos(of: item.state, for: network) {
                let target = automaton.gotos.elements[goto].target
                guard found == nil, automaton.traits[Int(target)].contains(.onlyEnds) else { return nil }
                found = Item(state: target, frame: item.frame)
            }
        }
        return found
    }

    /// The last of a chain of ends that lead to each other. All of the chain will lead there at once from now on.
    private mutating func followEnds(from first: Item, _ scratch: JudgingScratch) -> Item {
        var last = first
        var chain: [(slot: Int, network: Int32)] = []
        while scratch.budget.pay(2) {
            let network = automaton.completes.elements[automaton.completes.range(last.state).lowerBound]
            let slot = Int(last.frame) - 1
            if shortcuts[slot].network == network {
                last = shortcuts[slot].item
                break
            }
            guard let further = onlyEnd(of: network, in: last.frame) else { break }
            chain.append((slot, network))
            last = further
        }
        for link in chain { shortcuts[link.slot] = (link.network, last) }
        return last
    }

    // MARK: - Frames

    /// Drops the frames that no item leads to: those after the last that one does.
    private mutating func dropFrames() {
        var last: Int32 = 0
        for item in next.list { last = max(last, item.frame) }
        guard Int(last) < frames.count else { return }
        waiting.removeLast(waiting.count - Int(frames[Int(last)]))
        shortcuts.removeLast(shortcuts.count - Int(last))
        frames.removeLast(frames.count - Int(last))
    }

    /// Begins the networks that the items call, in a frame of those that wait.
    /// - Returns: whether the budget could pay.
    mutating func call(_ budget: inout StepBudget) -> Bool {
        guard items.list.contains(where: { automaton.traits[Int($0.state)].contains(.waits) }) else { return true }
        let frame = Int32(frames.count + 1)
        for position in 0..<items.count {
            let all = automaton.calls.range(items.list[position].state)
            guard budget.pay(all.count) else { return false }
            for called in all { items.insert(Item(state: automaton.calls.elements[called], frame: frame)) }
        }
        frames.append(Int32(waiting.count))
        shortcuts.append((-1, Item(state: 0, frame: 0)))
        for item in items.list where automaton.traits[Int(item.state)].contains(.waits) { waiting.append(item) }
        return true
    }
}
