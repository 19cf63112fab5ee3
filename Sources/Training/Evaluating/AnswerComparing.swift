// Comparing two answers by the route's comparator, with what that may need: the large model as a judge, or a command.

public import Judgment
import Loop

/// Runs comparisons to their end.
public struct AnswerComparing: Sendable {
    private let comparator: any Comparator
    private let asking: (any ModelAsking)?
    private let commandTime: Duration

    /// - Parameters:
    ///   - asking: whom to ask where the comparator is a judge; nil: nobody, and then nothing is equal by judgment.
    ///   - commandTime: after which a command is ended, and its answers are not equal.
    public init(
        _ comparator: any Comparator,
        asking: (any ModelAsking)?,
        commandTime: Duration = .seconds(5)
    ) {
        self.comparator = comparator
        self.asking = asking
        self.commandTime = commandTime
    }

    /// - Parameter answer: nil: there is none, and it is equal to nothing.
    public func compare(_ answer: String?, with reference: String, input: String) async throws -> Comparison {
        guard let answer else { return Comparison(isEqual: false, similarity: 0, note: "no answer") }
        switch comparator.compare(Array(answer.utf8), with: Array(reference.utf8), input: Array(input.utf8)) {
        case .decided(let comparison):
            return comparison
        case .ask(let questions, let read):
            guard let asking else { return Comparison(isEqual: false, similarity: 0, note: "no judge to ask") }
            var replies: [[UInt8]] = []
            for question in questions {
                replies.append(try await asking.ask(system: question.system, user: question.user, sample: 0).text)
            }
            return read(replies)
        case .run(let command, let read):
            switch try await Command.finish(command, within: commandTime) {
            case .ended(let status): return read(status)
            case .failed(let why): return Comparison(isEqual: false, similarity: 0, note: why)
            }
        }
    }
}
