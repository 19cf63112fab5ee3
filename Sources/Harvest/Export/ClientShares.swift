/// How many of the lines nobody reviewed one client may supply, so that no client has more than its share of them all.
enum ClientShares {
    /// The most lines of one client. What goes makes all of them fewer, so it is looked for, not computed: of `most`
    /// from each client at most, is `most` still no more than the share?
    ///
    /// Two or three clients and nobody else cannot have a quarter each, and nothing would be left: then each keeps as
    /// many as the client with the fewest has.
    /// - Parameters:
    ///   - counts: lines of each client; at least one client.
    ///   - others: lines of no client: generated and given ones.
    ///   - share: 0 to 1.
    static func most(_ counts: [Int], others: Int, share: Double) -> Int {
        let largest = counts.max() ?? 0
        func fits(_ most: Int) -> Bool {
            let all = counts.reduce(others) { $0 + min($1, most) }
            return Double(min(most, largest)) <= share * Double(all)
        }
        // None at all always fits, and what fits does so up to one number: a line more of each client counts for the
        // largest in full, and for all together by the share of it only.
        var (low, high) = (0, largest + 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if fits(middle) { low = middle } else { high = middle }
        }
        return low > 0 ? low : counts.min() ?? 0
    }
}
