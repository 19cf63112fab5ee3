import Testing

@testable import Settings

@Suite struct EnvironmentTextTests {
    private func fill(_ text: String) -> (String, [String]) {
        var complaints: [String] = []
        let filled = EnvironmentText.fill(text, from: ["A": "one", "B_2": "$two", "EMPTY": ""]) {
            complaints.append($0)
        }
        return (filled, complaints)
    }

    @Test(arguments: [
        ("plain", "plain"), ("${A}", "one"), ("x${A}y${A}z", "xoneyonez"), ("${B_2}", "$two"), ("[${EMPTY}]", "[]"),
        ("$$", "$"), ("$${A}", "${A}"), ("$$$$", "$$"), ("^a$", "^a$"), ("$A", "$A"), ("$", "$"),
        ("(a|b)$|c", "(a|b)$|c"),
    ])
    func `names are filled in, other dollar signs stay`(text: String, expected: String) {
        let (filled, complaints) = fill(text)
        #expect(filled == expected)
        #expect(complaints.isEmpty)
    }

    @Test func `a name that is not set is complained about`() {
        #expect(fill("${A}${MISSING}").1 == ["MISSING is not set in the environment"])
    }

    @Test(arguments: ["${}", "${", "${A", "${1}", "${A-B}", "${A B}"])
    func `what begins like a name and is none is complained about`(text: String) {
        #expect(fill(text).1.count == 1)
    }

    @Test(arguments: ["", "$", "$$", "${A}", "a$b", "no dollar"])
    func `escaped text is filled in as itself`(text: String) {
        let (filled, complaints) = fill(EnvironmentText.escape(text))
        #expect(filled == text)
        #expect(complaints.isEmpty)
    }
}
