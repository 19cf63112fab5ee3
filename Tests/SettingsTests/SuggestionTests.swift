import Testing

@testable import Settings

@Suite struct SuggestionTests {
    let known = ["listen", "admin", "workers", "deadline", "max_in_flight", "on_refusal", "on_large_error"]

    @Test(arguments: [
        ("listn", "listen"), ("lisetn", "listen"), ("Listen", "listen"), ("maxInFlight", "max_in_flight"),
        ("max-in-flight", "max_in_flight"), ("dead_line", "deadline"), ("worker", "workers"),
        ("on_refusel", "on_refusal"), ("adnim", "admin"),
    ])
    func `a slip suggests what was meant`(word: String, meant: String) {
        #expect(Suggestion.nearest(to: word, among: known) == meant)
    }

    @Test(arguments: ["", "x", "cache", "timeout", "zzzzzz", "listeners_of_mine"])
    func `a word like none of them suggests nothing`(word: String) {
        #expect(Suggestion.nearest(to: word, among: known) == nil)
    }

    @Test func `a swap of neighbours is one edit`() {
        #expect(Suggestion.editDistance("adnim", "admin") == 2)
        #expect(Suggestion.editDistance("lisetn", "listen") == 1)
        #expect(Suggestion.editDistance("", "abc") == 3)
        #expect(Suggestion.editDistance("same", "same") == 0)
    }
}
