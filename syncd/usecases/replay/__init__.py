"""Rebuild the archive from its raw responses, or prove that it equals them. Nothing is asked of upstream."""
