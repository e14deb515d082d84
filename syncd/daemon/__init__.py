"""The daemon: it makes a turn whenever something is due. In a turn it looks, acts and reports.

The daemon itself is small: it waits, and starts a process for each turn. Only that process loads what is large.

service (clock, signals, systemd) ─► worker ─► turn ─► cycle (look, decide by schedule, act by jobs) ─► notifications (log, hooks)
"""
