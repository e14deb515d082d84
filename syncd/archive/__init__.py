"""The archive on this side: its database, its folder of files, its locks and its vault; it never asks upstream."""
