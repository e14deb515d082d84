"""Publish the archive as a git repository: one commit a mailing."""
