"""The archive against one source of upstream: what the source states of each mailing, what differs, and what explains it.

    dates ─► source (listed | asked | known | fed) ─► Statement of a day ─► hash ─► changes ─► versions ─► moves ─► Comparison

It mends nothing.
"""
