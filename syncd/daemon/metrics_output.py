"""Where the metrics of the daemon go: over HTTP and to a file. Where neither is configured, no library is loaded."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from syncd.core.errors import ConfigError, SyncdError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from syncd.config import Config
    from syncd.daemon.metrics import DaemonMetrics

_LOG = logging.getLogger("syncd.daemon")


def start_metrics(config: Config, now: datetime) -> DaemonMetrics | None:
    """Begin to count, and serve the counts where `metrics.listen` is set. None where no metrics are configured.

    An address that is taken is a warning, as the archive matters more. A monitoring system notices that no metrics come.
    """
    if config.metrics.listen is None and config.metrics.textfile is None:
        return None
    from syncd.daemon.metrics import DaemonMetrics

    archive = config.archive
    found = DaemonMetrics(started=now.timestamp(), labels={"archive": str(archive.root), "category": archive.category})
    if config.metrics.listen is not None:
        from syncd.daemon.metrics_server import serve_http

        try:
            serve_http(config.metrics.listen, found)
        except ConfigError as error:
            _LOG.warning("metrics.listen: %s; /metrics and /healthz are not served until a restart", error.detail)
    return found


def write_metrics(found: DaemonMetrics, path: Path | None) -> None:
    """Write the metrics to `path` where there is one. What goes wrong is a warning."""
    if path is None:
        return
    from syncd.daemon.metrics import write_file

    try:
        write_file(path, found)
    except SyncdError as error:
        _LOG.warning("metrics: %s", error.detail)
