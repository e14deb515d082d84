"""The archive compared with one source of upstream, or its files with its rows.

`run` holds the whole comparison with upstream, top to bottom. Each `from_NAME` is one source, found by the name of its file.
Differences are found and named. Nothing is repaired here.
"""
