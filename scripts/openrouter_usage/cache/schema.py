"""The tables of the database, as the migrations that lead to them."""

MIGRATIONS = (
    (
        "CREATE TABLE salt (value BLOB NOT NULL)",
        "INSERT INTO salt VALUES (randomblob(32))",
        "CREATE TABLE account (id INTEGER PRIMARY KEY, address TEXT NOT NULL)",
        """
        CREATE TABLE alias (
            address TEXT NOT NULL, name TEXT NOT NULL, account INTEGER NOT NULL REFERENCES account,
            PRIMARY KEY (address, name, account)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE answer (
            key TEXT NOT NULL, question TEXT NOT NULL, at TEXT NOT NULL, record TEXT NOT NULL,
            PRIMARY KEY (key, question)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE day (
            id INTEGER PRIMARY KEY, account INTEGER NOT NULL REFERENCES account,
            date TEXT NOT NULL, seen_at TEXT NOT NULL,
            UNIQUE (account, date)
        )
        """,
        """
        CREATE TABLE endpoint (
            id INTEGER PRIMARY KEY, model TEXT NOT NULL, permaslug TEXT NOT NULL, provider TEXT NOT NULL,
            UNIQUE (model, permaslug, provider)
        )
        """,
        """
        CREATE TABLE spend (
            day INTEGER NOT NULL REFERENCES day ON DELETE CASCADE, number INTEGER NOT NULL,
            endpoint INTEGER NOT NULL REFERENCES endpoint, usd INTEGER, byok_usd INTEGER, requests INTEGER,
            prompt_tokens INTEGER, completion_tokens INTEGER, reasoning_tokens INTEGER, cached_tokens INTEGER,
            PRIMARY KEY (day, number)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE balance (
            account INTEGER NOT NULL REFERENCES account, at TEXT NOT NULL, purchased INTEGER NOT NULL,
            used INTEGER NOT NULL, PRIMARY KEY (account, at)
        ) WITHOUT ROWID
        """,
        """
        CREATE VIEW daily_spend AS
            SELECT day.account, date, model, provider, usd / 1e10 AS usd, byok_usd / 1e10 AS byok_usd, requests,
                   prompt_tokens, completion_tokens, reasoning_tokens, cached_tokens, seen_at
            FROM day JOIN spend ON spend.day = day.id JOIN endpoint ON endpoint.id = spend.endpoint
        """,
    ),
    (
        """
        CREATE TABLE announcement (
            account INTEGER NOT NULL REFERENCES account, thresholds TEXT NOT NULL, level INTEGER NOT NULL,
            at TEXT NOT NULL, PRIMARY KEY (account, thresholds)
        ) WITHOUT ROWID
        """,
    ),
    (
        "ALTER TABLE day ADD COLUMN doubted_at TEXT",
        "ALTER TABLE day ADD COLUMN lesser INTEGER",
    ),
    (
        """
        CREATE TABLE midnight (
            key TEXT NOT NULL, date TEXT NOT NULL, usd INTEGER NOT NULL, at TEXT NOT NULL,
            PRIMARY KEY (key, date)
        ) WITHOUT ROWID
        """,
    ),
    (
        "ALTER TABLE answer ADD COLUMN seal BLOB",
        "ALTER TABLE balance ADD COLUMN seal BLOB",
        "ALTER TABLE announcement ADD COLUMN seal BLOB",
        "ALTER TABLE midnight ADD COLUMN seal BLOB",
        "ALTER TABLE day ADD COLUMN figures INTEGER",
        """
        UPDATE day SET figures = (
            SELECT COALESCE(SUM(usd), 0) + COALESCE(SUM(byok_usd), 0) + COALESCE(SUM(requests), 0)
                   + COALESCE(SUM(prompt_tokens), 0) + COALESCE(SUM(completion_tokens), 0)
                   + COALESCE(SUM(reasoning_tokens), 0) + COALESCE(SUM(cached_tokens), 0)
            FROM spend WHERE spend.day = day.id
        )
        """,
    ),
)
"""The statements that lead from each version of the file to the next. What was once released is never changed.

Money is in units of 1e-10 USD; NULL is what OpenRouter did not tell. Instants are UTC. A day that
has no spend was seen, and nothing was spent. A day is doubted where OpenRouter last told of it
otherwise: `lesser` is what /activity then told, or NULL where analytics counted more. A midnight has what
a key had spent over its lifetime when the UTC day began, as it was told `at` some instant since. A seal is
`Database.sealed`'s; rows that were written before there were any have NULL. The `figures` of a day are the sum of all
figures in its rows, whatever they are of: rows that add up to another were not written so.
"""
