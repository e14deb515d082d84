"""The command line: it reads arguments, calls one use case, prints the result and returns the exit code."""

COLLECTION = (100_000, 10, 50)
"""When Python looks for cycles. Bulk work makes many values and no cycles: the default would cost it a quarter of its time.

Modules make none either. A reading command makes fewer values than the first number, so that it ends before the first search,
which would take as long as 1.5 starts of Python.
"""


def main() -> None:
    """Run the command line and exit with its code."""
    import gc
    import os
    import signal
    import sys

    gc.set_threshold(*COLLECTION)  # before the imports, in which the default would search twenty times

    def end(number: int, _frame: object) -> None:
        # A daemon that is stopped before it began has ended as it was asked to.
        os._exit(0 if "run" in sys.argv else 128 + number)

    # Imports take a while, and an exception in the middle of one would print a traceback. A shell may have set SIGINT aside.
    for number in (signal.SIGTERM, signal.SIGINT):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, end)
    from syncd.cli.main import run

    run()
