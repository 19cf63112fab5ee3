extension Schema {
    /// What is searched for words: see Tables+Postings.swift.
    ///
    /// - `pages` are ranges of `Postings.pageSize` candidates by number, in the order of numbers, none left out:
    ///   `times` has `created_at` of each (8 bytes, little-endian), `first_at` and `last_at` the range.
    /// - `postings` says which candidates of a page have a term, as `PageMembers` encodes it.
    static func version4(_ dialect: SQLDialect) -> String {
        """
        CREATE TABLE pages (
            page BIGINT NOT NULL PRIMARY KEY,
            first_at BIGINT NOT NULL,
            last_at BIGINT NOT NULL,
            times \(dialect.bytes) NOT NULL
        );
        CREATE TABLE postings (
            term TEXT \(dialect.byBytes) NOT NULL,
            page BIGINT NOT NULL,
            members \(dialect.bytes) NOT NULL,
            PRIMARY KEY (term, page)
        ) \(dialect.clustered);
        \(dropWordIndex(dialect))
        """
    }

    private static func dropWordIndex(_ dialect: SQLDialect) -> String {
        switch dialect {
        case .sqlite:
            "DROP TRIGGER words_added; DROP TRIGGER words_gone; DROP TRIGGER words_changed; DROP TABLE word_index"
        case .postgresql: "DROP INDEX candidates_words"
        }
    }
}
