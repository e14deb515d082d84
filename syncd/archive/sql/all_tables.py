"""Every table of the archive. Import it where the whole collection is asked for. A command that reads imports those it asks."""

from syncd.archive.sql import daemon_tables, harvest_tables, ledger_tables, service_tables, tables

MODULES = (service_tables, daemon_tables, ledger_tables, harvest_tables, tables)
"""The modules of the tables, in the order of the reference."""
