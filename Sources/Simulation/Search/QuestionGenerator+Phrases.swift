/// The ways to say things.
extension QuestionGenerator {
    mutating func say(_ facet: Facet) {
        switch facet {
        case .recursive:
            query.add(.recursive, .equal, "true")
            if chance(0.7) {
                before.append("recursive")
            } else {
                clauses.append(one("that call themselves", "which are recursive", "with recursion"))
            }
        case .notRecursive:
            query.add(.recursive, .equal, "false")
            if chance(0.6) {
                before.append(one("non-recursive", "iterative"))
            } else {
                clauses.append(one("that are not recursive", "without recursion"))
            }
        case .language: sayLanguage(negated: false)
        case .notLanguage: sayLanguage(negated: true)
        case .untested:
            query.add(.tests, .equal, "0")
            if chance(0.6) {
                before.append("untested")
            } else {
                clauses.append(one("without tests", "that are not tested", "with no tests", "lacking tests"))
            }
        case .tested:
            query.add(.tests, .over, "0")
            if chance(0.5) { before.append("tested") } else { clauses.append(one("with tests", "covered by tests")) }
        case .testsCompared:
            let number = common([3, 1, 2, 5, 10, 4])
            clauses.append(
                "with "
                    + compare(
                        .tests,
                        "\(number)",
                        spelt: number == 1 ? "1 test" : "\(number) tests",
                        words: Self.lengths
                    )
            )
        case .possessive:
            let name = common(Self.people)
            query.add(.author, .equal, name.lowercased())
            before.append(name + "'s")
        case .author:
            if chance(0.35) {
                query.add(.author, .equal, "me")
                clauses.append(one("I wrote", "that I wrote", "written by me"))
            } else {
                let name = common(Self.people)
                query.add(.author, .equal, name.lowercased())
                clauses.append(one("written by ", "by ", "authored by ") + name)
            }
        case .notAuthor:
            let name = common(Self.people)
            query.add(.author, .equal, name.lowercased(), negated: true)
            clauses.append(one("not written by ", "not by ") + name)
        case .folder, .notFolder: sayFolder(negated: facet == .notFolder)
        case .file:
            let file = common(Self.files)
            query.add(.path, .equal, "*" + file)
            clauses.append(one("in ", "inside ") + file)
        case .name, .notName: sayName(negated: facet == .notName)
        case .calls, .notCalls:
            let name = common(Self.called)
            let negated = facet == .notCalls
            query.add(.calls, .equal, name, negated: negated)
            clauses.append(
                negated
                    ? one("that do not call ", "not calling ", "without calling ") + name
                    : one("that call ", "calling ", "which use ", "using ", "that invoke ") + name
                        + (chance(0.2) ? "()" : "")
            )
        case .complexity:
            let number = common([10, 20, 5, 15, 30, 8, 50])
            clauses.append(
                one("with complexity ", "with a complexity ")
                    + compare(.complexity, "\(number)", spelt: "\(number)", words: Self.amounts)
            )
        case .lines:
            let number = common([100, 50, 200, 20, 300, 80, 500])
            clauses.append(
                one("with ", "of ") + compare(.lines, "\(number)", spelt: "\(number) lines", words: Self.lengths)
            )
        case .duration:
            let (value, spellings) = common(Self.times)
            clauses.append(
                "that take " + compare(.duration, value, spelt: any(spellings), words: Self.durations)
            )
        case .changed:
            let (age, spellings) = common(Self.ages)
            query.add(.changed, .under, age)
            clauses.append(one("changed ", "modified ", "edited ", "touched ", "that were changed ") + any(spellings))
        case .unchanged:
            let (age, spelling) = common(Self.spans)
            query.add(.changed, .over, age)
            clauses.append(one("not changed for ", "not touched in ", "older than ", "unchanged for ") + spelling)
        }
    }

    private mutating func sayLanguage(negated: Bool) {
        let (language, spellings) = common(Self.languages)
        query.add(.language, .equal, language, negated: negated)
        let word = any(spellings)
        if negated {
            clauses.append(one("not in ", "not written in ") + word)
        } else if chance(0.6) {
            before.append(word)
        } else {
            clauses.append(one("in ", "written in ") + word)
        }
    }

    private mutating func sayFolder(negated: Bool) {
        let folder = common(Self.folders)
        query.add(.path, .equal, folder + "/*", negated: negated)
        // A folder of one word is said to be one, or has its slash.
        let bare = folder.contains("/")
        let spelt =
            bare
            ? folder + one("", "", "/")
            : one("\(folder)/", "the \(folder) folder", "the \(folder) directory", "\(folder)/")
        clauses.append(
            (negated ? one("not in ", "outside ", "except in ") : one("in ", "under ", "inside ", "in ")) + spelt
        )
    }

    private mutating func sayName(negated: Bool) {
        let stem = common(Self.stems)
        let quoted = stem.contains(" ") || chance(0.15) ? "\"\(stem)\"" : stem
        let (pattern, plain, denied): (String, [String], [String]) =
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                (
                    stem + "*", ["whose names start with ", "starting with ", "whose name begins with "],
                    ["whose names do not start with ", "not starting with "]
                )
            case 1:
                (
                    "*" + stem, ["whose names end in ", "ending with ", "whose name ends with "],
                    ["whose names do not end in ", "not ending with "]
                )
            case 2:
                (
                    "*" + stem + "*", ["whose name contains ", "whose names contain ", "containing "],
                    ["whose name does not contain ", "not containing "]
                )
            default: (stem, ["named ", "called "], ["not named "])
            }
        query.add(.name, .equal, pattern, negated: negated)
        clauses.append(any(negated ? denied : plain) + quoted)
    }

    /// Adds a term with an operator, and says it: "more than 3 tests".
    private mutating func compare(
        _ field: SearchQuery.Field,
        _ value: String,
        spelt: String,
        words: [SearchQuery.Comparison: [String]]
    ) -> String {
        let comparison = common([SearchQuery.Comparison.over, .under, .atLeast, .atMost, .equal])
        query.add(field, comparison, value)
        return any(words[comparison] ?? [""]) + spelt
    }

    private static let amounts: [SearchQuery.Comparison: [String]] = [
        .over: ["over ", "above ", "of more than "], .under: ["under ", "below ", "of less than "],
        .atLeast: ["of at least "], .atMost: ["of at most ", "up to "], .equal: ["of exactly "],
    ]
    private static let lengths: [SearchQuery.Comparison: [String]] = [
        .over: ["more than ", "over "], .under: ["fewer than ", "less than ", "under "], .atLeast: ["at least "],
        .atMost: ["at most ", "up to "], .equal: ["exactly "],
    ]
    private static let durations: [SearchQuery.Comparison: [String]] = [
        .over: ["more than ", "longer than ", "over "], .under: ["less than ", "under "], .atLeast: ["at least "],
        .atMost: ["at most ", "up to "], .equal: ["exactly "],
    ]
}
