extension Schema {
    /// The holdout in the order in which it is labelled.
    static let version3 = "CREATE INDEX candidates_blind ON candidates (facet, shuffle) WHERE holdout = 1"
}
