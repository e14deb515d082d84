"""The configuration: TOML, environment and flags made into one frozen value.

Every command begins with it, so it must import nothing heavy. It does not know what its values are used for.
"""

from syncd.config.addresses import is_loopback, mask_secrets
from syncd.config.clock import build_clock, read_frozen_now
from syncd.config.layers import variable
from syncd.config.loading import load
from syncd.config.rules import find_program
from syncd.config.sections import KEYS, SECRETS, Config, HooksConfig, ScheduleConfig
from syncd.config.template import Setting, describe, template

__all__ = [
    "KEYS",
    "SECRETS",
    "Config",
    "HooksConfig",
    "ScheduleConfig",
    "Setting",
    "build_clock",
    "describe",
    "find_program",
    "is_loopback",
    "load",
    "mask_secrets",
    "read_frozen_now",
    "template",
    "variable",
]
