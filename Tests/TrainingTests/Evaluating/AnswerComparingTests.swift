import Glibc
import Judgment
import Synchronization
import Testing

@testable import Training

@Suite struct AnswerComparingTests {
    private func comparing(_ command: [String], time: Duration = .seconds(10)) throws -> AnswerComparing {
        let comparator = try KnownComparators.make("dsl", ComparatorOptions(command: command))
        return AnswerComparing(comparator, asking: nil, commandTime: time)
    }

    @Test func `a command says by its exit status whether both are equal`() async throws {
        // Equal if both have as many letters.
        let script = #"test "${#1}" = "${#2}""#
        let comparing = try comparing(["/bin/sh", "-c", script, "compare"])
        #expect(try await comparing.compare("ab", with: "cd", input: "").isEqual)
        let different = try await comparing.compare("ab", with: "cde", input: "")
        #expect(!different.isEqual)
        #expect(different.note == nil)
    }

    @Test func `a command that does not end, or is none, makes nothing equal`() async throws {
        let endless = try comparing(["/bin/sh", "-c", "sleep 600"], time: .milliseconds(50))
        let ended = try await endless.compare("a", with: "b", input: "")
        #expect(!ended.isEqual)
        #expect(ended.note != nil)
        let missing = try await comparing(["/nowhere/compare"]).compare("a", with: "b", input: "")
        #expect(!missing.isEqual)
        #expect(try await !comparing(["/bin/true"]).compare("a\u{0}", with: "b", input: "").isEqual)
    }

    @Test func `a judge is asked twice, with the sides swapped`() async throws {
        let route = try evaluationRoute()
        let judge = try KnownComparators.make("judge")
        // One that always prefers what it is shown first says nothing.
        let biased = TableModels(route) { _, _, _ in .init(text: "A") }
        let undecided = TableModels(route) { _, _, _ in .init(text: "TIE") }
        #expect(try await !AnswerComparing(judge, asking: biased).compare("a", with: "b", input: "i").isEqual)
        #expect(biased.calls.withLock { $0 } == 2)
        #expect(try await AnswerComparing(judge, asking: undecided).compare("a", with: "b", input: "i").isEqual)
        #expect(try await !AnswerComparing(judge, asking: nil).compare("a", with: "b", input: "i").isEqual)
    }

    @Test func `no answer is equal to nothing`() async throws {
        let exact = AnswerComparing(try KnownComparators.make("exact"), asking: nil)
        #expect(try await !exact.compare(nil, with: "", input: "").isEqual)
        #expect(try await exact.compare("", with: "", input: "").isEqual)
    }
}
