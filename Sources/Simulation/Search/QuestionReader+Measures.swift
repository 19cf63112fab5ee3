/// Numbers, times and order: "slower than 20 ms", "changed in the last week", "the ten longest".
extension QuestionReader {
    private static let numbers: [String: Int] = [
        "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
        "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "fifty": 50, "hundred": 100, "dozen": 12,
    ]

    private static let orders: [(phrase: String, field: SearchQuery.Field, descending: Bool)] = [
        ("longest running|executing", .duration, true), ("shortest running|executing", .duration, false),
        ("slowest", .duration, true), ("fastest|quickest", .duration, false),
        ("longest|biggest|largest", .lines, true), ("shortest|smallest", .lines, false),
        ("most complex|complicated|convoluted", .complexity, true), ("hardest", .complexity, true),
        ("least complex|complicated", .complexity, false), ("simplest|easiest", .complexity, false),
        ("newest|latest", .changed, false),
        ("most recently|recent changed|modified|edited|touched|updated?", .changed, false),
        ("oldest|stalest", .changed, true), ("least recently changed|modified|edited|touched|updated?", .changed, true),
        ("best|most tested|covered", .tests, true), ("least|worst tested|covered", .tests, false),
    ]

    private static let sortable: [String: (field: SearchQuery.Field, descending: Bool)] = [
        "duration": (.duration, true), "time": (.duration, true), "runtime": (.duration, true),
        "length": (.lines, true),
        "size": (.lines, true), "lines": (.lines, true), "complexity": (.complexity, true), "tests": (.tests, true),
        "coverage": (.tests, true), "name": (.name, false), "path": (.path, false), "age": (.changed, true),
        "change": (.changed, false), "author": (.author, false), "kind": (.kind, false), "language": (.language, false),
        "calls": (.calls, true), "recursion": (.recursive, true),
    ]

    mutating func readOrder() -> Bool {
        for order in Self.orders where words.take(order.phrase) {
            query.sort = SearchQuery.Sort(field: order.field, descending: order.descending)
            superlative = true
            return true
        }
        if words.take("sorted|sort|ordered|order|ranked|rank by number?"), let word = words.current {
            guard let sort = Self.sortable[word.lower] else { return true }
            words.advance()
            var descending = sort.descending
            if words.take("ascending|asc|upwards") { descending = false }
            if words.take("descending|desc|downwards") { descending = true }
            query.sort = SearchQuery.Sort(field: sort.field, descending: descending)
            return true
        }
        return false
    }

    /// "top 5", "the first ten", "10 slowest", "limit 20".
    mutating func readLimit() -> Bool {
        if words.take("top|first|limit|only"), let number = takeInteger() {
            query.limit = number
            return true
        }
        guard let word = words.current, let number = Self.integer(word.lower), let next = words.peek(1) else {
            return false
        }
        let order = Self.orders.contains {
            $0.phrase.split(separator: " ")[0].split(separator: "|").contains { $0 == next.lower }
        }
        guard order || next.lower.hasSuffix("s") && Self.unit(next.lower) == nil && next.lower != "tests" else {
            return false
        }
        words.advance()
        query.limit = number
        return true
    }

    mutating func readChange() -> Bool {
        let start = words.position
        let named = words.take("changed|modified|edited|touched|updated|committed|added")
        if words.take("in|within|during|since|over? last|past") || named && words.take("in|within|since") {
            if let age = takeAge() {
                add(.changed, .under, age)
                return true
            }
        }
        let spans = [
            ("today", "1d"), ("since? yesterday", "2d"), ("this week", "7d"), ("this month", "30d"),
            ("this year", "365d"),
            ("recently|lately", "14d"),
        ]
        for (phrase, age) in spans where words.take(phrase) {
            add(.changed, .under, age)
            return true
        }
        return rewind(to: start)
    }

    /// A comparison and its number; the unit says which field is meant, else the noun before it.
    mutating func readComparison() -> Bool {
        if words.take("complexity") || words.take("cyclomatic complexity") {
            pending = .complexity
            if let number = takeInteger() { add(.complexity, .equal, "\(number)") } else { return true }
            return true
        }
        let start = words.position
        let comparison: SearchQuery.Comparison
        if words.take("take|takes|taking|run|runs|running? at least") {
            comparison = .atLeast
        } else if words.take(
            "take|takes|taking|run|runs|running? more|longer|slower|greater|bigger|larger|older|higher than"
        )
            || words.take("take|takes|taking|run|runs|running? over|above|exceeding|exceeds|>")
        {
            comparison = .over
        } else if words.take("take|takes|taking|run|runs|running? exactly") {
            comparison = .equal
        } else if words.take("take|takes|taking|run|runs|running? at most")
            || words.take("take|takes|taking|run|runs|running? up to")
        {
            comparison = .atMost
        } else if words.take(
            "take|takes|taking|run|runs|running? less|fewer|shorter|faster|smaller|younger|lower|newer than"
        )
            || words.take("take|takes|taking|run|runs|running? under|below|within|<")
        {
            comparison = .under
        } else {
            return false
        }
        if let (field, value) = takeQuantity() {
            add(field, comparison, value)
            pending = nil
            return true
        }
        return rewind(to: start)
    }

    /// A number with its unit, as `field` and value: `20ms`, `20 ms`, `1.5 seconds`, `100 lines`, `2 weeks`, `10`.
    private mutating func takeQuantity() -> (SearchQuery.Field, String)? {
        guard let word = words.current else { return nil }
        let digits = word.lower.prefix { $0.isNumber || $0 == "." }
        let suffix = String(word.lower.dropFirst(digits.count))
        if !digits.isEmpty, !suffix.isEmpty, let unit = Self.unit(suffix) {
            words.advance()
            return Self.quantity(String(digits), unit)
        }
        var number: String
        if !digits.isEmpty, suffix.isEmpty {
            number = String(digits)
            words.advance()
        } else if let value = Self.numbers[word.lower] {
            number = "\(value)"
            words.advance()
        } else if Self.unit(word.lower) != nil {
            number = "1"
        } else {
            return nil
        }
        if let next = words.current, let unit = Self.unit(next.lower) {
            words.advance()
            _ = words.take("ago|old|long")
            return Self.quantity(number, unit)
        }
        if words.take("tests|test") { return (.tests, Self.whole(number)) }
        return (pending ?? .complexity, Self.whole(number))
    }

    mutating func takeAge() -> String? {
        let start = words.position
        if let (field, value) = takeQuantity(), field == .changed { return value }
        _ = rewind(to: start)
        return nil
    }

    private mutating func takeInteger() -> Int? {
        guard let word = words.current, let number = Self.integer(word.lower) else { return nil }
        words.advance()
        return number
    }

    private static func integer(_ text: String) -> Int? { Int(text) ?? numbers[text] }

    private static func quantity(_ number: String, _ unit: (field: SearchQuery.Field, unit: String)) -> (
        SearchQuery.Field, String
    ) {
        // A month is thirty days: the language has no months.
        if unit.unit == "mo" { return (unit.field, "\((Int(number) ?? 1) * 30)d") }
        return (unit.field, unit.unit.isEmpty ? whole(number) : number + unit.unit)
    }

    /// What is counted comes in whole numbers: "under 1.5 lines" is a slip.
    private static func whole(_ number: String) -> String { String(number.prefix { $0 != "." }) }

    private static func unit(_ text: String) -> (field: SearchQuery.Field, unit: String)? {
        switch text {
        case "us", "microsecond", "microseconds": (.duration, "us")
        case "ms", "millisecond", "milliseconds": (.duration, "ms")
        case "s", "sec", "second", "seconds": (.duration, "s")
        case "line", "lines": (.lines, "")
        case "h", "hour", "hours": (.changed, "h")
        case "d", "day", "days": (.changed, "d")
        case "w", "week", "weeks": (.changed, "w")
        case "month", "months": (.changed, "mo")
        case "y", "year", "years": (.changed, "y")
        default: nil
        }
    }
}
