import JSON

/// How often a simulated small model goes wrong, and in which way, as shares of all questions.
public struct StudentFlaws: Sendable, Equatable {
    /// Wrong, in the right format, and its tokens say that it does not know.
    public var unsure: Double
    /// In a format of its own, and sure of it.
    public var unreadable: Double
    /// Wrong, in the right format, and sure of it: what neither a check nor a threshold finds.
    public var confident: Double
    /// Right, and unsure of it all the same.
    public var hesitant: Double

    public init(unsure: Double = 0, unreadable: Double = 0, confident: Double = 0, hesitant: Double = 0) {
        self.unsure = unsure
        self.unreadable = unreadable
        self.confident = confident
        self.hesitant = hesitant
    }

    /// So much is wrong: half of it unsure, three tenths unreadable, a fifth confident. A fifth as much again is right,
    /// but hesitant.
    public init(wrong: Double) {
        self.init(
            unsure: 0.5 * wrong,
            unreadable: 0.3 * wrong,
            confident: 0.2 * wrong,
            hesitant: Swift.min(0.2 * wrong, 1 - wrong)
        )
    }

    /// Of a small model nobody said anything else about.
    public static let usual = StudentFlaws(wrong: 0.3)

    /// The share of wrong answers.
    public var wrong: Double { unsure + unreadable + confident }

    enum Kind { case unsure, unreadable, confident, hesitant }

    /// What a draw between 0 and 1 stands for; nil: right, and sure.
    func kind(at draw: Double) -> Kind? {
        var end = 0.0
        for (kind, share) in [
            (Kind.unsure, unsure), (.unreadable, unreadable), (.confident, confident), (.hesitant, hesitant),
        ] {
            end += share
            if draw < end { return kind }
        }
        return nil
    }
}

extension StudentFlaws {
    /// `0.3`, or `{ "unsure": 0.1, "unreadable": 0.05, "confident": 0.02, "hesitant": 0.05 }`.
    init(_ tree: JSONTree, at path: String) throws(ScriptError) {
        if let share = tree.double {
            guard (0...1).contains(share) else {
                throw ScriptError(path: path, message: "a share from 0 to 1 was expected")
            }
            self.init(wrong: share)
            return
        }
        var reader = try ScriptReader(tree, at: path)
        self.init(
            unsure: try reader.number("unsure") ?? 0,
            unreadable: try reader.number("unreadable") ?? 0,
            confident: try reader.number("confident") ?? 0,
            hesitant: try reader.number("hesitant") ?? 0
        )
        try reader.finish()
        guard [unsure, unreadable, confident, hesitant].allSatisfy({ $0 >= 0 }), wrong + hesitant <= 1 else {
            throw ScriptError(path: path, message: "shares that sum to at most 1 were expected")
        }
    }
}
