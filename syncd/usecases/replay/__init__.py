"""The archive rebuilt from its raw responses, or verified against them. Nothing is requested from upstream."""
