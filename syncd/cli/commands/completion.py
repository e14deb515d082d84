"""`syncd completion`: print the completion script of a shell."""

from __future__ import annotations

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, /, shell: str) -> int:
    """Print the completion script of a shell, for its start-up file or its folder of completions.

    In ~/.bashrc: eval "$(syncd completion bash)"
    """
    from click.shell_completion import get_completion_class

    from syncd.cli.main import COMPLETE

    kind = get_completion_class(shell)
    if kind is None:
        raise click.ClickException(f"this version of click has no completion for {shell}")
    click.echo(kind(context.find_root().command, {}, "syncd", COMPLETE).source())
    return 0
