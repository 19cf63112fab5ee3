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
        \(refuseOlder(dialect))
        """
    }

    private static func dropWordIndex(_ dialect: SQLDialect) -> String {
        switch dialect {
        case .sqlite:
            "DROP TRIGGER words_added; DROP TRIGGER words_gone; DROP TRIGGER words_changed; DROP TABLE word_index"
        case .postgresql: "DROP INDEX candidates_words"
        }
    }

    /// A program of before does not know of the index, and may be at work: it cannot change candidates any more, and its
    /// spool holds. To one on PostgreSQL it is as if its connection had broken, so that it makes another one, and finds the
    /// newer schema.
    private static func refuseOlder(_ dialect: SQLDialect) -> String {
        switch dialect {
        case .sqlite:
            ["INSERT", "UPDATE", "DELETE"].map { verb in
                """
                ;CREATE TRIGGER refuse_older_\(verb) BEFORE \(verb) ON candidates WHEN understudy_schema() < 4 BEGIN
                    SELECT RAISE(ABORT, 'the store is of a newer schema version');
                END
                """
            }.joined()
        case .postgresql:
            """
            ;CREATE FUNCTION understudy.refuse_older() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF coalesce(nullif(current_setting('understudy.schema', true), ''), '0')::BIGINT
                    < (SELECT max(version) FROM understudy.schema_versions)
                THEN
                    RAISE EXCEPTION 'the store is of a newer schema version' USING ERRCODE = '08000';
                END IF;
                RETURN NULL;
            END $$;
            CREATE TRIGGER refuse_older BEFORE INSERT OR UPDATE OR DELETE ON candidates
                FOR EACH STATEMENT EXECUTE FUNCTION understudy.refuse_older()
            """
        }
    }
}
