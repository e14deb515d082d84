"""Change one thing in the code at a time and list the changes that no test notices: `make mutants`.

    module ─► changes.list_mutants ─► the first of them ─┐
    test file ─► runs.record ─► Recording ─► choose_tests ─► runs.is_noticed ─► survivors, share noticed by room

Cosmic Ray makes the changes. Its own runner writes each mutant into the source tree and starts the whole test command anew.
Here a mutant stays in memory, and only the tests that reach the changed function run, the fastest first.
"""
