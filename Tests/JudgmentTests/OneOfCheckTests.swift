import Completions
import Testing

@testable import Judgment

@Suite struct OneOfCheckTests {
    private func passes(_ text: String, _ labels: [String], trim: Bool = true, ignoringCase: Bool = false) throws
        -> Bool
    {
        let options = CheckOptions.mapping([
            .init("values", .list(labels.map { .string($0) })),
            .init("trim", .bool(trim)),
            .init("case", .string(ignoringCase ? "ignore" : "exact")),
        ])
        return Judge(checks: [try check("one_of", options)]).judge(answer(choice(text)), context: JudgingContext())
            .accepted
    }

    @Test(arguments: ["slow", " slow", "slow \n", "\tslow recursive ", "é", "slow"])
    func `a label passes, white space around it too`(text: String) throws {
        #expect(try passes(text, ["slow recursive", "é", "slow", "slow"]))
    }

    @Test(arguments: [
        "", " ", "slo", "slow r", "slow x", "slow  recursive", "slow recursive x", "Slow", "sl ow", "é slow",
    ])
    func `anything else does not`(text: String) throws {
        #expect(try !passes(text, ["slow recursive", "é", "slow"]))
    }

    @Test func `without trimming white space counts`() throws {
        #expect(try passes(" a", [" a", "b "], trim: false))
        #expect(try passes("b ", [" a", "b "], trim: false))
        #expect(try !passes("b", [" a", "b "], trim: false))
        #expect(try !passes(" a ", [" a", "b "], trim: false))
        #expect(try passes("", ["", "a"], trim: false))
    }

    @Test func `case may be ignored, of ASCII letters`() throws {
        #expect(try passes("sLOW", ["Slow", "quick"], ignoringCase: true))
        #expect(try passes("QUICK ", ["Slow", "quick"], ignoringCase: true))
        #expect(try !passes("É", ["é"], ignoringCase: true))
        #expect(try passes("Zb", ["aa", "ZB", "za"], ignoringCase: true))
    }
}
