"""`syncd serve`: show the archive as web pages that only read."""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from syncd.cli.invocation import Invocation

_LIBRARIES = ("latex2mathml", "starlette", "uvicorn")


@click.command()
@click.option("--listen", metavar="HOST:PORT", help="Address and port instead of serve.listen.")
@click.pass_obj
def command(call: Invocation, /, listen: str | None) -> int:
    """Show the archive as web pages: mailings, papers, search, differences, requests, feeds.

    Nothing is written, and arXiv is asked nothing. It needs the extra web: pip install 'syncd[web]'. SIGTERM ends it.
    """
    _require_libraries()
    from syncd.daemon.systemd import find_notifier
    from syncd.serve.application import make_application
    from syncd.serve.page_server import describe_address, open_socket, serve
    from syncd.serve.read_archive import ReadArchive
    from syncd.usecases.workspace import Access, open_workspace

    address = _read_listen(listen) if listen is not None else call.config.serve.listen
    call.require_configuration(creating=False)
    settings, clock = call.config.serve, call.clock
    with closing(ReadArchive(lambda: open_workspace(call.config, clock, Access.READ_ONLY))) as archive:
        archive.work()
        notifier = find_notifier(os.environ)
        opened = open_socket(address, os.environ)
        where = describe_address(opened)
        application = make_application(archive, settings.base_url)

        def on_ready() -> None:
            click.echo(f"serving {settings.base_url or where}", err=True)
            notifier.ready()
            notifier.status(f"serving {where}")

        serve(application, opened, settings.trusted_proxies, on_ready, notifier.stopping)
    return 0


def _require_libraries() -> None:
    from importlib.util import find_spec

    missing = [name for name in _LIBRARIES if find_spec(name) is None]
    if missing:
        raise click.UsageError(
            f"syncd serve needs the extra web ({', '.join(missing)} missing): pip install 'syncd[web]'"
        )


def _read_listen(text: str) -> tuple[str, int]:
    from syncd.config.addresses import LISTEN

    try:
        return LISTEN.read(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--listen") from None
