/// Reads a question about code into a `SearchQuery`, by rules: the simulated large model's understanding.
///
/// The reader walks over the words and lets every rule try at each place; the first that recognises something takes
/// its words. A word that no rule takes is passed over and counted, so that the caller knows how much was understood.
/// Rules by theme stand in `QuestionReader+Facts.swift` (what a thing is) and `QuestionReader+Measures.swift` (numbers,
/// times, order).
public struct QuestionReader {
    var words: Words
    var query = SearchQuery()
    /// A "not" or "except" was read: the next term is negated.
    var negate = false
    /// The field that a bare number belongs to ("complexity over 10").
    var pending: SearchQuery.Field?
    /// A superlative was read: a singular noun then asks for one match.
    var superlative = false
    var missed: [String] = []

    init(_ question: String) {
        words = Words(question)
    }

    /// The query that a question asks for. A question that no rule understands becomes a search by its longest word.
    public static func read(_ question: String) -> SearchQuery {
        var reader = QuestionReader(question)
        reader.readAll()
        return reader.query
    }

    private mutating func readAll() {
        while !words.atEnd {
            if readNegation() { continue }
            let found =
                readOrder() || readLimit() || readRecursion() || readTests() || readChange() || readCalls()
                || readName()
                || readPath() || readAuthor() || readLanguage() || readComparison() || readKind()
            if found {
                negate = false
            } else if let word = words.current {
                if word.lower != "with", word.lower != "me", word.lower != "my", word.lower != "i" {
                    missed.append(word.text)
                }
                words.advance()
            }
        }
        if query.isEmpty {
            let word = missed.max { $0.count < $1.count } ?? "*"
            query.add(.name, .equal, word == "*" ? word : "*\(word)*")
        }
        if superlative, query.limit == nil { query.limit = 10 }
    }

    /// "not", "except" and their kind negate the next term, unless a rule has its own reading ("not tested").
    private mutating func readNegation() -> Bool {
        // "not tested by Jamal": the "by" is the author's.
        if words.take("not|never tested|covered by tests|test") || words.take("not|never tested|covered") {
            query.add(.tests, .equal, "0")
            return true
        }
        if words.take("not|never recursive") || words.take("without recursion") {
            query.add(.recursive, .equal, "false")
            return true
        }
        if words.take("without|no|lacking|missing|zero unit|automated? tests|test|coverage") {
            query.add(.tests, .equal, "0")
            return true
        }
        let start = words.position
        if words.take("not|never|unchanged|untouched changed|modified|edited|touched|updated? in|for|since|within") {
            _ = words.take("last|past") || words.take("more|over than?")
            if let age = takeAge() {
                query.add(.changed, .over, age)
                return true
            }
            _ = rewind(to: start)
        }
        // "whose name does not contain": the name's rule comes next, and must find its verb.
        if words.take("name|names not|never")
            || words.take("not|except|excluding|without|outside|ignoring|skip|skipping|non")
        {
            negate = true
            return true
        }
        return false
    }

    /// Gives the words back that a rule took in vain.
    mutating func rewind(to start: Int) -> Bool {
        words.advance(start - words.position)
        return false
    }

    mutating func add(_ field: SearchQuery.Field, _ comparison: SearchQuery.Comparison = .equal, _ value: String) {
        query.add(field, comparison, value, negated: negate)
    }
}
