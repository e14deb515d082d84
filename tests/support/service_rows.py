"""Rows of the tables that a synced archive leaves empty, as statements for SQLite."""

SERVICE_ROWS = (
    "INSERT INTO syncd_pool VALUES ('api', '2026-07-13T16:00:00.250000Z')",
    "INSERT INTO syncd_rest VALUES ('export.arxiv.org', NULL, 403, 2, '2026-07-13T16:00:00.000001Z', 'refused')",
    (
        "INSERT INTO syncd_request VALUES "
        "(7, '2026-07-13T16:00:00.250000Z', NULL, 'arxiv.org', 'pages', 'https://arxiv.org/', NULL, NULL, 9, NULL, 'a-host', "
        "'2026-07-13T16:00:00.500000Z', '2026-07-13T16:00:00.000000Z')"
    ),
    "INSERT INTO syncd_finding VALUES ('2026-07-06', 'no-mailing', 'catchup', 'an empty page', NULL, NULL, NULL)",
    (
        "INSERT INTO syncd_harvested_page VALUES "
        "('a-folder', printf('%064d', 2), '2026-07-13T16:00:00.250000Z', '2026-07-01', '2026-07-03')"
    ),
    "INSERT INTO syncd_event VALUES (3, 'new', '', '2026-07-13', '', '', NULL)",
    'INSERT INTO syncd_memory VALUES (1, \'{"last": "ä\\n"}\')',
    "INSERT INTO syncd_reported_problem VALUES ('disk-full', '/srv', 'it is full', '', '2026-07-13T16:00:00.000000Z', 1)",
    (
        "INSERT INTO syncd_acknowledged VALUES "
        "('disk-full', '/srv', 'a-folder', 'it is full', 1, 'anna@host', '', '2026-07-13T16:00:00.000000Z')"
    ),
    "INSERT INTO syncd_published SELECT 1, day, sha256 FROM mailing LIMIT 1",
    (
        "INSERT INTO syncd_accepted VALUES "
        "(printf('%064d', 1), '2026-07-03', 'text-changed', NULL, NULL, NULL, 'tab\t', 'a note', '2026-07-13T16:00:00.000000Z')"
    ),
    "UPDATE syncd_replica_file SET inode = -3 WHERE day = '2026-07-03'",
)
