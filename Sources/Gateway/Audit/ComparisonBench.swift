import Harvest
import Judgment
import Loop
import Synchronization

/// Where audited answers are compared: a thread of its own, since a comparator may take its time, and a command takes
/// what it likes, up to `patience`. The thread begins with the first comparison.
final class ComparisonBench: Sendable {
    /// How long a command may run.
    static let patience = Duration.seconds(5)

    enum Finding: Sendable {
        case decided(Comparison)
        /// Large is to be asked, each question by itself.
        case ask([JudgeQuestion], read: @Sendable ([[UInt8]]) -> Comparison)
        /// They cannot be compared, and why.
        case none(String)
    }

    private let loop = Mutex<Loop?>(nil)

    /// - Parameter taker: called once, on the bench's thread.
    func compare(
        _ candidate: Candidate,
        by comparator: any Comparator,
        _ taker: @escaping @Sendable (Finding) -> Void
    ) {
        let loop = loop.withLock { loop in
            if let loop { return loop }
            let new = Loop.start(name: "audit")
            loop = new
            return new
        }
        loop.post { taker(Self.find(candidate, comparator)) }
    }

    func close() {
        loop.withLock { $0.take() }?.stop()
    }

    private static func find(_ candidate: Candidate, _ comparator: any Comparator) -> Finding {
        guard let large = candidate.large.flatMap(CountedAnswer.init) else { return .none("large said nothing") }
        let small = candidate.small.flatMap(CountedAnswer.init)?.text ?? ""
        let step = comparator.compare(
            Array(small.utf8),
            with: Array(large.text.utf8),
            input: Array((candidate.input ?? "").utf8)
        )
        switch step {
        case .decided(let comparison): return .decided(comparison)
        case .ask(let questions, let read): return .ask(questions, read: read)
        case .run(let command, let read):
            switch Command.run(command, within: patience) {
            case .ended(let status): return .decided(read(status))
            case .failed(let why): return .none(why)
            }
        }
    }
}
