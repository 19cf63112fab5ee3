import Testing

@testable import Judgment

/// Which texts a grammar has, in both forms of its automaton.
@Suite struct GrammarRecogniserTests {
    struct Sample: CustomTestStringConvertible {
        let grammar: String
        let sentences: [String]
        let others: [String]
        var testDescription: String { grammar }

        init(_ grammar: String, _ sentences: [String], _ others: [String]) {
            self.grammar = grammar
            self.sentences = sentences
            self.others = others
        }
    }

    static let samples: [Sample] = [
        Sample(#"root ::= "a""#, ["a"], ["", "b", "aa"]),
        Sample("root ::= ", [""], ["a"]),
        Sample(#"root ::= "" | "a" |"#, ["", "a"], ["aa"]),
        Sample(#"root ::= "ab"* "c"?"#, ["", "c", "ab", "ababc"], ["a", "abb", "cab"]),
        Sample(#"root ::= "ab"+ [c]{2}"#, ["abcc", "ababcc"], ["cc", "abc", "abccc"]),
        Sample(#"root ::= "a"{0} "b"{0,0} "c""#, ["c"], ["ac", "bc"]),
        Sample(#"root ::= [0-9]{2,3}"#, ["12", "123"], ["1", "1234"]),
        Sample(#"root ::= ("a" | "b"){2,} "x""#, ["abx", "bbbx"], ["ax", "x"]),
        Sample(#"root ::= "a"{,2}"#.replacing("{,", with: "{0,"), ["", "a", "aa"], ["aaa"]),
        Sample(#"root ::= "a"{1,2}{2}"#, ["aa", "aaa", "aaaa"], ["a", "aaaaa"]),
        Sample(#"root ::= [a-cx-] [^a-c\n] [\]\[\-]"#, ["-z]", "xé[", "c😀-"], ["dz]", "aa]", "a\n]", "azz"]),
        Sample(#"root ::= [+--]+"#, ["+,-"], [".", "*"]),
        Sample(#"root ::= "\x41\u00e9\U0001F600\t\r\n\\\"""#, ["Aé😀\t\r\n\\\""], ["A", "Aé😀"]),
        Sample(#"root ::= . .."#, ["é\n😀"], ["ab", "abcd"]),
        Sample("root ::= [ぁ-ゟ]+ # a comment\n# another", ["ひらがな"], ["カ", "ひaな"]),
        Sample(
            "root ::=\n  # first\n  a |\n  b_2-C\r\na ::= (\n \"a\"\n\n|\"A\" # here\n)\nb_2-C ::= \"b\"",
            ["a", "A", "b"],
            ["ab"]
        ),
        // Loops: a rule that names itself first or last.
        Sample(#"root ::= root "a" | "b" root | "c""#, ["c", "bbc", "caa", "bcaa"], ["", "b", "a", "cb", "acb"]),
        Sample(#"root ::= root "+" root | [0-9]"#, ["1", "1+2", "1+2+3"], ["+", "1+", "12"]),
        Sample(#"root ::= (root ",")? [a-z]"#, ["a", "a,b,c"], [",a", "a,", "ab"]),
        Sample(#"root ::= [a-z] ("," root)?"#, ["a", "a,b,c"], [",a", "a,", "ab"]),
        Sample(#"root ::= root | "a" | root "b""#, ["a", "abb"], ["", "b", "aa"]),
        // Recursion of every kind.
        Sample(#"root ::= "(" root ")" root |"#, ["", "()", "(())()", "()()"], ["(", ")", "(()", "())"]),
        Sample(#"root ::= "a" root "a" | "b""#, ["b", "aba", "aaabaaa"], ["a", "ab", "abaa"]),
        Sample("root ::= a\na ::= \"x\" b | \"z\"\nb ::= \"y\" a", ["z", "xyz", "xyxyz"], ["x", "xz", "xy", "xyzz"]),
        Sample("root ::= a\na ::= b \"x\" | \"z\"\nb ::= a \"y\"", ["z", "zyx", "zyxyx"], ["zy", "zx", "y"]),
        Sample("root ::= a \"!\"\na ::= b | \"z\"\nb ::= a | \"y\"", ["z!", "y!"], ["!", "zy!"]),
        Sample(
            "root ::= n n n\nn ::= | m\nm ::= n n | \"a\" n \"b\"",
            ["", "ab", "aabb", "abab"],
            ["a", "ba", "aab"]
        ),
        Sample(
            "root ::= a root? \nb ::= \"y\"\na ::= \"x\" a b? | \"x\"",
            ["x", "xxy", "xxyx", "xxxyy"],
            ["y", "xy", "xyy"]
        ),
        Sample("root ::= s s\ns ::= s s | \"a\"", ["aa", "aaaaa"], ["", "a", "ab"]),
        Sample(
            "root ::= sum\nsum ::= sum [+-] product | product\nproduct ::= product [*/] atom | atom\n"
                + "atom ::= [0-9]+ | \"(\" sum \")\"",
            ["1", "1+2*3", "(1+2)*(33/4)-5"],
            ["", "1+", "(1", "1)", "1++2", "()"]
        ),
        Sample(
            "root ::= ws value\nvalue ::= (object | list | string | number | \"true\" | \"false\" | \"null\") ws\n"
                + "object ::= \"{\" ws (member (\",\" ws member)*)? \"}\"\nmember ::= string ws \":\" ws value\n"
                + "list ::= \"[\" ws (value (\",\" ws value)*)? \"]\"\nws ::= [ \\t\\r\\n]*\n"
                + "string ::= \"\\\"\" ([^\"\\\\\\x00-\\x1F] | \"\\\\\" ([\"\\\\/bfnrt] | \"u\" [0-9a-fA-F]{4}))* \"\\\"\"\n"
                + "number ::= \"-\"? (\"0\" | [1-9] [0-9]*) (\".\" [0-9]+)? ([eE] [+-]? [0-9]+)?",
            ["{}", " [1, -2.5e+3, \"\\u00e9\\n\", {\"a\": null}] ", "\"é\"", "true"],
            ["", "{", "[1,]", "{\"a\"}", "01", "\"\n\"", "[1] 2"]
        ),
    ]

    @Test(arguments: samples)
    func `a grammar has its sentences and no others`(_ sample: Sample) throws {
        for determines in [true, false] {
            let grammar = try GrammarText(sample.grammar, determines: determines)
            #expect(grammar.automaton.isDetermined == determines)
            for text in sample.sentences { #expect(grammar.judge(text) == .pass, "\(text), determined: \(determines)") }
            for text in sample.others { #expect(!grammar.accepts(text), "\(text), determined: \(determines)") }
        }
    }

    @Test(arguments: samples)
    func `every beginning of a sentence is viable`(_ sample: Sample) throws {
        for determines in [true, false] {
            let grammar = try GrammarText(sample.grammar, determines: determines)
            for text in sample.sentences {
                let scalars = text.unicodeScalars.map(\.value)
                #expect(grammar.read(scalars)?.viable == scalars.count, "\(text), determined: \(determines)")
            }
        }
    }

    /// Each would be far over the budget if an item were kept, or a chain walked, for every character.
    @Test(arguments: [
        // Over two rules, so that neither is a loop.
        ("root ::= a\na ::= \"x\" b | \"x\"\nb ::= \"x\" a | \"x\"", "x", ""),
        ("root ::= a\na ::= b \"x\" | \"x\"\nb ::= a \"x\" | \"x\"", "x", ""),
        ("root ::= \"x\" root | \"x\"", "x", ""),
        ("root ::= root \"x\" | \"x\"", "x", ""),
        ("root ::= \"x\"*", "x", ""),
        ("root ::= \"[\" (root (\",\" root)*)? \"]\"", "[", "]"),
        ("root ::= \"(\" root \")\" root |", "()", ""),
    ])
    func `deterministic grammars are read in linear time`(grammar: String, opening: String, closing: String) throws {
        let grammar = try GrammarText(grammar)
        let count = 6000
        let text = String(repeating: opening, count: count) + String(repeating: closing, count: count)
        #expect(grammar.judge(text) == .pass)
    }

    @Test func `memory is kept for what is open, not for what was read`() throws {
        let grammar = try GrammarText("root ::= value*\nvalue ::= \"(\" value* \")\" | [a-z]")
        var recogniser = GrammarRecogniser(grammar.automaton)
        let scratch = JudgingScratch()
        for _ in 0..<100 {
            for scalar in "((a)(b))".unicodeScalars {
                guard case .went = recogniser.take(scalar.value, scratch: scratch) else {
                    Issue.record("a sentence was refused")
                    return
                }
            }
            #expect(recogniser.frames.count <= 2)
            #expect(recogniser.waiting.count <= 4)
        }
    }

    @Test func `a grammar whose determined form would be large is read by its plain one`() throws {
        let grammar = try GrammarText("root ::= [ab]* \"a\" [ab]{40}")
        #expect(!grammar.automaton.isDetermined)
        let tail = String(repeating: "b", count: 40)
        #expect(grammar.accepts("abba" + tail))
        #expect(!grammar.accepts("abbb" + tail))
    }

    @Test(arguments: [
        "root ::= s\ns ::= s s s | s s | \"a\" |",
        "root ::= s\ns ::= \"a\" s \"a\" | \"a\" s | \"a\"",
        "root ::= s s s s\ns ::= | t t\nt ::= s \"a\" s | s",
    ])
    func `what takes too many steps is given up, and refutes no beginning`(_ text: String) throws {
        for determines in [true, false] {
            let grammar = try GrammarText(text, determines: determines)
            #expect(grammar.accepts("aaaa"))
            let long = Array(repeating: UInt8(ascii: "a"), count: 100_000)
            #expect(grammar.objection(long) == .limit("reading the text by the grammar took too many steps"))
            var run = GrammarCheck.Run(grammar.automaton)
            long.withUnsafeBufferPointer {
                run.take($0, scratch: JudgingScratch())
                #expect(run.viability($0, scratch: JudgingScratch()) == .pass)
            }
        }
    }
}
