extension Schema {
    /// The tables. No foreign keys: what belongs to a candidate is added and deleted in two places (Tables+Keep,
    /// Tables+Erase), and PostgreSQL would lock a facet's row for every candidate of it.
    ///
    /// - `candidates` is narrow, so that indexes and counts of a million of them stay in memory; the text of each is in
    ///   `records`, as it was kept. Texts that models or people wrote are JSON strings.
    /// - `cluster` is the id of the cluster's first member; `leads` marks the one of its undecided members that the
    ///   queue shows (or the candidate itself, where it has none). What is not `new` never leads.
    /// - `tallies` counts candidates by facet and hour of `created_at`.
    /// - `clusters` that are `plain` are compared with every new candidate of their group; a group that has many is
    ///   looked up in `bands`.
    static func version2(_ dialect: SQLDialect) -> String {
        """
        CREATE TABLE facets (
            number \(dialect.numbered),
            route TEXT NOT NULL,
            environment TEXT NOT NULL,
            contract TEXT NOT NULL,
            version TEXT NOT NULL,
            source TEXT NOT NULL,
            reason TEXT NOT NULL,
            status TEXT NOT NULL,
            UNIQUE (route, environment, contract, version, source, reason, status)
        );
        CREATE TABLE candidates (
            number \(dialect.numbered),
            id \(dialect.id) NOT NULL UNIQUE,
            facet BIGINT NOT NULL,
            created_at BIGINT NOT NULL,
            request_id TEXT NOT NULL,
            cache_key TEXT,
            completion TEXT,
            value DOUBLE PRECISION NOT NULL,
            shuffle BIGINT NOT NULL,
            cluster \(dialect.id),
            leads SMALLINT NOT NULL,
            holdout SMALLINT NOT NULL,
            small_cut SMALLINT NOT NULL,
            size BIGINT NOT NULL,
            digest BIGINT NOT NULL,
            words TEXT NOT NULL
        );
        CREATE INDEX candidates_time ON candidates (facet, created_at, id);
        CREATE INDEX candidates_queue ON candidates (facet, value DESC, id) WHERE leads = 1;
        CREATE INDEX candidates_shuffle ON candidates (facet, shuffle) WHERE leads = 1;
        CREATE INDEX candidates_request ON candidates (request_id);
        CREATE INDEX candidates_cluster ON candidates (cluster) WHERE cluster IS NOT NULL;
        \(wordIndex(dialect))
        CREATE TABLE records (
            id \(dialect.id) NOT NULL PRIMARY KEY,
            record TEXT NOT NULL
        );
        CREATE TABLE tallies (
            facet BIGINT NOT NULL,
            hour BIGINT NOT NULL,
            count BIGINT NOT NULL,
            bytes BIGINT NOT NULL,
            leaders BIGINT NOT NULL,
            PRIMARY KEY (facet, hour)
        ) \(dialect.clustered);
        CREATE TABLE clusters (
            id \(dialect.id) NOT NULL PRIMARY KEY,
            grp BIGINT NOT NULL,
            size BIGINT NOT NULL,
            led SMALLINT NOT NULL,
            plain SMALLINT NOT NULL,
            sketch_version BIGINT NOT NULL,
            sketch_0 BIGINT NOT NULL,
            sketch_1 BIGINT NOT NULL,
            sketch_2 BIGINT NOT NULL,
            sketch_3 BIGINT NOT NULL
        );
        CREATE INDEX clusters_group ON clusters (grp) WHERE plain = 1;
        CREATE TABLE bands (
            key BIGINT NOT NULL,
            cluster \(dialect.id) NOT NULL,
            PRIMARY KEY (key, cluster)
        ) \(dialect.clustered);
        CREATE INDEX bands_cluster ON bands (cluster);

        CREATE TABLE decisions (
            number \(dialect.numbered),
            id \(dialect.id) NOT NULL UNIQUE,
            candidate \(dialect.id) NOT NULL,
            route TEXT NOT NULL,
            at BIGINT NOT NULL,
            verb TEXT NOT NULL,
            choice TEXT,
            completion TEXT,
            reviewer TEXT,
            note TEXT,
            status_before TEXT NOT NULL,
            status_after TEXT NOT NULL,
            result TEXT,
            purpose TEXT NOT NULL,
            by_cluster SMALLINT NOT NULL,
            after_reveal SMALLINT NOT NULL,
            undoes \(dialect.id),
            review \(dialect.id) NOT NULL,
            agrees SMALLINT
        );
        CREATE INDEX decisions_candidate ON decisions (candidate, number);
        CREATE INDEX decisions_reviewer ON decisions (reviewer, number);
        CREATE INDEX decisions_route ON decisions (route, by_cluster);
        CREATE INDEX decisions_review ON decisions (review);
        CREATE INDEX decisions_undoes ON decisions (undoes) WHERE undoes IS NOT NULL;
        CREATE TABLE opinions (
            candidate \(dialect.id) NOT NULL PRIMARY KEY,
            route TEXT NOT NULL,
            first \(dialect.id) NOT NULL,
            first_reviewer TEXT NOT NULL,
            first_mark TEXT NOT NULL,
            second \(dialect.id),
            second_reviewer TEXT,
            second_mark TEXT,
            settled SMALLINT NOT NULL
        );
        CREATE INDEX opinions_waiting ON opinions (route) WHERE second IS NULL;
        CREATE TABLE leases (
            candidate \(dialect.id) NOT NULL,
            slot TEXT NOT NULL,
            reviewer TEXT NOT NULL,
            draw TEXT NOT NULL,
            taken BIGINT NOT NULL,
            expires BIGINT NOT NULL,
            PRIMARY KEY (candidate, slot)
        ) \(dialect.clustered);
        CREATE INDEX leases_reviewer ON leases (reviewer);

        CREATE TABLE documents (
            kind TEXT NOT NULL,
            id TEXT NOT NULL,
            route TEXT,
            json TEXT NOT NULL,
            revision BIGINT NOT NULL,
            written_at BIGINT NOT NULL,
            PRIMARY KEY (kind, id)
        );
        CREATE TABLE pins (
            candidate \(dialect.id) NOT NULL,
            document TEXT NOT NULL,
            PRIMARY KEY (candidate, document)
        ) \(dialect.clustered);
        CREATE INDEX pins_document ON pins (document);
        CREATE TABLE named_leases (
            name TEXT NOT NULL PRIMARY KEY,
            holder TEXT NOT NULL,
            expires BIGINT NOT NULL
        );
        CREATE TABLE drops (
            number \(dialect.numbered),
            cache_key TEXT NOT NULL,
            at BIGINT NOT NULL
        );
        CREATE TABLE events (
            number \(dialect.numbered),
            id \(dialect.id) NOT NULL UNIQUE,
            at BIGINT NOT NULL,
            who TEXT NOT NULL,
            what TEXT NOT NULL,
            route TEXT,
            detail TEXT
        );
        """
    }

    /// The index of `candidates.words` until version 4, which holds words with blanks between them.
    ///
    /// SQLite: FTS5 over the column (external content), kept up to date by triggers. The tokenizer splits nothing but
    /// blanks, as SearchWords has split before. PostgreSQL: a GIN index of the words as they are, without a language.
    static func wordIndex(_ dialect: SQLDialect) -> String {
        switch dialect {
        case .sqlite:
            """
            CREATE VIRTUAL TABLE word_index USING fts5(
                words, content='candidates', content_rowid='number', detail='none', columnsize=0,
                tokenize="ascii tokenchars '+#'");
            CREATE TRIGGER words_added AFTER INSERT ON candidates WHEN new.words <> '' BEGIN
                INSERT INTO word_index (rowid, words) VALUES (new.number, new.words);
            END;
            CREATE TRIGGER words_gone AFTER DELETE ON candidates WHEN old.words <> '' BEGIN
                INSERT INTO word_index (word_index, rowid, words) VALUES ('delete', old.number, old.words);
            END;
            CREATE TRIGGER words_changed AFTER UPDATE OF words ON candidates WHEN old.words <> new.words BEGIN
                INSERT INTO word_index (word_index, rowid, words) VALUES ('delete', old.number, old.words);
                INSERT INTO word_index (rowid, words) VALUES (new.number, new.words);
            END;
            """
        case .postgresql:
            "CREATE INDEX candidates_words ON candidates USING gin (array_to_tsvector(string_to_array(words, ' ')));"
        }
    }
}
