import Testing

@testable import Judgment

@Suite struct CheckOptionTests {
    private func error(_ name: String, _ options: CheckOptions, file: String = "{}") -> CheckError? {
        do throws(CheckError) {
            _ = try KnownChecks.make(name, options: options) { _ in Array(file.utf8) }
            return nil
        } catch { return error }
    }

    @Test func countsAreWholeNumbers() {
        #expect(error("max_chars", .absent)?.message == "needs a whole number")
        #expect(error("max_chars", .string("many"))?.path == ["characters"])
        #expect(error("max_chars", .number("-1")) != nil)
        #expect(error("max_chars", .number("1.5")) != nil)
        #expect(error("min_chars", .list([]))?.message == "does not take a list")
    }

    @Test func labelsSayWhichOfThemIsWrong() {
        #expect(error("one_of", .absent)?.path == ["values"])
        #expect(error("one_of", .list([]))?.message == "needs at least one value")
        #expect(error("one_of", .list([.string("a"), .list([])]))?.path == ["values", "1"])
        #expect(error("one_of", .list([.string("a "), .string("b")]))?.path == ["values", "0"])
        let wrongCase = CheckOptions.mapping([.init("values", .list([.string("a")])), .init("case", .string("exakt"))])
        #expect(error("one_of", wrongCase)?.path == ["case"])
        #expect(error("one_of", wrongCase)?.suggestion == "exact")
        let wrongTrim = CheckOptions.mapping([.init("values", .list([.string("a")])), .init("trim", .string("yes"))])
        #expect(error("one_of", wrongTrim)?.path == ["trim"])
        // Scalars of other kinds are labels as they are written.
        #expect(error("one_of", .list([.number("1"), .bool(true)])) == nil)
    }

    @Test func whatLooksLikeAMisspeltKeywordIsTold() throws {
        let schema = """
            { "type": "object", "x-origin": "here", "requird": ["a"],
              "properties": { "requird": {}, "a": { "tpye": "string" }, "b": { "maxLenght": 3, "note": 1, "size": 2, "mode": 3, "name": "n" } },
              "enum": [{ "tpye": 1 }, { "a": 1 }] }
            """
        let check = try KnownChecks.make("json_schema", options: .string("s.json")) { _ in Array(schema.utf8) }
        let told = "is no keyword of JSON Schema and asks for nothing; did you mean"
        #expect(
            check.notes == [
                CheckNote(file: "s.json", line: 1, column: 41, message: "'requird' \(told) 'required'?"),
                CheckNote(file: "s.json", line: 2, column: 41, message: "'tpye' \(told) 'type'?"),
                CheckNote(file: "s.json", line: 2, column: 68, message: "'maxLenght' \(told) 'maxLength'?"),
            ]
        )
    }

    @Test func aPatternThatDoesNotCompileSaysWhere() {
        #expect(error("regex", .string("(a"))?.message == "missing closing parenthesis at offset 2")
        #expect(error("regex", .string("(a"))?.path == ["pattern"])
        #expect(error("regex", .absent)?.message == "needs a pattern")
    }

    @Test func aSchemaFileIsReadAndItsErrorsNameTheirPlace() {
        struct Missing: Error {}
        var asked: [String] = []
        do throws(CheckError) {
            _ = try KnownChecks.make("json_schema", options: .string("a.json")) { path in
                asked.append(path)
                throw Missing()
            }
            Issue.record("a missing file must be an error")
        } catch {
            #expect(error.path == ["file"])
        }
        #expect(asked == ["a.json"])
        let wrong = error("json_schema", .string("s.json"), file: #"{"properties":{"a":{"minLength":-1}}}"#)
        #expect(wrong?.message == "#/properties/a/minLength: expected a whole number of at least 0")
        #expect(wrong?.file == "s.json")
        #expect(wrong?.pointer == "#/properties/a/minLength")
        let cut = error("json_schema", .string("s.json"), file: "{")
        #expect(cut?.message == "line 1, column 2: the JSON ends too early")
    }
}
