/// The ways to say things.
extension QuestionGenerator {
    struct Noun {
        var kind: String?
        var singular: String
        var plural: String
    }

    mutating func drawNoun() -> Noun {
        let nouns: [Noun] = [
            Noun(kind: "function", singular: "function", plural: "functions"),
            Noun(kind: "function", singular: "function", plural: "functions"),
            Noun(kind: "function", singular: "function", plural: "functions"),
            Noun(kind: "method", singular: "method", plural: "methods"),
            Noun(kind: "file", singular: "file", plural: "files"),
            Noun(kind: "class", singular: "class", plural: "classes"),
            Noun(kind: "struct", singular: "struct", plural: "structs"),
            Noun(kind: "function", singular: "routine", plural: "routines"),
            Noun(kind: "test", singular: "test", plural: "tests"),
            Noun(kind: "protocol", singular: "protocol", plural: "protocols"),
            Noun(kind: "enum", singular: "enum", plural: "enums"),
            Noun(kind: "protocol", singular: "interface", plural: "interfaces"),
            Noun(kind: "struct", singular: "structure", plural: "structures"),
            Noun(kind: "enum", singular: "enumeration", plural: "enumerations"),
            Noun(kind: nil, singular: "piece of code", plural: "code"),
        ]
        let noun = common(nouns)
        if let kind = noun.kind { query.add(.kind, .equal, kind) }
        return noun
    }

    /// "the 5 slowest" before the noun, or "sorted by complexity, first 20" at the end.
    mutating func drawOrder() {
        if chance(0.25) {
            let (word, field, descends) = any(Self.sorts)
            var phrase = one("sorted by ", "ordered by ", "ranked by ") + word
            var descending = descends
            if chance(0.3) {
                descending = chance(0.5)
                phrase += descending ? " descending" : " ascending"
            }
            query.sort = .init(field: field, descending: descending)
            if chance(0.4) {
                query.limit = common([10, 5, 20, 3, 50, 25, 100])
                phrase += one(", first ", ", only ", ", limit ", ", top ") + "\(query.limit ?? 0)"
            }
            end.append(phrase)
            return
        }
        let (word, field, descending) = common(Self.superlatives)
        query.sort = .init(field: field, descending: descending)
        if query.terms.isEmpty || chance(0.45) {
            query.limit = 10
            before.append(one("the ", "my ", "our ", "") + word)
        } else if chance(0.25) {
            query.limit = 1
            isSingular = true
            before.append("the " + word)
        } else {
            let (number, name) = common(Self.counts)
            query.limit = number
            before.append(one("the ", "top ", "my ", "the top ", "", "the first ") + (chance(0.5) ? "\(number)" : name))
            before.append(word)
        }
    }

    private static let sorts: [(String, SearchQuery.Field, Bool)] = [
        ("complexity", .complexity, true), ("length", .lines, true), ("size", .lines, true), ("name", .name, false),
        ("duration", .duration, true), ("runtime", .duration, true), ("path", .path, false), ("age", .changed, true),
        ("number of tests", .tests, true), ("coverage", .tests, true), ("author", .author, false),
        ("kind", .kind, false), ("language", .language, false), ("number of calls", .calls, true),
        ("recursion", .recursive, true),
    ]

    private static let superlatives: [(String, SearchQuery.Field, Bool)] = [
        ("slowest", .duration, true), ("longest", .lines, true), ("most complex", .complexity, true),
        ("shortest", .lines, false), ("fastest", .duration, false), ("biggest", .lines, true),
        ("oldest", .changed, true), ("newest", .changed, false), ("most recently changed", .changed, false),
        ("simplest", .complexity, false), ("least tested", .tests, false), ("best tested", .tests, true),
        ("longest running", .duration, true), ("smallest", .lines, false), ("most complicated", .complexity, true),
        ("least complex", .complexity, false), ("largest", .lines, true), ("most tested", .tests, true),
        ("quickest", .duration, false), ("least recently modified", .changed, true),
    ]

    private static let counts: [(Int, String)] = [
        (5, "five"), (3, "three"), (10, "ten"), (20, "twenty"), (2, "two"), (7, "seven"), (12, "twelve"),
        (15, "fifteen"),
        (50, "fifty"),
    ]
}

/// What a question may say of a thing beside its kind. One of a theme, and no theme twice.
enum Facet: CaseIterable {
    case recursive, notRecursive, language, notLanguage, untested, tested, testsCompared, possessive, author, notAuthor
    case folder, notFolder, file, name, notName, calls, notCalls, complexity, lines, duration, changed, unchanged

    enum Theme { case recursion, language, tests, author, path, name, calls, complexity, lines, duration, changed }

    var theme: Theme {
        switch self {
        case .recursive, .notRecursive: .recursion
        case .language, .notLanguage: .language
        case .untested, .tested, .testsCompared: .tests
        case .possessive, .author, .notAuthor: .author
        case .folder, .notFolder, .file: .path
        case .name, .notName: .name
        case .calls, .notCalls: .calls
        case .complexity: .complexity
        case .lines: .lines
        case .duration: .duration
        case .changed, .unchanged: .changed
        }
    }

    var weight: Double {
        switch self {
        case .folder, .language, .calls, .name, .recursive: 3
        case .changed, .untested, .complexity, .lines, .duration, .author: 2
        case .notFolder, .possessive, .file, .testsCompared: 1
        case .notRecursive, .notLanguage, .tested, .notAuthor, .notName, .notCalls, .unchanged: 0.6
        }
    }

    /// Whether people ask such a thing: types and files do not call themselves, files are not in a file.
    func suits(_ kind: String?) -> Bool {
        switch theme {
        case .recursion: kind == "function" || kind == "method"
        case .calls, .duration: kind == "function" || kind == "method" || kind == "test"
        case .tests: kind != "test" && kind != nil
        case .path: self != .file || kind != "file"
        default: true
        }
    }
}

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
