"""The command line: it reads arguments, calls one use case, prints the result and returns the exit code."""


def main() -> None:
    """Run the command line and exit with its code."""
    import os
    import signal
    import sys

    def end(number: int, _frame: object) -> None:
        # A daemon that is stopped before it began has ended as it was asked to.
        os._exit(0 if "run" in sys.argv else 128 + number)

    # Imports take a while, and an exception in the middle of one would print a traceback. A shell may have set SIGINT aside.
    for number in (signal.SIGTERM, signal.SIGINT):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, end)
    from syncd.cli.main import run

    run()
