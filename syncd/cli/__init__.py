"""The command line: it reads arguments, calls one use case, prints the result and returns the exit code."""


def main() -> None:
    """Run the command line and exit with its code."""
    from syncd.cli.main import run

    run()
