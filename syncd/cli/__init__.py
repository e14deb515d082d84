"""The command line: it reads arguments, calls one use case, prints the result and returns the exit code."""


def main() -> None:
    """Run the command line and exit with its code."""
    import signal
    import sys

    # Imports take a while, and a daemon that is stopped meanwhile has ended as it was asked to.
    early = 0 if "run" in sys.argv else 143
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(early))
    from syncd.cli.main import run

    run()
