/// What was probably meant by a word that is not known.
enum Suggestion {
    /// The known word nearest to `word`, if it is near enough to be a slip of the keyboard: at most a third of its
    /// letters differ, or the two differ in case, hyphens and underscores only.
    static func nearest(to word: String, among known: some Sequence<String>) -> String? {
        let plain = fold(word)
        var best: (word: String, distance: Int)?
        for candidate in known where candidate != word {
            let distance = fold(candidate) == plain ? 0 : editDistance(word, candidate)
            if distance < best?.distance ?? Int.max { best = (candidate, distance) }
        }
        guard let best, best.distance <= max(1, min(3, (word.count + 1) / 3)) else { return nil }
        return best.distance == word.count ? nil : best.word
    }

    private static func fold(_ word: String) -> String {
        String(word.lowercased().filter { $0 != "-" && $0 != "_" })
    }

    /// Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment).
    static func editDistance(_ left: String, _ right: String) -> Int {
        let left = Array(left.unicodeScalars)
        let right = Array(right.unicodeScalars)
        var before: [Int] = []
        var last = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                let same = left[row] == right[column]
                var distance = min(last[column + 1] + 1, current[column] + 1, last[column] + (same ? 0 : 1))
                let swapped =
                    row > 0 && column > 0 && left[row] == right[column - 1] && left[row - 1] == right[column]
                if swapped { distance = min(distance, before[column - 1] + 1) }
                current.append(distance)
            }
            before = last
            last = current
        }
        return last[right.count]
    }
}
