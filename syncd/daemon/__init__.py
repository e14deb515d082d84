"""The daemon: what is to be done when, done step by step, and said to whoever watches.

It asks and writes through use cases only.

schedule (pure: what comes next) ─► cycle (does it) ─► telling (log, hooks) ─► service (clock, signals, systemd)
"""
