/// How alike two sets, two lists of words and two texts are, from 0 to 1.
public enum Similarity {
    /// What both have of what either has; 1 for two empty sets.
    public static func jaccard<Element: Hashable>(_ first: Set<Element>, _ second: Set<Element>) -> Double {
        let either = first.union(second).count
        return either == 0 ? 1 : Double(first.intersection(second).count) / Double(either)
    }

    /// The harmonic mean of precision and recall over words, each as often as it is there (SQuAD's measure; Rajpurkar
    /// et al., 2016); 1 for two texts without a word.
    public static func wordF1<Word: Hashable>(_ first: [Word], _ second: [Word]) -> Double {
        if first.isEmpty || second.isEmpty { return first.isEmpty && second.isEmpty ? 1 : 0 }
        var left: [Word: Int] = [:]
        for word in second { left[word, default: 0] += 1 }
        var shared = 0
        for word in first {
            guard let more = left[word], more > 0 else { continue }
            left[word] = more - 1
            shared += 1
        }
        return 2 * Double(shared) / Double(first.count + second.count)
    }

    /// 1 less Levenshtein's distance over the length of the longer; 1 for two empty texts.
    public static func edit<Unit: Equatable>(_ first: [Unit], _ second: [Unit]) -> Double {
        let longer = max(first.count, second.count)
        return longer == 0 ? 1 : 1 - Double(distance(first, second)) / Double(longer)
    }

    private static func distance<Unit: Equatable>(_ first: [Unit], _ second: [Unit]) -> Int {
        // What both begin and end with needs no edit.
        let start = zip(first, second).prefix { $0 == $1 }.count
        let end = zip(first.dropFirst(start).reversed(), second.dropFirst(start).reversed()).prefix { $0 == $1 }.count
        let first = first[start..<(first.count - end)]
        let second = second[start..<(second.count - end)]
        var row = Array(0...second.count)
        for (i, unit) in first.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in second.enumerated() {
                let cost = unit == other ? diagonal : 1 + min(diagonal, row[j], row[j + 1])
                diagonal = row[j + 1]
                row[j + 1] = cost
            }
        }
        return row[second.count]
    }
}
