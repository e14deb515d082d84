"""The configuration: TOML, environment and flags made into one frozen value.

It must import nothing heavy, as every command begins with it, and knows nothing of what its values are used for.
"""

from syncd.config.clock import frozen_now, now_from
from syncd.config.layers import variable
from syncd.config.loading import load
from syncd.config.sections import (
    KEYS,
    SECRETS,
    Archive,
    Config,
    Database,
    Guards,
    Hooks,
    Log,
    Metrics,
    Publish,
    Schedule,
    Upstream,
)
from syncd.config.template import Setting, describe, template
from syncd.config.urls import is_loopback, masked

__all__ = [
    "KEYS",
    "SECRETS",
    "Archive",
    "Config",
    "Database",
    "Guards",
    "Hooks",
    "Log",
    "Metrics",
    "Publish",
    "Schedule",
    "Setting",
    "Upstream",
    "describe",
    "frozen_now",
    "is_loopback",
    "load",
    "masked",
    "now_from",
    "template",
    "variable",
]
