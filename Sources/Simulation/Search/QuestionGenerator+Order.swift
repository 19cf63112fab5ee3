/// Of what kind the things are that a question asks for, in which order, and how many.
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
