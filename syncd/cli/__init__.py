"""The command line: arguments in, one call, results and exit code out."""


def main() -> None:
    """Run the command line and exit with its code."""
    from syncd.cli.main import run

    run()
