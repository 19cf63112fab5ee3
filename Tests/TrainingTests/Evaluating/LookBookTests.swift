import Digest
import Harvest
import Statistics
import Testing

@testable import Training

@Suite struct LookBookTests {
    private func inputs(_ range: Range<Int>) -> [Digest32] { range.map { SHA256.digest(of: "\($0)") } }
    private func answers(_ text: String) -> Digest32 { SHA256.digest(of: text) }

    @Test func `each evaluation that sees an input is a look more, and the same answers again are the same look`() {
        var book = LookBook()
        #expect(book.look(at: inputs(0..<10), subject: "a", answers: answers("1")) == 1)
        #expect(book.look(at: inputs(0..<10), subject: "a", answers: answers("1")) == 1)
        #expect(book.look(at: inputs(5..<15), subject: "b", answers: answers("2")) == 2)
        #expect(book.look(at: inputs(10..<20), subject: "c", answers: answers("3")) == 2)
        // The same model with other answers: somebody tries again.
        #expect(book.look(at: inputs(0..<10), subject: "a", answers: answers("4")) == 3)
        #expect(book.look(at: inputs(0..<10), subject: "a", answers: answers("1")) == 1)
        #expect(book.look(at: inputs(20..<30), subject: "a", answers: answers("5")) == 1)
    }

    @Test func `it reads what it wrote, and takes anything else for an empty one`() {
        var book = LookBook()
        _ = book.look(at: inputs(0..<3), subject: "a", answers: answers("1"), at: WallTime(milliseconds: 0))
        _ = book.look(at: inputs(1..<4), subject: "b", answers: answers("2"), at: WallTime(milliseconds: 0))
        #expect(LookBook(json: book.encode()) == book)
        #expect(LookBook(json: Array(#"{"looks":3,"inputs":{"00":[7]}}"#.utf8)).count(inputs(0..<1)[0]) == 0)
        #expect(LookBook(json: nil) == LookBook())
    }

    @Test func `fresh inputs are measured with where there are enough of them, else all`() {
        var book = LookBook()
        _ = book.look(at: inputs(0..<200), subject: "a", answers: answers("1"))
        func chosen(_ range: Range<Int>, by subject: String = "b") -> Int {
            book.choose(inputs(range), subject: subject) { $0 }.count
        }
        #expect(chosen(0..<1200) == 1000)
        #expect(chosen(0..<210) == 210)
        #expect(chosen(0..<200) == 200)
        // One's own looks do not count: a command that is run again measures with the same.
        #expect(chosen(0..<210, by: "a") == 210)
        #expect(book.choose([Digest32](), subject: "b") { $0 }.isEmpty)
    }

    @Test func `over all looks the errors add up to one in twenty`() {
        let errors = (1...100_000).reduce(0) { $0 + 1 - Looks.confidence(at: $1) }
        #expect(errors < 0.05)
        #expect(errors > 0.0499)
    }
}
