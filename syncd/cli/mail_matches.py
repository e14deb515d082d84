"""`syncd-mail-matches`: a hook for `hooks.on_match`, which mails what a saved search found in a new mailing.

It reads the facts of the hook as JSON from standard input. It needs no configuration and no archive.
"""

from __future__ import annotations

import json
import sys
from email.message import EmailMessage
from email.utils import formatdate
from textwrap import fill
from typing import TYPE_CHECKING, Any

import click

from syncd.core.plural import pluralize
from syncd.core.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_WIDTH = 76
_TIMEOUT = 20
"""Seconds. A hook has 30 in all."""


@click.command(context_settings={"help_option_names": ["--help"]})
@click.option(
    "--to", "recipients", metavar="ADDRESS", multiple=True, required=True, help="Who gets it. It may be repeated."
)
@click.option("--from", "sender", metavar="ADDRESS", required=True, help="Who sends it.")
@click.option("--server", metavar="HOST[:PORT]", default="localhost", show_default=True, help="The mail server (SMTP).")
@click.option(
    "--security",
    type=click.Choice(["none", "starttls", "tls"]),
    default="none",
    show_default=True,
    help="How the connection is encrypted: port 25, 587 or 465 where no port is given.",
)
@click.option("--user", metavar="NAME", help="The account at the server.")
@click.option(
    "--password-file", metavar="FILE", type=click.File(encoding="utf-8"), help="The file that holds its password."
)
@click.option("--print", "is_shown", is_flag=True, help="Print the mail and send nothing.")
def main(
    *,
    recipients: tuple[str, ...],
    sender: str,
    server: str,
    security: str,
    user: str | None,
    password_file: Any,
    is_shown: bool,
) -> None:
    """Mail the papers that a saved search found in a new mailing: one mail for each search, with titles, authors, abstracts.

    It is a hook: on_match = ["/opt/syncd/bin/syncd-mail-matches --to me@example.org --from syncd@example.org"]
    """
    facts = _read_facts(sys.stdin.buffer.read())
    mail = compose(facts, sender, recipients)
    if is_shown:
        click.echo(mail.as_string())
        return
    password = password_file.read().strip() if password_file is not None else None
    try:
        _send(mail, server, security, user, password)
    except (OSError, ValueError) as error:  # smtplib's errors are OSErrors
        raise click.ClickException(f"{server} did not take the mail: {printable(str(error))}") from error


def _read_facts(given: bytes) -> dict[str, Any]:
    try:
        facts = json.loads(given)
    except ValueError:
        facts = None
    if not isinstance(facts, dict) or facts.get("event") != "match":
        raise click.ClickException("standard input has no facts of the event match: this is a hook for hooks.on_match")
    return facts


def compose(facts: Mapping[str, Any], sender: str, recipients: tuple[str, ...]) -> EmailMessage:
    """Return the mail. Its Message-ID is the same if the hook is run again, so that mail programs show it once."""
    mail = EmailMessage()
    papers = pluralize(len(facts["matches"]), "paper")
    mail["From"], mail["To"] = sender, ", ".join(recipients)
    mail["Subject"] = f"{facts['search']}: {papers} of {facts['date']}"
    mail["Date"] = formatdate()
    mail["Message-ID"] = f"<{facts['id']}@syncd.invalid>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content("\n".join(_list_lines(facts, papers)) + "\n", cte="quoted-printable")
    return mail


def _list_lines(facts: Mapping[str, Any], papers: str) -> Iterator[str]:
    yield f"{papers} of the mailing of {facts['date']} found by {facts['search']}: {printable(facts['query'])}"
    if facts["url"]:
        yield facts["url"]
    for one in facts["matches"]:
        yield ""
        yield fill(printable(one["title"]), _WIDTH)
        if one["authors"]:
            yield fill(printable(", ".join(one["authors"])), _WIDTH)
        yield one["url"]
        yield from ("", fill(printable(one["abstract"]), _WIDTH, initial_indent="  ", subsequent_indent="  "))


def _send(mail: EmailMessage, server: str, security: str, user: str | None, password: str | None) -> None:
    import smtplib
    import ssl

    host, _, port = server.rpartition(":") if ":" in server else (server, "", "")
    number = int(port) if port else {"none": 25, "starttls": 587, "tls": 465}[security]
    context = ssl.create_default_context()
    if security == "tls":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(host, number, timeout=_TIMEOUT, context=context)
    else:
        connection = smtplib.SMTP(host, number, timeout=_TIMEOUT)
    with connection:
        if security == "starttls":
            connection.starttls(context=context)
        if user is not None:
            connection.login(user, password or "")
        connection.send_message(mail)
