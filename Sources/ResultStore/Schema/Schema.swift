/// The tables of the database, and how an older one becomes a current one.
///
/// Instants and lengths of virtual time are whole nanoseconds (`_ns`). Child rows keep the order of
/// the run in `number`. Text that says nothing is NULL. Lists are JSON.
enum Schema {
    /// `PRAGMA user_version` of a current database.
    static let version = 3
    /// `PRAGMA application_id`: "kfks", so that `file` and we can tell our databases from others.
    static let applicationID = 0x6B66_6B73

    /// The statements that lead from version n to n + 1, at index n.
    static let migrations = [tables + views, appends, endings]

    private static let tables = """
        CREATE TABLE run (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            recorded_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
            scenario TEXT NOT NULL,
            description TEXT NOT NULL,
            file TEXT NOT NULL,
            -- An integer, or decimal text above the largest signed 64-bit integer.
            seed ANY NOT NULL,
            kafka_version TEXT NOT NULL,
            duration_ns INTEGER NOT NULL,
            end_ns INTEGER NOT NULL,
            events INTEGER NOT NULL,
            digest TEXT NOT NULL,
            guarantee TEXT NOT NULL,
            pass INTEGER NOT NULL CHECK (pass IN (0, 1)),
            exit_status INTEGER NOT NULL,
            -- The digest after each thousand events, a line each.
            digest_chain TEXT NOT NULL
        ) STRICT;

        CREATE TABLE setting (
            run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            path TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (run_id, number)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE action (
            run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            at_ns INTEGER NOT NULL,
            action TEXT NOT NULL,
            target TEXT,
            name TEXT,
            result TEXT,
            skipped TEXT,
            optional INTEGER NOT NULL,
            PRIMARY KEY (run_id, number)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE timeline (
            run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            at_ns INTEGER NOT NULL,
            kind TEXT NOT NULL,
            text TEXT NOT NULL,
            PRIMARY KEY (run_id, number)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE metric (
            run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            name TEXT NOT NULL,
            -- Integer, real (milliseconds with a fraction), text, JSON list, or NULL.
            value ANY,
            PRIMARY KEY (run_id, number)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX metric_by_name ON metric (name, run_id);

        CREATE TABLE expectation (
            run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            metric TEXT NOT NULL,
            bound TEXT NOT NULL,
            actual TEXT NOT NULL,
            pass INTEGER NOT NULL CHECK (pass IN (0, 1)),
            -- The instant of a check; NULL for the verdict at the end.
            at_ns INTEGER,
            PRIMARY KEY (run_id, number)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE finding (
            run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            cause TEXT NOT NULL,
            category TEXT NOT NULL,
            metric TEXT NOT NULL,
            records INTEGER NOT NULL,
            sentence TEXT NOT NULL,
            remedy TEXT NOT NULL,
            example INTEGER NOT NULL,
            PRIMARY KEY (run_id, number)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE finding_setting (
            run_id INTEGER NOT NULL,
            finding INTEGER NOT NULL,
            number INTEGER NOT NULL,
            path TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (run_id, finding, number),
            FOREIGN KEY (run_id, finding) REFERENCES finding (run_id, number) ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE finding_step (
            run_id INTEGER NOT NULL,
            finding INTEGER NOT NULL,
            number INTEGER NOT NULL,
            at_ns INTEGER NOT NULL,
            text TEXT NOT NULL,
            PRIMARY KEY (run_id, finding, number),
            FOREIGN KEY (run_id, finding) REFERENCES finding (run_id, number) ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE violation (
            run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            at_ns INTEGER NOT NULL,
            invariant TEXT NOT NULL,
            evidence TEXT NOT NULL,
            PRIMARY KEY (run_id, number)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE record (
            run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
            id INTEGER NOT NULL,
            producer TEXT NOT NULL,
            outcome TEXT NOT NULL,
            error TEXT,
            last_error TEXT,
            partition TEXT,
            offset INTEGER,
            sent_at_ns INTEGER NOT NULL,
            resolved_at_ns INTEGER,
            copies INTEGER NOT NULL,
            loss TEXT,
            cause TEXT,
            PRIMARY KEY (run_id, id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX record_lost ON record (run_id, loss) WHERE loss IS NOT NULL;

        CREATE TABLE delivery (
            run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            group_id TEXT NOT NULL,
            member TEXT NOT NULL,
            record INTEGER NOT NULL,
            partition TEXT NOT NULL,
            offset INTEGER NOT NULL,
            at_ns INTEGER NOT NULL,
            PRIMARY KEY (run_id, number)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE leadership (
            run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            partition TEXT NOT NULL,
            epoch INTEGER NOT NULL,
            -- NULL while nobody leads.
            leader INTEGER,
            isr TEXT NOT NULL,
            from_ns INTEGER NOT NULL,
            to_ns INTEGER,
            PRIMARY KEY (run_id, number)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE membership (
            run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            group_id TEXT NOT NULL,
            generation INTEGER NOT NULL,
            member TEXT NOT NULL,
            partitions TEXT NOT NULL,
            at_ns INTEGER NOT NULL,
            PRIMARY KEY (run_id, number)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE sample (
            run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            at_ns INTEGER NOT NULL,
            partition TEXT NOT NULL,
            log_end_offset INTEGER NOT NULL,
            high_watermark INTEGER NOT NULL,
            isr_size INTEGER NOT NULL,
            lag INTEGER,
            PRIMARY KEY (run_id, number)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE event (
            run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            at_ns INTEGER NOT NULL,
            node TEXT NOT NULL,
            kind TEXT NOT NULL,
            text TEXT NOT NULL,
            PRIMARY KEY (run_id, number)
        ) STRICT, WITHOUT ROWID;

        """

    /// Every appearance of a record in a leader's log, for its whole life.
    private static let appends = """
        CREATE TABLE append (
            run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
            record INTEGER NOT NULL,
            -- From 0 for each run, ascending with the record.
            number INTEGER NOT NULL,
            partition TEXT NOT NULL,
            offset INTEGER NOT NULL,
            epoch INTEGER NOT NULL,
            broker INTEGER NOT NULL,
            at_ns INTEGER NOT NULL,
            PRIMARY KEY (run_id, record, number)
        ) STRICT, WITHOUT ROWID;

        """

    /// What took each lost record.
    private static let endings = """
        CREATE TABLE ending (
            run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
            record INTEGER NOT NULL,
            -- From 0 for each run, ascending with the record.
            number INTEGER NOT NULL,
            at_ns INTEGER NOT NULL,
            text TEXT NOT NULL,
            PRIMARY KEY (run_id, record, number)
        ) STRICT, WITHOUT ROWID;

        """

    private static let views = """
        -- Every record that is gone, with the run that it belongs to.
        CREATE VIEW lost_records AS
        SELECT run.id AS run_id, run.scenario, run.seed, record.loss, record.cause,
            record.id AS record, record.producer, record.outcome, record.error,
            record.last_error, record.partition, record.offset, record.sent_at_ns,
            record.resolved_at_ns
        FROM record JOIN run ON run.id = record.run_id
        WHERE record.loss IS NOT NULL;

        -- Every record that stands in the logs more than once.
        CREATE VIEW duplicated_records AS
        SELECT run.id AS run_id, run.scenario, run.seed, record.copies,
            record.id AS record, record.producer, record.outcome, record.partition,
            record.offset, record.sent_at_ns
        FROM record JOIN run ON run.id = record.run_id
        WHERE record.copies > 1;

        -- A line for each run: did it hold, and if not, what came of it.
        CREATE VIEW verdicts AS
        SELECT run.id AS run_id, run.recorded_at, run.scenario, run.seed, run.kafka_version,
            run.pass, run.guarantee,
            (SELECT count(*) FROM expectation AS e WHERE e.run_id = run.id) AS expectations,
            (SELECT count(*) FROM expectation AS e WHERE e.run_id = run.id AND NOT e.pass)
                AS failed_expectations,
            (SELECT value FROM metric AS m WHERE m.run_id = run.id AND m.name = 'records.sent')
                AS sent,
            (SELECT value FROM metric AS m WHERE m.run_id = run.id AND m.name = 'records.acked')
                AS acked,
            (SELECT value FROM metric AS m WHERE m.run_id = run.id AND m.name = 'lost.acked')
                AS lost_acked,
            (SELECT value FROM metric AS m WHERE m.run_id = run.id AND m.name = 'lost.silent')
                AS lost_silent,
            (SELECT value FROM metric AS m WHERE m.run_id = run.id AND m.name = 'lost.reported')
                AS lost_reported,
            (SELECT value FROM metric AS m WHERE m.run_id = run.id AND m.name = 'lost.expired')
                AS lost_expired,
            (SELECT value FROM metric AS m WHERE m.run_id = run.id AND m.name = 'duplicated')
                AS duplicated,
            (SELECT value FROM metric AS m WHERE m.run_id = run.id AND m.name = 'reordered')
                AS reordered,
            run.digest
        FROM run;
        """
}
